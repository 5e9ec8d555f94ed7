import { describe, expect, it } from 'vitest'
import { type KnownRobots, RobotsRules } from '../../../src/compliance/index.ts'
import { OnejarError, steadyMs } from '../../../src/core/index.ts'
import { SessionRobots } from '../../../src/pipeline/stages/robots.ts'
import { EventHub } from '../../../src/routing/index.ts'
import { CrawlPaces, type RobotsBook } from '../../../src/services/robots-book.ts'
import type { SiteFileRequester } from '../../../src/services/site-file.ts'
import { ahead, aRequest, aResponse, URL_ASKED } from './a-request.ts'

const ASKER = {} as SiteFileRequester

/** A session that knows this of each origin, or has to ask for it. */
function make(
  text: string,
  { closed = null as string | null, mustAsk = false, bypass = [] as string[] } = {},
) {
  const clock = { now: () => 1_700_000_000_000 }
  const known: KnownRobots = {
    rules: new RobotsRules(text, 'onejar'),
    closed,
    until: steadyMs(clock) + 60_000,
    bytes: text.length,
  }
  const asked: string[] = []
  const book = {
    look: () => (mustAsk ? undefined : known),
    ask: async (origin: string) => {
      asked.push(origin)
      return known
    },
  } as unknown as RobotsBook
  const events = new EventHub()
  const decisions: string[] = []
  events.tap((event) => event.type === 'robots' && decisions.push(event.decision), true)
  const audited: [string, object][] = []
  let auditFails = false
  const paces = new CrawlPaces()
  const robots = new SessionRobots({
    book,
    paces,
    requester: ASKER,
    bypass: new Set(bypass),
    events,
    clock,
    audit: (rule, facts) => {
      if (auditFails) throw new OnejarError('ONEJAR_AUDIT_FAILED', 'full')
      audited.push([rule, facts])
    },
  })
  const nextInMs = () => paces.of(URL_ASKED.origin).next(steadyMs(clock)) - steadyMs(clock)
  return { robots, nextInMs, decisions, audited, asked, failAudit: () => (auditFails = true) }
}
const FORBIDDING = 'User-agent: *\nDisallow: /orders\n'

describe('robots', () => {
  it('sends what the rules allow', async () => {
    const { robots, audited } = make('User-agent: *\nDisallow: /private\n')
    expect((await ahead(robots.stage, aResponse()).send(aRequest())).statusCode).toBe(200)
    expect(audited).toEqual([])
  })

  it('refuses what the rules forbid, audits it, and says how an application goes on', async () => {
    const { robots, decisions, audited } = make(FORBIDDING)
    const { send, asked } = ahead(robots.stage, aResponse())
    await expect(send(aRequest())).rejects.toMatchObject({
      code: 'ONEJAR_ROBOTS_DISALLOWED',
      message: expect.stringMatching(/"Disallow: \/orders" \(line 2\).*name its origin in `robots\.bypass`/),
    })
    expect(asked).toHaveLength(0)
    expect(decisions).toEqual(['refused'])
    expect(audited).toMatchObject([['robots-disallowed', { origin: 'http://shop.example' }]])
  })

  it('asks the origin where the rules are not known', async () => {
    const { robots, asked } = make(FORBIDDING, { mustAsk: true })
    await expect(ahead(robots.stage).send(aRequest())).rejects.toMatchObject({
      code: 'ONEJAR_ROBOTS_DISALLOWED',
    })
    expect(asked).toEqual(['http://shop.example'])
  })

  it('sends nothing to an origin whose rules cannot be had, and says for how long', async () => {
    const { robots, audited } = make('', { closed: 'robots.txt answered 503' })
    const refused = ahead(robots.stage).send(aRequest())
    await expect(refused).rejects.toMatchObject({
      code: 'ONEJAR_ROBOTS_DISALLOWED',
      message: expect.stringContaining('robots.txt answered 503'),
    })
    await expect(refused).rejects.toHaveProperty('retryAfterMs')
    expect(audited).toMatchObject([['robots-unreachable', {}]])
  })

  it('lets through what a caller wants without robots.txt, and audits that once for an origin', async () => {
    const { robots, audited, decisions } = make(FORBIDDING)
    const { send } = ahead(robots.stage, aResponse(), aResponse())
    for (let i = 0; i < 2; i++) expect((await send(aRequest({ robots: false }))).statusCode).toBe(200)
    expect(audited).toEqual([['robots-bypassed', { origin: 'http://shop.example' }]])
    expect(decisions).toEqual(['bypassed'])
    const listed = make(FORBIDDING, { bypass: ['http://shop.example'] })
    expect((await ahead(listed.robots.stage, aResponse()).send(aRequest())).statusCode).toBe(200)
    expect(listed.audited).toHaveLength(1)
  })

  it('does without robots.txt only where that is in the audit trail', async () => {
    const { robots, failAudit } = make(FORBIDDING)
    failAudit()
    const { send, asked } = ahead(robots.stage, aResponse())
    await expect(send(aRequest({ robots: false }))).rejects.toMatchObject({ code: 'ONEJAR_AUDIT_FAILED' })
    expect(asked).toHaveLength(0)
  })

  it('refuses a request that cannot wait for its turn, and keeps its turn for others', async () => {
    const { robots, decisions, audited } = make('User-agent: *\nCrawl-delay: 60\n')
    const { send } = ahead(robots.stage, aResponse())
    await send(aRequest())
    for (let i = 0; i < 2; i++) {
      await expect(send(aRequest({ timeoutMs: 1_000 }))).rejects.toMatchObject({
        code: 'ONEJAR_RATE_LIMITED',
        retryAfterMs: 60_000,
      })
    }
    expect(decisions).toEqual(['refused', 'refused'])
    expect(audited).toMatchObject([
      ['crawl-delay', {}],
      ['crawl-delay', {}],
    ])
  })

  it('ends the wait for a turn when the session is released, and gives the turn back', async () => {
    const { robots, decisions, nextInMs } = make('User-agent: *\nCrawl-delay: 60\n')
    const { send } = ahead(robots.stage, aResponse())
    await send(aRequest())
    const waiting = send(aRequest({ timeoutMs: 600_000 }))
    expect(decisions).toEqual(['waiting'])
    expect(nextInMs()).toBeGreaterThan(60_000)
    robots.close()
    await expect(waiting).rejects.toMatchObject({ code: 'ONEJAR_CLOSED' })
    expect(nextInMs()).toBeLessThanOrEqual(60_000)
  })

  it('looks at a redirect by the rules of its origin alone, and makes no second pause there', async () => {
    const { robots } = make('User-agent: *\nCrawl-delay: 60\nDisallow: /private\n')
    await ahead(robots.stage, aResponse()).send(aRequest())
    const hop = (path: string) =>
      robots.beforeHop(new URL(path, URL_ASKED), URL_ASKED, { timeoutMs: 1_000 } as never)
    expect(hop('/next')).toBeUndefined()
    await expect(hop('/private')).rejects.toMatchObject({ code: 'ONEJAR_ROBOTS_DISALLOWED' })
  })
})
