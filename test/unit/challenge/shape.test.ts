import { describe, expect, it } from 'vitest'
import { readHtml } from '../../../src/challenge/html-facts.ts'
import { isThreshold, shapeOf } from '../../../src/challenge/shape.ts'

const shape = (html: string, statusCode = 200, complete = true) =>
  shapeOf(readHtml(html), statusCode, complete)
const script = '<script src="/a.js"></script>'

describe('shapeOf', () => {
  it.each([
    ['nothing but a script', 'bare', script],
    ['a script and a loading line', 'bare', `<title>x</title>${script}<p>Loading...</p>`],
    [
      'a script, and words for those without scripts',
      'bare',
      `${script}<noscript><h1>Turn it on</h1></noscript>`,
    ],
    ['a script and a heading', 'gate', `<h1>Branches</h1>${script}`],
    ['a script and a link', 'gate', `${script}<a href="/x">on</a>`],
    ['a script and a form', 'gate', `${script}<form action="/x"><input type="hidden" name="a"></form>`],
    ['a script and a place for an application', 'gate', `${script}<div id="root"></div>`],
    ['a page with a field', 'small', `${script}<input name="q">`],
    ['a page with a canonical address', 'small', `<link rel="canonical" href="/x">${script}`],
    ['a page with a preview', 'small', `<meta property="og:title" content="x">${script}`],
    ['a page with a feed', 'small', `<link rel="alternate" type="application/rss+xml" href="/f">${script}`],
    ['a page with data for search', 'small', `<script type="application/ld+json">{}</script>${script}`],
    ['much to read', 'content', `<p>${'word '.repeat(900)}</p>`],
    ['many links', 'content', '<a href="/x">x</a>'.repeat(21)],
  ])('says of %s: %s', (_, expected, html) => {
    expect(shape(html)).toBe(expected)
  })

  it('takes no part of a document, and no missing page, for a gate', () => {
    expect(shape(script, 200, false)).toBe('part')
    expect(shape('<input name="q">', 200, false)).toBe('small')
    expect(shape(script, 404)).toBe('small')
    expect(shape(script, 403)).toBe('bare')
  })

  it('lets a refusal speak before its end, as long as it has said little', () => {
    const speaks = (html: string, statusCode: number) => {
      const facts = readHtml(html)
      return isThreshold(facts, shapeOf(facts, statusCode, false), statusCode)
    }
    expect(speaks(`<style>.a{}</style><p>Blocked</p>`, 403)).toBe(true)
    expect(speaks(`<style>.a{}</style><p>Blocked</p>`, 200)).toBe(false)
    expect(speaks(`<p>${'word '.repeat(500)}</p>`, 403)).toBe(false)
    expect(speaks('<a href="/x">x</a>'.repeat(13), 403)).toBe(false)
  })

  it('lets a refusal be be drawn in the frame of the site', () => {
    expect(shape(`<meta property="og:title" content="x"><p>Access denied</p>${script}`, 403)).toBe('bare')
    expect(shape(`<nav>${'<a href="/x">x</a>'.repeat(30)}</nav><p>No.</p>`, 403)).toBe('gate')
  })
})
