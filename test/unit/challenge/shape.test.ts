import { describe, expect, it } from 'vitest'
import { readHtml } from '../../../src/challenge/html-facts.ts'
import { shapeOf } from '../../../src/challenge/shape.ts'

const shape = (html: string, statusCode = 200, complete = true) =>
  shapeOf(readHtml(html), statusCode, complete)
const script = '<script src="/a.js"></script>'

describe('shapeOf', () => {
  it.each([
    ['nothing but a script', script, 'bare'],
    ['a script and a loading line', `<title>x</title>${script}<p>Loading...</p>`, 'bare'],
    [
      'a script, and words for those without scripts',
      `${script}<noscript><h1>Turn it on</h1></noscript>`,
      'bare',
    ],
    ['a script and a heading', `<h1>Branches</h1>${script}`, 'gate'],
    ['a script and a link', `${script}<a href="/x">on</a>`, 'gate'],
    ['a script and a form', `${script}<form action="/x"><input type="hidden" name="a"></form>`, 'gate'],
    ['a script and a place for an application', `${script}<div id="root"></div>`, 'gate'],
    ['a page with a field', `${script}<input name="q">`, 'small'],
    ['a page with a canonical address', `<link rel="canonical" href="/x">${script}`, 'small'],
    ['a page with a preview', `<meta property="og:title" content="x">${script}`, 'small'],
    ['a page with a feed', `<link rel="alternate" type="application/rss+xml" href="/f">${script}`, 'small'],
    ['a page with data for search', `<script type="application/ld+json">{}</script>${script}`, 'small'],
    ['much to read', `<p>${'word '.repeat(900)}</p>`, 'content'],
    ['many links', '<a href="/x">x</a>'.repeat(21), 'content'],
  ])('says of %s: %3$s', (_, html, expected) => {
    expect(shape(html)).toBe(expected)
  })

  it('takes no part of a document, and no missing page, for a gate', () => {
    expect(shape(script, 200, false)).toBe('small')
    expect(shape(script, 404)).toBe('small')
    expect(shape(script, 403)).toBe('bare')
  })

  it('lets a refusal be drawn in the frame of the site', () => {
    expect(shape(`<meta property="og:title" content="x"><p>Access denied</p>${script}`, 403)).toBe('bare')
    expect(shape(`<nav>${'<a href="/x">x</a>'.repeat(30)}</nav><p>No.</p>`, 403)).toBe('gate')
  })
})
