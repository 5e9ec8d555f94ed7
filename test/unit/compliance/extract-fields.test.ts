import { describe, expect, it } from 'vitest'
import { extractFields, extractionIssue } from '../../../src/compliance/index.ts'
import { runSteps } from '../../../src/document/index.ts'

const HTML = `<title>Shop</title><h1> Blue <b>chair</b>
  </h1><span class=price data-cents=4999>49,99</span><ul><li><a href=/a>A</a><li><a>B</a></ul><script>secret()</script>`

describe('extractFields', () => {
  it('takes texts and attributes, of the first match or of all', async () => {
    const fields = {
      title: 'h1',
      price: { selector: '.price', attr: 'data-cents' },
      links: { selector: 'li a', attr: 'href', all: true },
      names: { selector: 'li', all: true },
      none: '.none',
      nothing: { selector: '.none', all: true },
      ['__proto__']: 'title',
    }
    const found = await runSteps(extractFields(HTML, fields))
    expect(JSON.parse(JSON.stringify(found))).toEqual(
      JSON.parse(
        '{"title":"Blue chair","price":"4999","links":["/a",null],"names":["A","B"],"none":null,"nothing":[],"__proto__":"Shop"}',
      ),
    )
  })

  it('looks into the trees of elements that a document declares, and into no other template', async () => {
    const html = `<template><h1>no</h1><template shadowrootmode=open><h1>no</h1></template></template>
      <x-a><template ShadowRootMode="open"><style>h1{}</style><h1>Chair</h1><x-b><template shadowrootmode="closed"><i>1</i></template></x-b>
      <template><i>no</i></template></template><p>light</p></x-a><i>2</i>`
    const fields = {
      name: 'h1',
      shown: { selector: 'i', all: true },
      inner: 'x-a x-b i',
      whole: 'x-a',
    } as const
    expect(await runSteps(extractFields(html, fields))).toEqual({
      name: 'Chair',
      shown: ['1', '2'],
      inner: '1',
      whole: 'Chair1 light',
    })
  })

  it('gives what the caller may change', async () => {
    const found = await runSteps(extractFields(HTML, { title: 'h1', price: '.price' }))
    found['title'] = 'another'
    delete found['price']
    expect(found).toEqual({ title: 'another' })
  })

  it('takes any text for a document', async () => {
    expect(await runSteps(extractFields('', { a: 'h1' }))).toEqual({ a: null })
    expect(await runSteps(extractFields('\u0000<<<>', { a: '*', b: 'body' }))).toEqual({ a: null, b: null })
  })
})

describe('extractionIssue', () => {
  it.each([
    [{}, '1 to 200'],
    [{ a: 1 }, 'a: expected'],
    [{ a: '>>' }, 'a: not a CSS selector'],
    [{ a: '' }, 'a: not a CSS selector'],
    [{ a: { selector: 'h1', attr: 1 } }, 'a.attr'],
    [{ a: { selector: 'h1', attr: '' } }, 'a.attr'],
    [{ a: { selector: 'h1', all: 1 } }, 'a.all: expected true or false'],
    [{ a: { selector: 1 } }, 'a.selector'],
    [{ a: { selector: '>>' } }, 'a.selector'],
    [{ a: null }, 'a: expected'],
    [Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`f${at}`, 'h1'])), '1 to 200'],
    [{ a: { selector: 'h1', every: true } }, 'a: there is no every'],
    [{ a: { attr: 'href' } }, 'a.selector'],
    [[], 'expected fields'],
    ['h1', 'expected fields'],
    [null, 'expected fields'],
    [undefined, 'expected fields'],
    [5, 'expected fields'],
  ])('%j', (value, issue) => {
    expect(extractionIssue(value)).toContain(issue)
  })

  it('has nothing to say of selectors and schemas', () => {
    expect(extractionIssue({ a: { selector: 'h1' } })).toBeUndefined()
    expect(extractionIssue({ a: { selector: 'h1', all: false } })).toBeUndefined()
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`f${at}`, 'h1']))
    expect(extractionIssue(many)).toBeUndefined()
    const callable = Object.assign(() => {}, {
      '~standard': { version: 1, vendor: 'x', validate: () => ({}) },
    })
    expect(extractionIssue(callable)).toBeUndefined()
    expect(extractionIssue(() => {})).toContain('expected fields')
    expect(extractionIssue({ a: 'h1', b: { selector: 'a', attr: 'href', all: true } })).toBeUndefined()
    expect(
      extractionIssue({ '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) } }),
    ).toBeUndefined()
  })
})
