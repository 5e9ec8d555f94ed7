import { describe, expect, it } from 'vitest'
import { Outcomes } from '../../chaos/outcomes.ts'
import { Recoveries } from '../../chaos/recoveries.ts'

describe('the outcomes of a run', () => {
  it('are counted by kind and code, and faults that time mends break no promise', async () => {
    const outcomes = new Outcomes()
    await outcomes.run('a', async () => ({ kind: 'done' }))
    await outcomes.run('b', async () => ({ kind: 'done' }))
    const code = 'ONEJAR_STORE_UNAVAILABLE'
    await outcomes.run('c', async () => ({ kind: 'refused', code, tier: 'recoverable' }))
    expect(outcomes.counts).toEqual({ done: 2, ONEJAR_STORE_UNAVAILABLE: 1 })
    expect(outcomes.broken).toEqual([])
  })

  it('break a promise where nobody knows what happened, and where the answer is wrong', async () => {
    const outcomes = new Outcomes()
    await outcomes.run('a', async () => ({ kind: 'unknown', why: 'socket hang up' }))
    await outcomes.run('b', async () => ({ kind: 'refused', code: 'INTERNAL', tier: undefined }))
    await outcomes.run('c', async () => ({
      kind: 'refused',
      code: 'ONEJAR_CLOSED',
      tier: 'non-recoverable',
    }))
    expect(outcomes.broken).toEqual(['a: socket hang up', 'b: INTERNAL', 'c: ONEJAR_CLOSED'])
  })

  it('are settled when what was under way has ended, whatever began later', async () => {
    const outcomes = new Outcomes()
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const request = (until: Promise<void>) => async () => {
      await until
      return { kind: 'done' } as const
    }
    const running = [outcomes.run('first', request(first.promise))]
    const settled = outcomes.settled()
    running.push(outcomes.run('second', request(second.promise)))
    first.resolve()
    await settled
    expect(outcomes.underway).toEqual(['second'])
    second.resolve()
    await Promise.all(running)
    expect(outcomes.underway).toEqual([])
  })
})

it('the times of a fault are summed up by what was measured', () => {
  const recoveries = new Recoveries()
  for (let ms = 20; ms >= 1; ms--) recoveries.add('killed', ms)
  recoveries.add('frozen', 7.4)
  expect(recoveries.summary()).toEqual({
    killed: { count: 20, p50: 10, p95: 19, max: 20 },
    frozen: { count: 1, p50: 7, p95: 7, max: 7 },
  })
})
