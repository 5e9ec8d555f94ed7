import { describe, expect, it } from 'vitest'
import { CrawlPace } from '../../../src/compliance/index.ts'
import { type Clock, steadyMs } from '../../../src/core/index.ts'
import { SessionQuarantine } from '../../../src/pipeline/stages/quarantine.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { Circuits, RateLimitPauses } from '../../../src/resilience/index.ts'
import { EventHub } from '../../../src/routing/index.ts'

const HOUR = 3_600_000
const SOURCE = { name: 'test' }

/** A clock on the wall that is set, and one that nobody sets. */
class TwoClocks implements Clock {
  wall = 1_800_000_000_000
  time = 0

  now(): number {
    return this.wall
  }

  steady(): number {
    return this.time
  }

  pass(ms: number): void {
    this.wall += ms
    this.time += ms
  }
}

function circuitsOf(clock: Clock): Circuits<string> {
  return new Circuits({
    clock,
    failures: 1,
    firstPauseMs: 1_000,
    maxPauseMs: 60_000,
    probeMs: 60_000,
    maxKeys: 10,
  })
}

/** Each begins a pause of a second, and tells how long is left of it. */
const pauses: Readonly<Record<string, (clock: Clock) => () => number>> = {
  'a Retry-After': (clock) => {
    const pauses = new RateLimitPauses(clock)
    pauses.pause('https://a.example', 1_000)
    return () => pauses.leftMs('https://a.example')
  },
  'an open circuit': (clock) => {
    const circuits = circuitsOf(clock)
    circuits.failed('a', 'trouble')
    return () => circuits.pauseMs('a')
  },
  'a circuit of another process': (clock) => {
    const circuits = circuitsOf(clock)
    circuits.adopt('a', { failures: 1, forMs: 1_000, trouble: 'trouble' })
    return () => circuits.pauseMs('a')
  },
  'a Crawl-delay': (clock) => {
    const pace = new CrawlPace()
    pace.take(1_000, steadyMs(clock))
    return () => pace.next(steadyMs(clock)) - steadyMs(clock)
  },
  'a quarantine': (clock) => {
    const record = new SessionRecord({ writer: 'w', clock })
    const quarantine = new SessionQuarantine(record, SOURCE, new EventHub(), clock)
    quarantine.put('', 'a reason', 1_000)
    return () => quarantine.refusal(new URL('https://a.example/'))?.retryAfterMs ?? 0
  },
  'a quarantine of another process': (clock) => {
    const record = new SessionRecord({ writer: 'w', clock })
    const quarantine = new SessionQuarantine(record, SOURCE, new EventHub(), clock)
    const at = clock.now() - 2 * HOUR
    const value = { at, until: at + 2 * HOUR + 1_000, reason: 'a reason' }
    const stamp = { time: 1, writer: 'other' }
    record.merge([{ kind: 'quarantine', id: '', stamp, value }], SOURCE)
    return () => quarantine.refusal(new URL('https://a.example/'))?.retryAfterMs ?? 0
  },
}

describe.each(Object.entries(pauses))('%s', (_, begin) => {
  it.each([
    ['back', -HOUR],
    ['forward', HOUR],
  ])('lasts as long as it was to when the clock is set %s', (_name, jump) => {
    const clock = new TwoClocks()
    const left = begin(clock)
    clock.wall += jump
    expect(left()).toBe(1_000)
    clock.pass(999)
    expect(left()).toBe(1)
    clock.pass(1)
    expect(left()).toBe(0)
  })
})

describe('a clock that has no steady time of its own', () => {
  it('gives what it went forward by', () => {
    let now = 1_000
    const clock: Clock = { now: () => now }
    const start = steadyMs(clock)
    now += 500
    expect(steadyMs(clock) - start).toBe(500)
    now -= HOUR
    expect(steadyMs(clock) - start).toBe(500)
    now += 250
    expect(steadyMs(clock) - start).toBe(750)
  })
})
