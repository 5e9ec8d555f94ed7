import { describe, expect, it } from 'vitest'
import { dataIn } from '../../../src/discovery/data-documents.ts'
import { idFacts } from '../../../src/discovery/evidence/id-facts.ts'
import {
  correctedFields,
  evidenceOf,
  factsOf,
  learnRoute,
  type PageAnswers,
  readFields,
  unprovenIn,
  widened,
  withApart,
  withRepeated,
} from '../../../src/discovery/index.ts'
import { runSteps } from '../../../src/document/index.ts'
import type { DataRoute, RouteEvidence } from '../../../src/record/index.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import {
  BESIDE,
  BOUNDS,
  DATES,
  type Data,
  LISTS,
  NUMBERS,
  name,
  type Shown,
  TEXTS,
  usd,
} from './evidence-cases.ts'
import { aView, json } from './learning/a-view.ts'

const SITE = 'https://shop.example'
const NOW = Date.UTC(2026, 5, 15)
const RULES = { reads: [], isBound: () => false }

async function answersOf(id: number, data: Data): Promise<PageAnswers> {
  const answer = {
    data: await dataIn(JSON.stringify({ id, ...data }), 'application/json'),
    selected: new Map(),
  }
  return { page: new URL(`${SITE}/p/${id}`), answers: [answer] }
}

/** What is known of a field of pages with these data, and whether a page has to be looked at for others. */
async function watched(
  pages: readonly [Data, Data],
  show: (data: never) => Shown,
  ids: readonly [number, number] = [1, 2],
) {
  const views = pages.map((data, at) =>
    aView(`${SITE}/p/${ids[at]}`, { field: show(data as never) }, [
      json(`${SITE}/api/${ids[at]}`, { id: ids[at], ...data }),
    ]),
  )
  const [a, b] = await Promise.all(views)
  const learned = await runSteps(learnRoute(a as never, b as never, RULES))
  if ('why' in learned) throw new Error(learned.why)
  const { route } = learned
  const facts = async (id: number, data: Data) => factsOf(route, await answersOf(id, data), NOW)
  let evidence = evidenceOf(await facts(ids[0], pages[0]), await facts(ids[1], pages[1]))
  const unproven = async (id: number, data: Data) => unprovenIn(evidence, await facts(id, data))
  return {
    route: route as Pick<DataRoute, 'fields'>,
    facts,
    evidence: () => evidence,
    unproven,
    /** Why a page is looked at; empty where none is. */
    reasons: async (id: number, data: Data) => (await unproven(id, data)).map(({ reason }) => reason),
    looked: async (id: number, data: Data) => {
      evidence = widened(evidence, await facts(id, data))
    },
    grow: (next: (evidence: RouteEvidence) => RouteEvidence) => {
      evidence = next(evidence)
    },
  }
}

describe('what pages have proven of a route', () => {
  it.each([...TEXTS, ...NUMBERS, ...DATES, ...LISTS, ...BESIDE, ...BOUNDS])(
    'does not hold for %s',
    async (_, pages, fine, other, show) => {
      const known = await watched(pages, show)
      expect(await known.reasons(3, fine)).toEqual([])
      expect(await known.reasons(4, other)).not.toEqual([])
    },
  )

  it('does not hold for another element than the one that is referred to', async () => {
    const people = (...ids: number[]) =>
      ids.map((id) => ({ id, name: `Ann ${'abcdefg'[Math.floor(id / 10)]}` }))
    const show = ({ author, people: all }: { author: number; people: { id: number; name: string }[] }) =>
      all.find(({ id }) => id === author)?.name ?? ''
    const known = await watched(
      [
        { author: 31, people: people(31, 22) },
        { author: 41, people: people(41, 12) },
      ],
      show,
    )
    const read = async (id: number, data: Data) => {
      const { page, answers } = await answersOf(id, data)
      return readFields(known.route, page, answers)
    }
    expect((await read(3, { author: 51, people: people(51, 32) })).odd.size).toBe(0)
    expect((await read(4, { author: 52, people: people(61, 52) })).odd.get('field')).toContain('no longer')
  })

  it('knows text from HTML by the first that has some, and by no other', async () => {
    const known = await watched([name('Oak 1'), name('Ash 22')], ({ v }: { v: string }) => v)
    const { page, answers } = await answersOf(3, name('Oak &amp; ash 3'))
    expect(readFields(known.route, page, answers).odd.get('field')).toContain('no longer')
    const shown = new Map([['field', 'Oak & ash 3']])
    const fields = correctedFields(known.route.fields, shown, page, answers) ?? []
    const next = await answersOf(4, name('Elm &lt; 4'))
    expect(readFields({ fields }, next.page, next.answers).values.get('field')).toBe('Elm < 4')
  })

  it('knows that what is called a category has a few values', async () => {
    const price = ({ v }: { v: number }) => usd(v)
    const goods = (v: number, category: string) => ({ v, category })
    const known = await watched([goods(12.5, 'Red tea'), goods(22.5, 'Tin toys')], price)
    for (const category of ['Hand tools', 'Oak chairs', 'Wool socks']) {
      expect(await known.reasons(3, goods(21.5, category))).not.toEqual([])
      await known.looked(3, goods(21.5, category))
    }
    expect(await known.reasons(4, goods(21.5, 'Red wine'))).not.toEqual([])
    expect(await known.reasons(5, goods(21.5, 'Tin toys'))).toEqual([])
  })

  it('grows with each page that shows the same', async () => {
    const known = await watched([name('Oak 1'), name('Ash 22')], ({ v }: { v: string }) => v)
    const long = name('A rather long name of a chair 3')
    expect(await known.reasons(3, long)).not.toEqual([])
    await known.looked(3, long)
    expect(await known.reasons(4, long)).toEqual([])
  })

  it('leaves to the page what it was seen to show in another way, and that alone', async () => {
    const known = await watched([{ v: 12 }, { v: 55 }], ({ v }: { v: number }) => String(v))
    const none = await known.unproven(3, { v: 0 })
    known.grow((evidence) => withApart(evidence, none))
    await known.looked(3, { v: 0 })
    expect((await known.unproven(4, { v: 0 })).every(({ isApart }) => isApart)).toBe(true)
    expect(await known.reasons(4, { v: 0 })).not.toEqual([])
    expect(await known.reasons(5, { v: 33 })).toEqual([])
  })

  it('leaves a state to the page, however many others are known', async () => {
    const known = await watched([{ v: 'Ash' }, { v: 'Oak' }], ({ v }: { v: string }) => v)
    const facts = await known.facts(3, { v: 'Oak' })
    known.grow((evidence) => withRepeated(evidence, facts) as RouteEvidence)
    const elm = await known.unproven(4, { v: 'Elm' })
    known.grow((evidence) => withApart(evidence, elm))
    for (const v of 'abcdefghijklm') await known.looked(5, { v: `O${v}k` })
    expect(await known.reasons(6, { v: 'Yew' })).toEqual([])
    expect(await known.reasons(7, { v: 'Elm' })).not.toEqual([])
  })

  it('does not spend the looks for what is around on words and numbers', async () => {
    const data = (at: number) => ({ v: 12.5, brand: `B${'abcdefghij'[at]}`, country: at > 8 ? 'CH' : 'DE' })
    const known = await watched([data(0), { ...data(1), country: 'FR' }], ({ v }: { v: number }) => usd(v))
    for (let at = 2; at < 9; at++) await known.looked(at, data(at))
    expect(known.evidence().looks).toBe(0)
    expect(await known.reasons(9, { ...data(8), country: 'CH' })).not.toEqual([])
  })

  it('knows that there are a few states once one came again', async () => {
    const known = await watched([{ v: 'Ash' }, { v: 'Oak' }], ({ v }: { v: string }) => v)
    for (const v of ['Elm', 'Fir']) await known.looked(3, { v })
    expect(await known.reasons(4, { v: 'Yew' })).toEqual([])
    const facts = await known.facts(5, { v: 'Oak' })
    known.grow((evidence) => withRepeated(evidence, facts) as RouteEvidence)
    expect(await known.reasons(6, { v: 'Yew' })).not.toEqual([])
  })

  it('takes whole numbers that keep growing, after a few', async () => {
    const known = await watched([{ v: 101 }, { v: 102 }], ({ v }: { v: number }) => String(v))
    const looks: number[] = []
    for (let v = 103; v < 200; v++) {
      if ((await known.reasons(v, { v })).length === 0) continue
      looks.push(v)
      await known.looked(v, { v })
    }
    // Then at bounds that people use.
    expect(looks).toEqual([103, 104, 105, 106, 150, 151])
  })

  it('looks at few prices that are in order, and at none of them between bounds', async () => {
    const price = ({ v }: { v: number }) => usd(v)
    const looksOf = async (prices: readonly number[]) => {
      const [first = 0, second = 0, ...others] = prices
      const known = await watched([{ v: first }, { v: second }], price)
      let looks = 0
      for (const v of others) {
        if ((await known.reasons(3, { v })).length === 0) continue
        looks++
        await known.looked(3, { v })
      }
      return looks
    }
    const prices = Array.from({ length: 50 }, (_, at) => (10_115 + at * 1_610) / 100)
    expect(await looksOf(prices)).toBe(2)
    expect(await looksOf(prices.toReversed())).toBe(1)
    expect(await looksOf(prices.map((_, at) => (20_115 + at * 90) / 100))).toBe(0)
  })

  it('counts no bound for prices that grow between two', async () => {
    const known = await watched([{ v: 201.15 }, { v: 202.05 }], ({ v }: { v: number }) => usd(v))
    for (const v of [203.35, 204.45, 205.55, 206.65]) await known.looked(3, { v })
    expect(await known.reasons(4, { v: 249.95 })).toEqual([])
    expect(await known.reasons(4, { v: 251.15 })).not.toEqual([])
  })

  it('looks at codes of few shapes, and not at those that are all others', async () => {
    const code = ({ v }: { v: string }) => v
    const known = await watched([name('A1'), name('B2')], code)
    const looks: string[] = []
    for (const v of ['C3', 'D4', 'E5', 'F6', 'G7']) {
      if ((await known.reasons(3, { v })).length === 0) continue
      looks.push(v)
      await known.looked(3, { v })
    }
    expect(looks).toEqual(['C3'])
    // One that came again says that there are a few.
    const facts = await known.facts(4, name('A9'))
    known.grow((evidence) => withRepeated(evidence, facts) as RouteEvidence)
    for (const v of ['H8', 'J1', 'K2', 'L3']) {
      if ((await known.reasons(3, { v })).length > 0) looks.push(v)
      await known.looked(3, { v })
    }
    expect(looks).toEqual(['C3', 'H8', 'J1'])
  })

  it.each<[what: string, ids: readonly [number, number], fine: number, other: number]>([
    ['odd', [101, 103], 107, 104],
    ['even', [10, 24], 16, 15],
  ])('is of %s ids where both were so', async (_, ids, fine, other) => {
    const known = await watched([{ v: 12.5 }, { v: 13.5 }], ({ v }: { v: number }) => usd(v), ids)
    expect(await known.reasons(fine, { v: 13.5 })).toEqual([])
    expect(await known.reasons(other, { v: 13.5 })).not.toEqual([])
    await known.looked(other, { v: 13.5 })
    expect(await known.reasons(other, { v: 13.5 })).toEqual([])
  })

  it.each([
    ['https://shop.example/p/12', 'digit, even id'],
    ['https://shop.example/p/sku-1203', 'digit, odd id'],
    ['https://shop.example/p/blue-chair-1203.html', 'digit, odd id'],
    ['https://shop.example/p?id=66f1c0a2e4b7d93f58a1c2de', 'letter, even id'],
    ['https://shop.example/p/9b2fd0c1-5c1e-4f6a-8d7a-0c2b1e3f4a5d', 'letter, odd id'],
  ])('knows the id of %s', (url, kind) => {
    expect(idFacts(new URL(url)).map(({ kinds }) => [...kinds])).toContainEqual([kind])
  })

  it.each([
    'https://shop.example/p/decade',
    'https://shop.example/p/YzowMDE0',
    'https://shop.example/p/chair',
  ])('knows no id in %s', (url) => {
    expect(idFacts(new URL(url))).toEqual([])
  })

  it('takes no time for lists in lists', async () => {
    const deep = (depth: number): unknown =>
      depth === 0 ? { x: 1 } : Array.from<unknown>({ length: 50 }).fill({ inner: deep(depth - 1) })
    const data = { v: 12.5, deep: deep(4) }
    const known = await watched([{ v: 11.5 }, { v: 12.5 }], ({ v }: { v: number }) => usd(v))
    const { page, answers } = await answersOf(3, { v: 12.5 })
    const [answer] = answers
    const root = { roots: new Map([['', data]]), html: null }
    const huge = [{ ...answer, data: root, selected: new Map() }]
    const start = cpuTimeMs()
    factsOf(known.route, { page, answers: huge }, NOW)
    expect(cpuTimeMs() - start).toBeLessThan(1_000)
  })

  it('holds no values, and stays small where all is new each time', async () => {
    const secret = 'k3Jx9qPz71LmVb20WsYt'
    const known = await watched(
      [
        { v: `${secret} 1`, [secret]: secret },
        { v: `${secret} 2`, [secret]: secret },
      ],
      ({ v }: { v: string }) => v,
    )
    for (let id = 3; id < 200; id++) {
      const more = Object.fromEntries(
        Array.from({ length: 50 }, (_, at) => [`m${id}x${'abcde'[at % 5]}${at}`, id * at]),
      )
      await known.looked(id, { v: `${secret} ${id}`, [secret]: secret, more })
    }
    const kept = JSON.stringify(known.evidence())
    expect(kept).not.toContain(secret)
    expect(kept.length).toBeLessThan(100_000)
  })
})
