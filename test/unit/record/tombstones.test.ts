import { describe, expect, it } from 'vitest'
import { localWrite, SessionRecord } from '../../../src/record/index.ts'

const SOURCE = { name: 'test' }
const record = () => new SessionRecord({ writer: 'w', clock: { now: () => 1_800_000_000_000 } })
const deletions = (of: SessionRecord, kind: string) =>
  [...of.entries()].filter((entry) => entry.kind === kind && entry.value === null)

describe('deletions', () => {
  it('of a site that sets cookies without end stay within bounds, and push out nobody else’s', () => {
    const held = record()
    const bank = new URL('https://bank.example/')
    held.receive(['sid=1'], bank, undefined, SOURCE)
    held.receive(['sid=; Max-Age=0'], bank, undefined, SOURCE)
    const hostile = new URL('https://hostile.example/')
    let told = 0
    held.subscribe((delta) => {
      told += delta.filter(({ value }) => value === null).length
    })
    for (let answer = 0; answer < 200; answer++) {
      const lines = Array.from({ length: 50 }, (_, i) => `c${answer}-${i}=x`)
      held.receive(lines, hostile, undefined, SOURCE)
    }
    // Everybody who listens has heard of each of them.
    expect(told).toBeGreaterThan(9_000)
    const kept = deletions(held, 'cookie')
    expect(kept.length).toBeLessThanOrEqual(1_001)
    expect(kept.some(({ id }) => id.startsWith('bank.example'))).toBe(true)
  })

  it('of items stay within bounds, and the last ones are kept', () => {
    const held = record()
    for (let i = 0; i < 3_000; i++) {
      const write = (value: string | null) => [localWrite('https://a.example', `k${i}`, value)]
      held.write(write('x'), SOURCE)
      held.write(write(null), SOURCE)
    }
    const ids = deletions(held, 'local').map(({ id }) => id)
    expect(ids).toHaveLength(1_000)
    expect(ids).toContain('https://a.example\nk2999')
  })

  it('are no deletions any more once there is a value again', () => {
    const held = record()
    for (let i = 0; i < 3_000; i++) {
      held.write([localWrite('https://a.example', 'k', i % 2 === 0 ? 'x' : null)], SOURCE)
    }
    held.write([localWrite('https://a.example', 'k', 'y')], SOURCE)
    expect(deletions(held, 'local')).toEqual([])
    expect(held.localItem('https://a.example', 'k')).toBe('y')
  })
})
