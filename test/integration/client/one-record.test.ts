import { fetch as undiciFetch, request as undiciRequest } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

let broker: Broker
let session: Session
let server: TestServer
beforeEach(async () => {
  // Each path sets the cookie of its name; the answer is what was sent.
  server = await startHttpServer((request, response) => {
    const name = (request.url ?? '/').slice(1) || 'root'
    if (name === 'favicon.ico') {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/plain', 'set-cookie': `${name}=1` })
    response.end(request.headers.cookie ?? '')
  })
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

describe('one record', () => {
  it('is what fetch, request, the dispatcher, pages and the API read and write', async () => {
    const { origin } = server
    await session.fetch(`${origin}/fetch`)
    await (await session.request(`${origin}/request`)).body.dump()
    await undiciFetch(`${origin}/undici`, { dispatcher: session.dispatcher })
    const { body } = await undiciRequest(`${origin}/dispatch`, { dispatcher: session.dispatcher })
    await body.dump()
    await fetch(`${origin}/node`, { dispatcher: session.dispatcher } as RequestInit)
    await session.cookies.set('api=1', origin)
    const page = await session.page()
    expect(await (await page.goto(`${origin}/page`))?.text()).toBe(
      'fetch=1; request=1; undici=1; dispatch=1; node=1; api=1',
    )
    await page.evaluate("document.cookie = 'script=1'")
    const last = await session.fetch(`${origin}/last`)
    expect(await last.text()).toBe(
      'fetch=1; request=1; undici=1; dispatch=1; node=1; api=1; page=1; script=1',
    )
    expect(await page.evaluate('document.cookie')).toContain('last=1')
    await page.close()
  })

  it('lets a Request and its options through, the options first', async () => {
    const seen: string[] = []
    await using echo = await startHttpServer((request, response) => {
      seen.push(`${request.method} ${request.headers['x-a']}`)
      response.end()
    })
    await session.fetch(new Request(echo.origin, { method: 'PUT', headers: { 'x-a': '1' }, body: 'b' }))
    await session.fetch(new Request(echo.origin, { method: 'PUT', headers: { 'x-a': '1' } }), {
      method: 'DELETE',
    })
    expect(seen).toEqual(['PUT 1', 'DELETE 1'])
  })

  it('refuses the dispatcher of a released session', async () => {
    const { dispatcher } = session
    await session.release()
    const error = await errorOf(
      undiciRequest(server.origin, { dispatcher }).catch((cause) => {
        throw cause
      }),
    )
    expect(error.code).toBe('ONEJAR_CLOSED')
  })
})

describe('session.cookies', () => {
  it('says what the rules made of a line, and never rejects', async () => {
    expect(await session.cookies.set('a=1; Path=/', server.origin)).toEqual({ accepted: true })
    const refused = await session.cookies.set('__Secure-a=canary', server.origin)
    expect(refused).toMatchObject({ accepted: false, reason: expect.any(String), detail: expect.any(String) })
    expect(JSON.stringify(refused)).not.toContain('canary')
    for (const url of ['nonsense', 'ftp://a/', 'http://user:canary@a/']) {
      const error = await errorOf(() => session.cookies.set('a=1', url))
      expect(error.code).toBe('ONEJAR_BAD_URL')
      expect(error.message).not.toContain('canary')
    }
  })

  it('sets without waiting, and waits for open pages where that is asked for', async () => {
    const { cookies } = session
    expect(cookies.setSync('a=1; Path=/', server.origin)).toMatchObject({
      accepted: true,
      cookie: { name: 'a', value: '1' },
    })
    expect(cookies.setSync('a=; Max-Age=0; Path=/', server.origin)).toEqual({ accepted: true, cookie: null })
    expect(cookies.setSync('__Secure-a=1', server.origin)).toMatchObject({
      accepted: false,
      reason: 'prefix',
    })
    expect((await errorOf(() => cookies.setSync('a=1', 'nonsense'))).code).toBe('ONEJAR_BAD_URL')
    expect(await cookies.settled()).toBeUndefined()
    const page = await session.page()
    await page.goto(`${server.origin}/page`)
    await page.evaluate("document.cookie = 'script=1'")
    cookies.setSync('sync=1; Path=/', server.origin)
    await cookies.settled()
    expect(cookies.header(server.origin)).toBe('page=1; script=1; sync=1')
    expect(await page.evaluate('document.cookie')).toBe('page=1; script=1; sync=1')
    await page.close()
    await session.release()
    expect((await errorOf(() => cookies.setSync('a=1', server.origin))).code).toBe('ONEJAR_CLOSED')
    expect((await errorOf(cookies.settled())).code).toBe('ONEJAR_CLOSED')
  })

  it('reads and clears by what is asked for', async () => {
    await session.cookies.set('a=1; Path=/', 'https://one.example/')
    await session.cookies.set('b=2; Path=/; Domain=one.example', 'https://one.example/')
    await session.cookies.set('a=3; Path=/x', 'https://two.example/')
    const names = () => session.cookies.all().map(({ name, value }) => name + value)
    expect(session.cookies.matching('https://one.example/').map(({ name }) => name)).toEqual(['a', 'b'])
    await session.cookies.clear({ name: 'a', domain: '.ONE.example' })
    expect(names()).toEqual(['b2', 'a3'])
    await session.cookies.clear({ path: '/x' })
    expect(names()).toEqual(['b2'])
    await session.cookies.clear()
    expect(names()).toEqual([])
  })
})

describe('session.localStorage()', () => {
  it('is kept by origin, whatever URL names it', async () => {
    const here = session.localStorage(`${server.origin}/deep?x=1`)
    expect(here.origin).toBe(server.origin)
    expect(await here.get('k')).toBeNull()
    await here.set('k', '')
    await here.set('__proto__', 'x')
    expect(await here.get('k')).toBe('')
    expect(await here.entries()).toEqual([
      ['k', ''],
      ['__proto__', 'x'],
    ])
    expect(await session.localStorage(server.on('localhost')).entries()).toEqual([])
    await here.delete('k')
    expect(await here.get('k')).toBeNull()
    await here.clear()
    expect(await here.entries()).toEqual([])
    expect((await errorOf(() => session.localStorage('file:///etc'))).code).toBe('ONEJAR_BAD_URL')
  })

  it('reaches a page, and what the page writes comes back', async () => {
    await session.localStorage(server.origin).set('token', 'from-api')
    const page = await session.page()
    await page.goto(server.origin)
    expect(await page.evaluate("localStorage.getItem('token')")).toBe('from-api')
    await page.evaluate("localStorage.setItem('token', 'from-page')")
    expect(await session.localStorage(server.origin).get('token')).toBe('from-page')
    await page.close()
  })
})

describe('session.events()', () => {
  it('tells the story of a challenge in order, without a query', async () => {
    await using gate = await startGate('cookie')
    const seen = collect(session.events())
    const response = await session.fetch(`${gate.origin}/item?token=canary`)
    expect(await response.text()).toContain('behind the gate')
    await session.release()
    expect(seen.map(({ type }) => type)).toEqual([
      'request',
      'challenge',
      'solve-start',
      'solve-end',
      'request',
      'drop-back',
    ])
    const url = `${gate.origin}/item`
    expect(seen[0]).toMatchObject({ method: 'GET', url, via: 'http', status: 403, verdict: 'js-challenge' })
    expect(seen[1]).toMatchObject({ url, verdict: 'js-challenge', evidence: expect.any(Array) })
    expect(seen[3]).toMatchObject({ url, outcome: 'passed', ms: expect.any(Number) })
    expect(seen[4]).toMatchObject({ status: 200, verdict: 'ok' })
    expect(JSON.stringify(seen)).not.toMatch(/canary|good-/)
    const times = seen.map(({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it('ends with the session, for those who listen late too', async () => {
    const early = session.events()
    await session.release()
    expect(await early.next()).toEqual({ done: true, value: undefined })
    expect(await session.events().next()).toEqual({ done: true, value: undefined })
  })
})
