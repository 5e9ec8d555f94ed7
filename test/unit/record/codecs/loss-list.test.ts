import { describe, expect, it } from 'vitest'
import { LossList, noteUnplaced } from '../../../../src/record/codecs/loss-list.ts'
import { aCookie } from './a-cookie.ts'

describe('LossList', () => {
  it('counts all of one kind and one reason, and names five', () => {
    const losses = new LossList()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) losses.note('priority', name, 'no place')
    losses.note('priority', 'h', 'another reason')
    losses.note('source', 'a', 'no place')
    expect(losses.list()).toEqual([
      { what: 'priority', count: 7, names: ['a', 'b', 'c', 'd', 'e'], why: 'no place' },
      { what: 'priority', count: 1, names: ['h'], why: 'another reason' },
      { what: 'source', count: 1, names: ['a'], why: 'no place' },
    ])
  })
})

describe('what only Chromium has a place for', () => {
  it.each([
    [{}, []],
    [{ priority: 'high' as const }, ['priority']],
    [{ sourceScheme: 'secure' as const }, ['source']],
    [{ sourcePort: 443 }, ['source']],
    [{ priority: 'low' as const, sourcePort: 443 }, ['priority', 'source']],
  ])('%j: %j', (part, wanted) => {
    const losses = new LossList()
    noteUnplaced(aCookie(part), losses)
    expect(losses.list().map(({ what }) => what)).toEqual(wanted)
    for (const { names, why } of losses.list())
      expect([names, why]).toEqual([['sid'], expect.stringContaining('no place')])
  })
})
