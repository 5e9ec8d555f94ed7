import { expect, it } from 'vitest'
import { compareCosts, withCounts } from '../../integration/costs/compare-costs.ts'

const EXPECTED = {
  'round trips': { count: 2, why: 'read and written' },
  'bytes allocated': { count: 1_000, within: 0.03, why: 'its headers' },
}

it('what has grown is named with both counts and its reason', () => {
  const { grown, fewer } = compareCosts(EXPECTED, { 'round trips': 3, 'bytes allocated': 1_031 })
  expect(grown).toEqual([
    'round trips: 2 -> 3 (+1, +50 %). Expected because: read and written',
    'bytes allocated: 1000 -> 1031 (+31, +3 %). Expected because: its headers',
  ])
  expect(fewer).toEqual([])
})

it('what is within its share is the same, and what has become less is no fault', () => {
  expect(compareCosts(EXPECTED, { 'round trips': 2, 'bytes allocated': 1_030 })).toEqual({
    grown: [],
    fewer: [],
  })
  const { grown, fewer } = compareCosts(EXPECTED, { 'round trips': 1, 'bytes allocated': 970 })
  expect(grown).toEqual([])
  expect(fewer).toEqual(['round trips: 2 -> 1 (-1, -50 %). Expected because: read and written'])
})

it('what nobody expects or counts is named as well', () => {
  const { grown } = compareCosts(EXPECTED, { 'round trips': 2, commands: 1 })
  expect(grown).toEqual([
    'commands: 1, and nothing is expected of it',
    'bytes allocated: expected, and nobody has counted it',
  ])
})

it('an update keeps reasons and shares, and leaves the reason of what is new to be written', () => {
  expect(withCounts(EXPECTED, { 'bytes allocated': 900, commands: 1 })).toEqual({
    'bytes allocated': { count: 900, within: 0.03, why: 'its headers' },
    commands: { count: 1, why: '' },
  })
})
