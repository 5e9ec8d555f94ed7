import { describe, expect, it } from 'vitest'
import { useDataFixture } from '../../support/data-fixture.ts'
import { startDataSite } from '../../support/data-site.ts'

const on = useDataFixture()

type Data = Readonly<Record<string, unknown>>

/** A site whose page writes a text, or a list of them, by a script. */
async function startPages(pages: readonly Data[], show: string, ids: readonly number[]): Promise<void> {
  on.site = await startDataSite(
    `const d = await (await fetch('/api/' + id)).json()
    document.body.innerHTML = [${show}].flat().map((text) => '<li>' + text).join('')`,
    ({ pathname }) => {
      const id = Number(pathname.split('/').at(-1))
      return { id, ...pages[ids.indexOf(id)] }
    },
  )
}

/** Fetches all pages, asserts that each is what it shows, and says where it came from. */
async function crawl(
  pages: readonly Data[],
  show: string,
  ids: readonly number[] = pages.map((_, at) => at + 1),
): Promise<string[]> {
  await startPages(pages, show, ids)
  const isList = Array.isArray(pages[0]?.['v'])
  const shown = new Function('d', `return [${show}].flat()`) as (data: Data) => string[]
  const vias: string[] = []
  for (const [at, data] of pages.entries()) {
    const response = await on.session.fetch(`${on.site.origin}/p/${ids[at]}`, {
      extract: { all: isList ? { selector: 'li', all: true } : 'li' },
    })
    const texts = shown({ id: ids[at], ...data }).map((text) => String(text))
    expect(await response.json()).toEqual({ all: isList ? texts : texts[0] })
    vias.push(response.via)
  }
  return vias
}

describe('what a page makes of some values only', () => {
  it.each<[what: string, pages: Data[], show: string]>([
    [
      'a long text that is cut',
      ['Oak 1', 'A table 22', 'A very long name of a chair 3', 'A very long name of a table 4', 'Ash 5'].map(
        (v) => ({ v }),
      ),
      'd.v.length > 20 ? d.v.slice(0, 19) + "..." : d.v',
    ],
    ['a bound', [12, 44, 51, 70, 23].map((v) => ({ v })), 'd.v > 50 ? "50+" : d.v'],
    [
      'a price beyond a bound',
      [12.5, 31.25, 77.75, 88.25, 23.75].map((v) => ({ v })),
      'd.v > 50 ? "from $50.00" : "$" + d.v.toFixed(2)',
    ],
    [
      'a score that has no more than five',
      [4.87, 3.12, 5.21, 5.34, 4.33].map((v) => ({ v })),
      'd.v > 5 ? "5+" : d.v',
    ],
    [
      'a code with other letters',
      ['AB-100', 'AB-205', 'X-100', 'X-205', 'AB-311'].map((v) => ({ v })),
      'd.v.startsWith("X-") ? "discontinued" : d.v',
    ],
    ['nothing', [12, 44, 0, 0, 23].map((v) => ({ v })), 'd.v === 0 ? "none" : d.v'],
  ])('is looked at, and left to the page: %s', async (_, pages, show) => {
    const vias = await crawl(pages, show)
    expect(vias.slice(0, 4)).toEqual(['page', 'page', 'page', 'page'])
    expect(on.states()).not.toContain('mismatch')
    // The first that is as those before is checked: it may be the site that has changed.
    expect(on.states()).toContain('corrected')
    expect(on.states().at(-1)).toBe('checked')
  })

  it('gives no wrong list where a page sorts what the first two had in order', async () => {
    const list = (...all: [name: string, price: number][]) => ({ v: all.map(([n, p]) => ({ n, p })) })
    const pages = [
      list(['Ash 1', 3], ['Elm 1', 1]),
      list(['Ash 2', 1], ['Oak 2', 2]),
      list(['Oak 3', 1], ['Elm 3', 2]),
      list(['Oak 4', 2], ['Elm 4', 1]),
    ]
    const vias = await crawl(pages, 'd.v.map((one) => one.n).sort()')
    expect(vias).toEqual(['page', 'page', 'page', 'page'])
  })

  it('costs one page where a page writes what is new as all else', async () => {
    const pages = [
      'Oak 1',
      'A table 22',
      'A very long name of a chair 3',
      'A very long name of a table 4',
      'Ash 5',
    ]
    const vias = await crawl(
      pages.map((v) => ({ v })),
      'd.v',
    )
    expect(vias).toEqual(['page', 'page', 'page', 'http', 'http'])
  })

  it('makes a route go where it is so for most', async () => {
    const pages = Array.from({ length: 12 }, (_, at) => ({
      v: at < 2 ? `Oak ${at}` : `A very long name of a chair ${at}`,
    }))
    await crawl(pages, 'd.v.length > 20 ? d.v.slice(0, 19) + "..." : d.v')
    expect(on.states()).toContain('mismatch')
  })
})

describe('two ways to show a page, one of them for some ids', () => {
  const things = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ v: `Oak No. ${at + 10}`, w: `Chair No. ${at + 50}` }))

  it('are told by the id, where that is even for one of them', async () => {
    const vias = await crawl(things(7), 'd.id % 2 ? d.v : d.w', [101, 103, 105, 102, 107, 104, 109])
    // What comes after the first that is another one is checked.
    expect(vias).toEqual(['page', 'page', 'http', 'page', 'page', 'page', 'http'])
    expect(on.states()).toEqual(['learned', 'corrected', 'checked'])
  })

  it('are told by the page that was between the two that the route is of', async () => {
    const vias = await crawl(things(7), 'd.id % 2 ? d.v : d.w', [101, 102, 103, 104, 105, 106, 107])
    expect(vias).toEqual(['page', 'page', 'page', 'page', 'http', 'page', 'http'])
    expect(on.states()).toEqual(['learned'])
  })

  it('teach nothing where nothing tells which of them a page has, and both were seen', async () => {
    const vias = await crawl(
      things(6),
      '[103, 109].includes(d.id) ? d.w : d.v',
      [101, 103, 105, 107, 109, 111],
    )
    expect(vias.every((via) => via === 'page')).toBe(true)
    expect(on.states()).toEqual(['not-learned'])
  })

  it('are no matter where the first page alone was another one', async () => {
    const vias = await crawl(things(5), 'd.id === 101 ? d.w : d.v', [101, 103, 105, 107, 109])
    expect(vias).toEqual(['page', 'page', 'page', 'page', 'http'])
    expect(on.states()).toEqual(['learned'])
  })
})

describe('where the data has nothing', () => {
  it.each([
    ['null', { p: null }],
    ['no member', {}],
    ['an empty text', { p: '' }],
  ])('a text of the page for %s is taken once two pages have shown it', async (_, nothing) => {
    const some = (p: string) => ({ n: 1, p })
    const none = { n: 1, ...nothing }
    const pages = [some('12.50'), some('31.25'), none, some('44.75'), none, none, some('55.15'), none]
    const vias = await crawl(pages, 'd.p || "n/a"')
    expect(vias[2]).toBe('page')
    expect(vias.slice(5)).toEqual(['http', 'http', 'http'])
    expect(on.states()).not.toContain('mismatch')
  })

  it('is left to the page where its text is another one each time', async () => {
    const some = (p: string) => ({ n: 1, p })
    const none = { n: 1, p: null }
    const pages = [some('12.50'), some('31.25'), none, none, none, none, none]
    const vias = await crawl(pages, 'd.p ?? "as of " + "abcdefghij"[d.id]')
    expect(vias.every((via) => via === 'page')).toBe(true)
  })

  it('is left to the page where its text is another one, and the route holds for the others', async () => {
    const some = (p: string) => ({ n: 1, p })
    const none = { n: 1, p: null }
    const prices = ['12.50', '31.25', null, '44.75', null, '55.15', '66.35']
    const pages = prices.map((p) => (p === null ? none : some(p)))
    const vias = await crawl(pages, 'd.p ?? "as of " + "abcdefghij"[d.id]')
    expect(vias).toEqual(['page', 'page', 'page', 'http', 'page', 'page', 'http'])
    expect(on.states()).not.toContain('mismatch')
  })

  it('is left to the page where that has words for an empty list', async () => {
    const list = (...v: string[]) => ({ v })
    const pages = [
      list('Oak 1', 'Ash 2'),
      list('Elm 3', 'Fir 4'),
      list(),
      list('Yew 5', 'Bay 6'),
      list(),
      list('Sky 7', 'Sea 8'),
    ]
    const vias = await crawl(pages, 'd.v.length > 0 ? d.v : ["no tags"]')
    expect(vias).toEqual(['page', 'page', 'page', 'page', 'page', 'http'])
    expect(on.states()).not.toContain('mismatch')
  })
})
