import { describe, expect, it } from 'vitest'
import type { Cookie, SolveMemory } from '../../../src/record/index.ts'
import { clearanceLife, observedLife } from '../../../src/routing/solving/clearance-life.ts'

const T = 1_764_000_000_000
const MIN = 60_000
const visit = (more: Partial<SolveMemory> = {}): SolveMemory => ({
  outcome: 'passed',
  endedAt: T,
  code: null,
  reason: '',
  failures: 0,
  pausedUntil: 0,
  clearance: ['id'],
  observedLifeMs: null,
  ...more,
})
const cookie = (expiresAt: number | null, value = 'v') => ({ expiresAt, value }) as Cookie
const jwt = (exp: number) =>
  `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.signature`

describe('clearanceLife', () => {
  it('ends with the first of its cookies, and is renewed a tenth ahead, two minutes at most', () => {
    const life = clearanceLife([cookie(T + 30 * MIN), cookie(null), cookie(T + 40 * MIN)], visit())
    expect(life).toEqual({ renewAt: T + 28 * MIN, endsAt: T + 30 * MIN, observed: false })
    expect(clearanceLife([cookie(T + 10 * MIN)], visit())?.renewAt).toBe(T + 9 * MIN)
  })

  it('ends with the exp of a token in a cookie, wherever in the value it is', () => {
    const exp = T / 1000 + 600
    for (const value of [jwt(exp), `"${jwt(exp)}"`, `v1|${jwt(exp)}|x`, `a=${jwt(exp)}&b=1`]) {
      expect(clearanceLife([cookie(null, value)], visit())?.endsAt, value).toBe(T + 10 * MIN)
    }
  })

  it('ends when the one before ended, where that is sooner', () => {
    const observedLifeMs = 5 * MIN
    const seen = clearanceLife([cookie(T + 30 * MIN)], visit({ observedLifeMs }))
    expect(seen).toMatchObject({ endsAt: T + 5 * MIN, observed: true })
    const declared = clearanceLife([cookie(T + 3 * MIN)], visit({ observedLifeMs }))
    expect(declared).toMatchObject({ endsAt: T + 3 * MIN, observed: false })
  })

  it('of a few seconds is renewed two seconds ahead, at half its time at the earliest', () => {
    expect(clearanceLife([cookie(T + 10_000)], visit())?.renewAt).toBe(T + 8_000)
    expect(clearanceLife([cookie(T + 3_000)], visit())?.renewAt).toBe(T + 1_500)
  })

  it.each([
    ['nothing tells its end', [cookie(null)], visit()],
    ['it is gone', [], visit()],
    ['the visit failed', [cookie(T + MIN)], visit({ outcome: 'failed' })],
    ['it lasts a moment only', [cookie(T + 1_000)], visit()],
    ['it ended before', [cookie(T - MIN)], visit()],
  ])('is not known where %s', (_, cookies, memory) => {
    expect(clearanceLife(cookies, memory)).toBeNull()
  })
})

describe('observedLife', () => {
  it('is the time until a request passed last, where the new challenge came soon after', () => {
    expect(observedLife(visit(), T + 9 * MIN, T + 10 * MIN)).toBe(9 * MIN)
  })

  it.each([
    ['nobody asked for long', visit(), T + MIN, T + 10 * MIN],
    ['no request passed', visit(), T, T + 1],
    ['the visit failed', visit({ outcome: 'failed' }), T + 9 * MIN, T + 10 * MIN],
    ['the clock was set back', visit(), T + 10 * MIN, T + 9 * MIN],
  ])('is not known where %s', (_, memory, usedAt, now) => {
    expect(observedLife(memory, usedAt, now)).toBeNull()
  })
})
