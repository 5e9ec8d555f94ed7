import { describe, expect, it } from 'vitest'
import { CrawlPace, type KnownRobots, learnRobots, type RobotsAnswer } from '../../../src/compliance/index.ts'

const NOW = 1_000_000
const DAY = 24 * 3_600_000
const URL_A = new URL('https://foo.bar/a')

function learn(answer: RobotsAnswer, before?: KnownRobots): KnownRobots {
  return learnRobots(answer, before, 'onejar', NOW)
}

function status(statusCode: number, challenge = false): RobotsAnswer {
  return { kind: 'status', statusCode, challenge }
}

const FILE: RobotsAnswer = { kind: 'file', body: Buffer.from('User-agent: *\nDisallow: /a\n') }

describe('learnRobots', () => {
  it('keeps a file for a day', () => {
    const known = learn(FILE)
    expect(known.closed).toBeNull()
    expect(known.until).toBe(NOW + DAY)
    expect(known.rules.decide(URL_A).allowed).toBe(false)
  })

  it.each([400, 401, 403, 404, 410, 451, 304])('lets everything through after %d', (code) => {
    const known = learn(status(code))
    expect(known).toMatchObject({ closed: null, until: NOW + DAY })
    expect(known.rules.decide(URL_A).allowed).toBe(true)
  })

  it.each([500, 502, 503, 429])('lets nothing through for a while after %d', (code) => {
    const known = learn(status(code))
    expect(known.closed).toContain(String(code))
    expect(known.until - NOW).toBe(60_000)
  })

  it('goes by what is known from before while the site cannot answer', () => {
    const known = learn(status(503), learn(FILE))
    expect(known.closed).toBeNull()
    expect(known.until).toBe(NOW + 60_000)
    expect(known.rules.decide(URL_A).allowed).toBe(false)
    expect(learn(status(503), learn(status(500))).closed).toContain('503')
  })

  it('takes a challenge for no answer, and not for long', () => {
    const known = learn(status(503, true))
    expect(known.closed).toBeNull()
    expect(known.until - NOW).toBe(600_000)
  })

  it('takes too many redirects for no file', () => {
    const known = learn({ kind: 'too-many-redirects' }, learn(FILE))
    expect(known.rules.decide(URL_A).allowed).toBe(true)
    expect(known).toMatchObject({ closed: null, until: NOW + DAY, bytes: 0 })
  })
})

describe('CrawlPace', () => {
  it('gives places that are a delay apart, the first at once', () => {
    const pace = new CrawlPace()
    const given = [pace.take(100, NOW), pace.take(100, NOW), pace.take(100, NOW + 50)]
    expect(given).toEqual([NOW, NOW + 100, NOW + 200])
    expect(pace.take(100, NOW + 5000)).toBe(NOW + 5000)
  })

  it('takes the last place back, and no other', () => {
    const pace = new CrawlPace()
    pace.take(100, NOW)
    const second = pace.take(100, NOW)
    const third = pace.take(100, NOW)
    pace.giveBack(second, 100)
    expect(pace.next(NOW)).toBe(NOW + 300)
    pace.giveBack(third, 100)
    expect(pace.next(NOW)).toBe(NOW + 200)
  })
})
