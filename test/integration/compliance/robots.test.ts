import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { BrokerOptions, Session } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, startTcpServer, type TestServer } from '../../support/http-server.ts'

/** A site that counts, and answers robots.txt as it is told. */
interface Site extends TestServer {
  readonly seen: string[]
  readonly at: number[]
  readonly robotsHeaders: IncomingMessage['headers'][]
}

type Robots = string | ((response: ServerResponse) => void)

async function startSite(
  robots: Robots,
  more?: (request: IncomingMessage, response: ServerResponse) => boolean,
) {
  const seen: string[] = []
  const at: number[] = []
  const robotsHeaders: IncomingMessage['headers'][] = []
  const server = await startHttpServer((request, response) => {
    seen.push(request.url ?? '')
    if (request.url === '/robots.txt') {
      robotsHeaders.push(request.headers)
      if (typeof robots === 'string') response.end(robots)
      else robots(response)
      return
    }
    at.push(performance.now())
    if (more?.(request, response)) return
    response.setHeader('set-cookie', 'seen=1; Path=/')
    response.end('content')
  })
  return Object.assign(Object.create(server) as TestServer, { seen, at, robotsHeaders }) satisfies Site
}

async function openSession(options: BrokerOptions = {}) {
  const broker = await memoryBroker({ robots: {}, ...options })
  const session = await broker.session('alice')
  return Object.assign(session, { broker, [Symbol.asyncDispose]: () => broker.close() })
}

const text = async (session: Session, url: string, options = {}) => (await session.fetch(url, options)).text()

describe('robots.txt', () => {
  it('is asked for once however many requests come, without the cookies of the session, and obeyed', async () => {
    await using site = await startSite('User-agent: *\nDisallow: /private\n')
    await using session = await openSession()
    await session.cookies.set('secret=canary; Path=/', site.origin)
    await Promise.all(Array.from({ length: 20 }, () => text(session, `${site.origin}/open`)))

    const error = await errorOf(session.fetch(`${site.origin}/private/1?token=canary`))
    expect(error).toMatchObject({
      code: 'ONEJAR_ROBOTS_DISALLOWED',
      tier: 'compliance-blocked',
      retry: 'never',
    })
    expect(error.message).toContain('"Disallow: /private" (line 2)')
    expect(error.message.match(/bypass/g)).toHaveLength(1)
    expect(error.message).toMatch(
      /name its origin in `robots\.bypass`, or send the request with `robots: false`/,
    )
    expect(error.details).toMatchObject({ origin: site.origin })
    expect(JSON.stringify([error.message, error.details])).not.toContain('canary')
    expect((await errorOf(session.request(`${site.origin}/private`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')

    expect(site.seen.filter((path) => path === '/robots.txt')).toHaveLength(1)
    expect(site.seen.filter((path) => path.startsWith('/private'))).toEqual([])
    expect(site.robotsHeaders[0]?.cookie).toBeUndefined()
  })

  it('is obeyed by what goes through the dispatcher, too', async () => {
    await using site = await startSite('User-agent: *\nDisallow: /private\n')
    await using session = await openSession()
    const { request } = await import('undici')
    const { dispatcher } = session
    expect(await (await request(`${site.origin}/open`, { dispatcher })).body.text()).toBe('content')
    const error = await errorOf(request(`${site.origin}/private`, { dispatcher }))
    expect(error.code).toBe('ONEJAR_ROBOTS_DISALLOWED')
  })

  it('has groups for the name that the option gives', async () => {
    await using site = await startSite('User-agent: shopbot\nAllow: /\n\nUser-agent: *\nDisallow: /\n')
    await using other = await openSession()
    expect((await errorOf(other.fetch(site.origin))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    await using session = await openSession({ robots: { userAgent: 'ShopBot' } })
    expect(await text(session, site.origin)).toBe('content')
  })

  it('of another origin is asked before a redirect leads there, and at the same origin the rules count', async () => {
    await using closed = await startSite('User-agent: *\nDisallow: /\n')
    await using site = await startSite('User-agent: *\nDisallow: /hidden\n', (request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: `${closed.origin}/x` }).end()
      else if (request.url === '/within') response.writeHead(302, { location: '/hidden' }).end()
      else return false
      return true
    })
    await using session = await openSession()
    const away = await errorOf(session.fetch(`${site.origin}/away`))
    expect(away).toMatchObject({ code: 'ONEJAR_ROBOTS_DISALLOWED', details: { origin: closed.origin } })
    expect(closed.seen).toEqual(['/robots.txt'])
    expect((await errorOf(session.fetch(`${site.origin}/within`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    expect(site.seen).not.toContain('/hidden')
  })

  it.each([404, 403, 410])('that answers %d allows everything', async (status) => {
    await using site = await startSite((response) =>
      response.writeHead(status).end('User-agent: *\nDisallow: /'),
    )
    await using session = await openSession()
    expect(await text(session, `${site.origin}/a`)).toBe('content')
  })

  it('that answers 503 allows nothing for a minute, and is asked again afterwards', async () => {
    let broken = true
    await using site = await startSite((response) => {
      if (broken) response.writeHead(503).end()
      else response.end('User-agent: *\nDisallow: /private')
    })
    let now = 1_700_000_000_000
    await using broker = await memoryBroker({ robots: {} }, { clock: { now: () => now } })
    const session = await broker.session('alice')
    const error = await errorOf(session.fetch(`${site.origin}/a`))
    expect(error).toMatchObject({ code: 'ONEJAR_ROBOTS_DISALLOWED', retryAfterMs: 60_000 })
    expect((await errorOf(session.fetch(`${site.origin}/a`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    expect(site.seen).toEqual(['/robots.txt'])

    now += 60_001
    broken = false
    expect(await text(session, `${site.origin}/a`)).toBe('content')
    // What is known holds for a day, and while the site is broken then.
    broken = true
    now += 25 * 3_600_000
    expect(await text(session, `${site.origin}/a`)).toBe('content')
    expect((await errorOf(session.fetch(`${site.origin}/private`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    expect(site.seen.filter((path) => path === '/robots.txt')).toHaveLength(3)
  })

  it('of a server that cannot be reached lets nothing through, and says what is wrong', async () => {
    await using server = await startTcpServer((socket) => socket.destroy())
    await using session = await openSession()
    expect((await errorOf(session.fetch(`${server.origin}/a`))).code).toBe('ONEJAR_NETWORK')
  })

  it('that never answers costs a request no more than its time', async () => {
    await using site = await startSite(() => {})
    const startedAt = performance.now()
    const session = await openSession()
    expect((await errorOf(session.fetch(`${site.origin}/a`, { timeoutMs: 200 }))).code).toBe('ONEJAR_TIMEOUT')
    const controller = new AbortController()
    const asked = errorOf(session.fetch(`${site.origin}/a`, { signal: controller.signal }))
    controller.abort()
    expect((await asked).code).toBe('ONEJAR_ABORTED')
    expect(site.seen).not.toContain('/a')
    // Nor does the broker wait for it when it closes.
    await session.broker.close()
    // It would be waited for 15 seconds.
    expect(performance.now() - startedAt).toBeLessThan(12_000)
  })

  it('of ten megabytes counts with its first 500 KiB, and the rest is not waited for', async () => {
    await using site = await startSite((response) => {
      response.write('User-agent: *\nDisallow: /private\n')
      response.write('# filler\n'.repeat(1_200_000))
      // It never ends.
    })
    await using session = await openSession({ maxResponseBytes: 400_000 })
    await using patient = await openSession()
    for (const one of [session, patient]) {
      expect(await text(one, `${site.origin}/a`)).toBe('content')
      expect((await errorOf(one.fetch(`${site.origin}/private`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    }
  })

  it('is followed through five redirects, and after six there is none', async () => {
    const chain = (from: number) => (request: IncomingMessage, response: ServerResponse) => {
      const step = Number(/^\/step(\d)$/.exec(request.url ?? '')?.[1] ?? Number.NaN)
      if (Number.isNaN(step)) return false
      if (step === from) response.end('User-agent: *\nDisallow: /')
      else response.writeHead(301, { location: `/step${step + 1}` }).end()
      return true
    }
    const first = (response: ServerResponse) => response.writeHead(301, { location: '/step1' }).end()
    await using five = await startSite(first, chain(5))
    await using six = await startSite(first, chain(6))
    await using session = await openSession()
    expect((await errorOf(session.fetch(`${five.origin}/a`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    expect(await text(session, `${six.origin}/a`)).toBe('content')
  })

  it('is no business of a challenge that stands in for it', async () => {
    const challenge = `<!doctype html><title>One moment</title><script>document.cookie = 'clearance=1; path=/'; location.reload()</script>`
    await using site = await startSite((response) =>
      response.writeHead(503, { 'content-type': 'text/html' }).end(challenge),
    )
    await using session = await openSession()
    expect(await text(session, `${site.origin}/a`)).toBe('content')
  })

  it('is known to a tenant alone', async () => {
    await using site = await startSite('User-agent: *\nAllow: /\n')
    await using broker = await memoryBroker({ robots: {} })
    for (const tenant of ['one', 'two']) {
      for (const id of ['a', 'b']) await text(await broker.session(id, { tenant }), site.origin)
    }
    expect(site.seen.filter((path) => path === '/robots.txt')).toHaveLength(2)
  })
})

describe('the bypass', () => {
  it('of an origin, a request or a broker asks for no robots.txt, and is told', async () => {
    await using site = await startSite('User-agent: *\nDisallow: /\n')
    await using byOrigin = await openSession({ robots: { bypass: [`${site.origin}/any/path`] } })
    const events = collect(byOrigin.events())
    expect(await text(byOrigin, `${site.origin}/a`)).toBe('content')
    expect(await text(byOrigin, `${site.origin}/a`)).toBe('content')
    await using byRequest = await openSession()
    expect(await text(byRequest, `${site.origin}/a`, { robots: false })).toBe('content')
    await using byBroker = await openSession({ robots: false })
    expect(await text(byBroker, `${site.origin}/a`)).toBe('content')
    expect(site.seen).not.toContain('/robots.txt')

    expect((await errorOf(byRequest.fetch(`${site.origin}/a`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    await byOrigin.release()
    const told = events.filter((event) => event.type === 'robots')
    expect(told).toMatchObject([{ origin: site.origin, decision: 'bypassed' }])
  })

  it.each([
    [{ robots: { bypass: ['shop.example'] } }, 'robots.bypass.0'],
    [{ robots: { bypass: ['ftp://shop.example'] } }, 'robots.bypass.0'],
    [{ robots: { userAgent: 'shop bot/1.0' } }, 'robots.userAgent'],
    [{ robots: { useragent: 'x' } }, 'robots'],
    [{ robots: true }, 'robots'],
  ])('%j is refused with its path', async (options, path) => {
    const error = await errorOf(memoryBroker(options as never))
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).toContain(path)
  })
})

describe('Crawl-delay', () => {
  it('spaces the requests of all sessions of a broker, and not the hops of one', async () => {
    const delayMs = 300
    await using site = await startSite(
      `User-agent: *\nCrawl-delay: ${delayMs / 1000}\n`,
      (request, response) => {
        if (request.url !== '/hop') return false
        response.writeHead(302, { location: '/end' }).end()
        return true
      },
    )
    await using broker = await memoryBroker({ robots: {} })
    const sessions = await Promise.all(['a', 'b', 'c'].map((id) => broker.session(id)))
    await Promise.all(sessions.map((session) => text(session, `${site.origin}/x`)))
    const [first = 0, second = 0, third = 0] = site.at
    // Sockets and timers have their own small ways: what matters is that nobody comes much too early.
    expect(second - first).toBeGreaterThan(delayMs * 0.8)
    expect(third - second).toBeGreaterThan(delayMs * 0.8)
  })

  it('that is longer than the patience is refused at once, and says when to come again', async () => {
    await using site = await startSite('User-agent: *\nCrawl-delay: 31536000\n')
    await using session = await openSession()
    const events = collect(session.events())
    expect(await text(session, `${site.origin}/a`)).toBe('content')
    const error = await errorOf(session.fetch(`${site.origin}/b`))
    expect(error).toMatchObject({ code: 'ONEJAR_RATE_LIMITED', retry: 'after' })
    expect(error.retryAfterMs).toBeGreaterThan(23 * 3_600_000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(24 * 3_600_000)
    expect(site.seen).toEqual(['/robots.txt', '/a'])
    await session.release()
    expect(events.filter((event) => event.type === 'robots')).toMatchObject([{ decision: 'refused' }])
  })

  it('ends with the signal of who waits, and its place is free again', async () => {
    await using site = await startSite('User-agent: *\nCrawl-delay: 20\n')
    await using session = await openSession()
    await text(session, `${site.origin}/a`)
    const events = session.events()
    for (let i = 0; i < 5; i++) {
      const controller = new AbortController()
      const asked = errorOf(session.fetch(`${site.origin}/b`, { signal: controller.signal }))
      await events.next()
      controller.abort()
      expect((await asked).code).toBe('ONEJAR_ABORTED')
    }
    // Were the places lost, the next one would be beyond the default patience of a minute.
    const error = await errorOf(session.fetch(`${site.origin}/b`, { timeoutMs: 1000 }))
    expect(error.retryAfterMs).toBeLessThanOrEqual(20_000)
  })

  it('does not keep a session from being released', async () => {
    await using site = await startSite('User-agent: *\nCrawl-delay: 30\n')
    await using session = await openSession()
    await text(session, `${site.origin}/a`)
    const waiting = errorOf(session.fetch(`${site.origin}/b`))
    const startedAt = performance.now()
    await session.release()
    expect((await waiting).code).toBe('ONEJAR_CLOSED')
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  })
})
