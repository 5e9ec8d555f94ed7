import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Counts, compareCosts, type ExpectedCosts } from './compare-costs.ts'
import { measureAllocations } from './measure-allocations.ts'
import { measureBrowser } from './measure-browser.ts'
import { measurePeeks } from './measure-peeks.ts'
import { measureStore } from './measure-store.ts'
import { measureVisits } from './measure-visits.ts'

const expected = JSON.parse(readFileSync(new URL('costs.json', import.meta.url), 'utf8')) as ExpectedCosts
const HOW =
  'If that is meant: node scripts/costs.ts --update, and write down why in test/integration/costs/costs.json.'

const KINDS: Readonly<Record<string, readonly [beginning: string, measure: () => Counts | Promise<Counts>]>> =
  {
    'the classifier looks at no more of a page': ['bytes held back|bytes given', measurePeeks],
    'a request allocates no more': ['bytes allocated', measureAllocations],
    'the store is asked no more often': ['store round trips', measureStore],
    'a browser gets no more commands': ['DevTools commands', measureBrowser],
    'no more documents are loaded in a browser': ['documents in the browser', measureVisits],
  }

for (const [name, [beginning, measure]] of Object.entries(KINDS)) {
  it(`${name} than is written down`, async () => {
    const known = Object.entries(expected).filter(([what]) => new RegExp(`^(?:${beginning})`).test(what))
    const { grown } = compareCosts(Object.fromEntries(known), await measure())
    expect(grown, `${grown.join('\n')}\n${HOW}`).toEqual([])
  })
}

it('each count that is written down says why', () => {
  const without = Object.entries(expected).filter(([, { why }]) => why === '')
  expect(without.map(([name]) => name)).toEqual([])
  const kinds = new RegExp(
    `^(?:${Object.values(KINDS)
      .map(([beginning]) => beginning)
      .join('|')})`,
  )
  expect(Object.keys(expected).filter((name) => !kinds.test(name))).toEqual([])
})
