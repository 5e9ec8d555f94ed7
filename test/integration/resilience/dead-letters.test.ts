import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BrokerWarning, openBroker } from '../../../src/index.ts'
import { collect, errorOf, IDENTITY, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { readBody, startHttpServer } from '../../support/http-server.ts'
import { CliHome } from '../cli/run-cli.ts'

/** A site that answers with a status until it is mended. */
async function site(status: number) {
  const seen: { line: string; headers: IncomingMessage['headers']; body: string }[] = []
  let now = status
  const server = await startHttpServer(async (request, response: ServerResponse) => {
    const body = (await readBody(request)).toString()
    if (request.url === '/robots.txt') {
      response.writeHead(404).end()
      return
    }
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
    if (now === 0) response.destroy()
    else response.writeHead(now).end('answer')
  })
  return Object.assign(server, {
    seen,
    mend: () => {
      now = 200
    },
  })
}

const QUICK = { retry: { attempts: 2, firstDelayMs: 1 }, robots: false } as const

describe('a request that fails for good', () => {
  it('is kept with its session and, sent again when the site is well, passes and is gone', async () => {
    await using shop = await site(503)
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    {
      await using broker = await openBroker({ store, identity: IDENTITY, deadLetters: true, ...QUICK })
      const session = await broker.session('a')
      const events = collect(session.events())
      const options = { method: 'PUT', headers: { 'x-note': 'fragile' }, body: 'two teapots' }
      expect((await session.fetch(`${shop.origin}/orders/7?size=large`, options)).status).toBe(503)
      await session.release()
      expect(events.filter(({ type }) => type === 'dead-letter')).toMatchObject([
        {
          method: 'PUT',
          url: `${shop.origin}/orders/7`,
          code: 'ONEJAR_BAD_RESPONSE',
          tier: 'recoverable',
          status: 503,
        },
      ])
    }
    shop.mend()
    await using broker = await openBroker({ store, identity: IDENTITY, ...QUICK })
    const session = await broker.session('a')
    const [letter] = session.deadLetters.list()
    expect(letter).toMatchObject({ method: 'PUT', attempts: 2, isWhole: true, status: 503 })
    const response = await session.deadLetters.retry(letter?.id ?? '')
    expect(response.status).toBe(200)
    const last = shop.seen.at(-1)
    expect([last?.line, last?.headers['x-note'], last?.headers['content-type'], last?.body]).toEqual([
      'PUT /orders/7?size=large',
      'fragile',
      'text/plain;charset=UTF-8',
      'two teapots',
    ])
    expect(session.deadLetters.list()).toEqual([])
  })

  it('stays when it fails again, once', async () => {
    await using shop = await site(0)
    await using broker = await memoryBroker({ deadLetters: true, ...QUICK })
    const session = await broker.session('a')
    await errorOf(session.fetch(shop.origin))
    const [letter] = session.deadLetters.list()
    expect(letter?.code).toBe('ONEJAR_NETWORK')
    expect((await errorOf(session.deadLetters.retry(letter?.id ?? ''))).code).toBe('ONEJAR_NETWORK')
    expect(session.deadLetters.list()).toEqual([letter])
    expect(session.deadLetters.remove(letter?.id ?? '')).toBe(true)
    expect(session.deadLetters.remove(letter?.id ?? '')).toBe(false)
    expect((await errorOf(session.deadLetters.retry('no-such'))).code).toBe('ONEJAR_BAD_INPUT')
  })

  it('is kept where that is wanted: by the request, the session or the broker', async () => {
    await using shop = await site(500)
    await using broker = await memoryBroker(QUICK)
    const session = await broker.session('a')
    await session.fetch(shop.origin)
    expect(session.deadLetters.list()).toHaveLength(0)
    await session.fetch(shop.origin, { deadLetter: true })
    expect(session.deadLetters.list()).toHaveLength(1)
    const keeping = await broker.session('b', { deadLetters: true })
    await keeping.fetch(shop.origin, { deadLetter: false })
    expect(keeping.deadLetters.list()).toHaveLength(0)
    expect((await errorOf(session.fetch(shop.origin, { deadLetter: 'yes' as never }))).message).toContain(
      'deadLetter',
    )
  })

  it('is none when it was answered, aborted, or wrongly asked', async () => {
    await using shop = await site(404)
    await using broker = await memoryBroker({ deadLetters: true, ...QUICK })
    const session = await broker.session('a')
    await session.fetch(shop.origin)
    await errorOf(session.fetch(shop.origin, { signal: AbortSignal.abort() }))
    await errorOf(session.fetch('ftp://nowhere'))
    expect(session.deadLetters.list()).toEqual([])
  })

  it('is one that was answered 404 or 410, when that is asked for, and stays while that is the answer', async () => {
    await using shop = await site(410)
    await using broker = await memoryBroker({ deadLetters: { statuses: [404, 410] }, ...QUICK })
    const session = await broker.session('a')
    const events = collect(session.events())
    await session.fetch(shop.origin)
    const [letter] = session.deadLetters.list()
    expect(letter).toMatchObject({ status: 410, code: 'ONEJAR_BAD_RESPONSE', tier: 'non-recoverable' })
    await session.deadLetters.retry(letter?.id ?? '')
    expect(session.deadLetters.list()).toEqual([letter])
    shop.mend()
    await session.deadLetters.retry(letter?.id ?? '')
    expect(session.deadLetters.list()).toEqual([])
    await session.release()
    expect(events.filter(({ type }) => type === 'dead-letter')).toMatchObject([{ status: 410 }])

    for (const [deadLetter, what] of [
      [{ statuses: [200] }, '400 to 599'],
      [{ statuses: 404 }, '400 to 599'],
      [{ status: [404] }, '400 to 599'],
    ]) {
      const error = await errorOf(
        broker.session('b').then((other) => other.fetch(shop.origin, { deadLetter } as never)),
      )
      expect(error).toMatchObject({
        code: 'ONEJAR_BAD_OPTIONS',
        message: expect.stringContaining(what as string),
      })
    }
    const bad = await errorOf(memoryBroker({ deadLetters: { statuses: [302] } }))
    expect(bad.message).toContain('deadLetters')
  })

  it('holds no credential: neither header, nor query, nor form; such a one is not sent again', async () => {
    await using shop = await site(500)
    await using broker = await memoryBroker({ deadLetters: true, retry: false })
    const session = await broker.session('a')
    const headers = {
      authorization: 'Bearer canary-1',
      cookie: 'a=canary-2',
      'x-api-key': 'canary-3',
      accept: 'text/css',
    }
    await session.fetch(`${shop.origin}/?access_token=canary-4&page=2`, { headers })
    const form = new URLSearchParams({ user: 'alice', password: 'canary-5' })
    await session.fetch(shop.origin, { method: 'PUT', body: form })
    await session.fetch(shop.origin, {
      method: 'PUT',
      body: '{"token":"canary-6"}',
      headers: { 'content-type': 'application/json' },
    })
    const letters = session.deadLetters.list()
    expect(letters).toHaveLength(3)
    expect(JSON.stringify(letters)).not.toContain('canary')
    for (const { id, isWhole } of letters) {
      expect(isWhole).toBe(false)
      expect((await errorOf(session.deadLetters.retry(id))).code).toBe('ONEJAR_BODY_NOT_REPLAYABLE')
    }
  })

  it('is sent again with the session’s credentials, not with those that the caller gave', async () => {
    await using shop = await site(500)
    await using broker = await memoryBroker({ deadLetters: true, retry: false })
    const session = await broker.session('a')
    const headers = {
      Authorization: 'Bearer canary',
      'X-Api-Key': 'canary',
      Cookie: 'mine=canary',
      'x-note': 'kept',
    }
    await session.fetch(shop.origin, { headers })
    expect(JSON.stringify(shop.seen[0]?.headers)).toContain('canary')
    await session.cookies.set('own=1', shop.origin)
    await session.deadLetters.retry(session.deadLetters.list()[0]?.id ?? '')
    expect(shop.seen[1]?.headers).toMatchObject({ 'x-note': 'kept', cookie: 'own=1' })
    expect(JSON.stringify(shop.seen[1]?.headers)).not.toContain('canary')
  })

  it('leaves nothing in clear in the store', async () => {
    await using shop = await site(500)
    using folder = temporaryFolder()
    const keys = randomBytes(32).toString('base64')
    {
      await using broker = await openBroker({
        store: join(folder.path, 'onejar.db'),
        keys,
        identity: IDENTITY,
        deadLetters: true,
        ...QUICK,
      })
      const session = await broker.session('a')
      await session.fetch(`${shop.origin}/?q=canary-7`, { method: 'PUT', body: 'canary-8' })
      await session.fetch(`${shop.origin}/`, {
        method: 'POST',
        body: 'canary-9',
        idempotencyKey: 'canary-10',
      })
      expect(session.deadLetters.list()).toHaveLength(2)
    }
    for (const file of readdirSync(folder.path))
      expect(readFileSync(join(folder.path, file), 'latin1')).not.toContain('canary')
  })

  it('is one of a hundred at most; the oldest goes', async () => {
    let now = Date.now()
    await using shop = await site(500)
    await using broker = await memoryBroker(
      { deadLetters: true, retry: false, circuitBreaker: false },
      { clock: { now: () => now } },
    )
    const session = await broker.session('a')
    for (let i = 0; i < 102; i++) {
      now += 1
      await (await session.fetch(`${shop.origin}/${i}`)).text()
    }
    const urls = session.deadLetters.list().map(({ url }) => url)
    expect(urls).toHaveLength(100)
    expect(urls[0]).toBe(`${shop.origin}/101`)
    expect(urls.at(-1)).toBe(`${shop.origin}/2`)
  })
})

describe('what a site forbids', () => {
  const CAPTCHA =
    '<html><body><div class="g-recaptcha" data-sitekey="x"></div><script src="https://www.google.com/recaptcha/api.js"></script></body></html>'

  it('halts the session there, raises one alert, and leaves no letter', async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(403, { 'content-type': 'text/html' }).end(CAPTCHA)
    })
    const warnings: BrokerWarning[] = []
    await using broker = await memoryBroker({
      deadLetters: true,
      retry: { attempts: 3, firstDelayMs: 1 },
      onWarning: (warning) => warnings.push(warning),
    })
    const session = await broker.session('a')
    const events = collect(session.events())
    for (let i = 0; i < 3; i++) {
      const error = await errorOf(session.fetch(`${server.origin}/?secret=1`))
      expect(error).toMatchObject({ code: 'ONEJAR_CAPTCHA', tier: 'compliance-blocked' })
    }
    const alert = { type: 'alert', state: 'raised', origin: server.origin, code: 'ONEJAR_CAPTCHA' }
    expect(warnings).toMatchObject([alert])
    expect(JSON.stringify(warnings)).not.toContain('secret')
    session.unblock(server.origin)
    await errorOf(session.fetch(server.origin))
    expect(warnings).toMatchObject([alert, alert])
    expect(session.deadLetters.list()).toEqual([])
    await session.release()
    expect(events.filter(({ type }) => type === 'alert')).toMatchObject([alert, alert])
  })
})

describe('what a robots.txt forbids', () => {
  it('raises an alert as well, once for the origin', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/robots.txt') response.end('User-agent: *\nDisallow: /private\n')
      else response.end('hello')
    })
    const warnings: BrokerWarning[] = []
    await using broker = await memoryBroker({
      robots: {},
      deadLetters: true,
      onWarning: (warning) => warnings.push(warning),
    })
    const session = await broker.session('a')
    for (const path of ['/private/1', '/private/2'])
      expect((await errorOf(session.fetch(server.origin + path))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    expect((await session.fetch(server.origin)).status).toBe(200)
    expect(warnings).toMatchObject([
      { type: 'alert', origin: server.origin, code: 'ONEJAR_ROBOTS_DISALLOWED' },
    ])
    expect(session.deadLetters.list()).toEqual([])
  })
})

describe('onejar dead-letters', () => {
  it('lists, shows, sends again and forgets', async () => {
    await using shop = await site(500)
    await using stack = new AsyncDisposableStack()
    const home = new CliHome()
    stack.defer(() => home.remove())
    const store = home.file('onejar.db')
    {
      await using broker = await openBroker({
        store,
        identity: IDENTITY,
        deadLetters: true,
        ...QUICK,
        retry: false,
      })
      const session = await broker.session('alice')
      await session.fetch(`${shop.origin}/one?q=canary-1`, { method: 'PUT', body: 'canary-2' })
      await session.fetch(`${shop.origin}/two`)
    }
    const run = (...args: string[]) => home.run(['dead-letters', ...args, '--store', store])
    const listed = await run('ls', '--json')
    const letters = JSON.parse(listed.out) as { id: string; url: string; session: string }[]
    expect(letters.map(({ session, url }) => `${session} ${url}`).sort()).toEqual([
      `alice ${shop.origin}/one`,
      `alice ${shop.origin}/two`,
    ])
    expect((await run('ls', 'alice')).out).toContain('ONEJAR_BAD_RESPONSE')
    const one = letters.find(({ url }) => url.endsWith('one'))?.id ?? ''
    const two = letters.find(({ url }) => url.endsWith('two'))?.id ?? ''
    expect((await run('show', 'alice', one)).out).not.toContain('canary')
    expect((await run('show', 'alice', one, '--reveal')).out).toMatch(/q=canary-1.*canary-2/s)
    expect((await run('show', 'alice', 'no-such')).code).not.toBe(0)
    const failed = await run('retry', 'alice', one)
    expect([failed.code, failed.out]).toEqual([22, `${one} PUT ${shop.origin}/one 500 (it stays)\n`])
    shop.mend()
    const passed = await run('retry', 'alice', one)
    expect([passed.code, passed.out]).toEqual([0, `${one} PUT ${shop.origin}/one 200\n`])
    expect(shop.seen.at(-1)).toMatchObject({ line: 'PUT /one?q=canary-1', body: 'canary-2' })
    expect((await run('rm', 'alice', two)).code).toBe(0)
    expect((await run('ls')).out).toBe('')
    expect((await run('retry', 'alice')).code).toBe(2)
    expect((await run('retry', 'nobody', '--all')).err).toContain('There is no session nobody')
  })
})
