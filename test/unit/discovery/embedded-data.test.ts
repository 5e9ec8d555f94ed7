import { describe, expect, it } from 'vitest'
import { dataIn } from '../../../src/discovery/data-documents.ts'
import { unflattened } from '../../../src/discovery/devalue.ts'

const rootsOf = async (html: string) => Object.fromEntries((await dataIn(html, 'text/html')).roots)

describe('data in a document', () => {
  it.each([
    [
      'Next.js',
      '<script id="__NEXT_DATA__" type="application/json">{"props":{"a":1}}</script>',
      'script#__NEXT_DATA__',
      { props: { a: 1 } },
    ],
    [
      'JSON-LD',
      '<script type="application/ld+json">{"@type":"Product","name":"N"}</script>',
      'script[type="application/ld+json"]',
      { '@type': 'Product', name: 'N' },
    ],
    [
      'Nuxt 2',
      '<script>window.__NUXT__={"data":[{"a":"</b>;{\\""}]};</script>',
      'window.__NUXT__',
      { data: [{ a: '</b>;{"' }] },
    ],
    [
      'Nuxt 3',
      '<script type="application/json" id="__NUXT_DATA__">[{"data":1},{"name":2},"N"]</script>',
      'script#__NUXT_DATA__',
      { data: { name: 'N' } },
    ],
    [
      'Remix',
      '<script>window.__remixContext = {"state":{"loaderData":{}}};</script>',
      'window.__remixContext',
      { state: { loaderData: {} } },
    ],
    [
      'a literal text',
      `<script>window.__STATE__ = JSON.parse("{\\"a\\":[1]}")</script>`,
      'window.__STATE__',
      { a: [1] },
    ],
    [
      'server components',
      '<script>self.__next_f.push([1,"2:{\\"p\\":{\\"n\\":\\"N\\"}}\\n3:[1"])</script><script>self.__next_f.push([1,",2]\\n"])</script>',
      '__next_f',
      { 2: { p: { n: 'N' } }, 3: [1, 2] },
    ],
  ])('of %s', async (_, script, name, root) => {
    expect(await rootsOf(`<html><body>${script}</body></html>`)).toEqual({ [name]: root })
  })

  it('numbers what has the same name', async () => {
    const script = (name: string) => `<script type="application/ld+json">{"n":"${name}"}</script>`
    const names = Object.keys(await rootsOf(script('a') + script('b')))
    expect(names).toEqual(['script[type="application/ld+json"]', 'script[type="application/ld+json"]:1'])
  })

  it.each([
    '<script>window.a = {unquoted: 1}</script>',
    '<script>window.a = {"open": </script>',
    '<script type="application/json">nothing</script>',
    '<script>window.a = JSON.parse("no")</script>',
    '<script>self.__next_f.push(</script>',
  ])('passes over %s', async (html) => {
    expect(await rootsOf(html)).toEqual({})
  })

  it('reads JSON by its type, by its look, and behind what guards it', async () => {
    const of = async (body: string, type: string) => (await dataIn(body, type)).roots.get('')
    expect(await of('{"a":1}', 'application/json')).toEqual({ a: 1 })
    expect(await of('{"a":1}', 'application/vnd.api+json')).toEqual({ a: 1 })
    expect(await of(`)]}'\n{"a":1}`, 'application/json')).toEqual({ a: 1 })
    expect(await of('[1]', 'text/plain')).toEqual([1])
    expect(await of('{"a":', 'application/json')).toBeUndefined()
    expect(await of('plain', 'text/plain')).toBeUndefined()
  })
})

describe('unflattened', () => {
  it('follows numbers to values, and ends where they go round', () => {
    expect(unflattened([{ at: 1, set: 2 }, ['Date', '2024-01-01'], ['Set', 3], 'x'])).toEqual({
      at: '2024-01-01',
      set: ['x'],
    })
    expect(unflattened([['Reactive', 1], { a: 2 }, 5])).toEqual({ a: 5 })
    let round = unflattened([{ me: 0 }])
    let depth = 0
    for (; round !== undefined; depth++) round = (round as { me: unknown }).me
    expect(depth).toBe(65)
    const fan = Array.from({ length: 40 }, (_, i) => [i + 1, i + 1, i + 1, i + 1].map((n) => n))
    // Four to the fortieth values in full.
    expect(JSON.stringify(unflattened(fan)).length).toBeLessThan(500_000)
    expect(unflattened('no')).toBeUndefined()
    expect(unflattened([])).toBeUndefined()
  })
})
