import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { CONTENT, type Gate, type GateKind, type GateOptions, startGate } from '../../support/gates.ts'
import { isOfBrowser, startHttpServer } from '../../support/http-server.ts'

let broker: Broker
let session: Session
let events: SessionEvent[]
let now: number
const gates: Gate[] = []
beforeEach(async () => {
  now = Date.now()
  broker = await memoryBroker({}, { clock: { now: () => now } })
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(async () => {
  await broker.close()
  await Promise.all(gates.splice(0).map((gate) => gate.close()))
})

async function gated(kind: GateKind, options?: GateOptions): Promise<Gate> {
  const gate = await startGate(kind, options)
  gates.push(gate)
  return gate
}
const types = () => events.map(({ type }) => type)
const visits = () => types().filter((type) => type === 'solve-start').length
const settled = () => eventually(() => expect(types().at(-1)).toBeDefined())

describe('a gate whose clearance works over HTTP', () => {
  it('is visited once, then HTTP goes on until the clearance is worthless', async () => {
    const gate = await gated('cookie')
    for (let i = 0; i < 5; i++) {
      const response = await session.fetch(`${gate.origin}/item/${i}`)
      expect([response.status, response.via, await response.text()]).toEqual([200, 'http', CONTENT])
      // Only the first needed the solve.
      expect(response.solved).toBe(i === 0)
    }
    expect(visits()).toBe(1)
    gate.revoke()
    expect((await session.fetch(gate.origin)).via).toBe('http')
    expect(visits()).toBe(2)
  })

  it('is not visited where escalation is not wanted', async () => {
    const gate = await gated('cookie')
    const response = await session.fetch(gate.origin, { escalate: false })
    expect([response.status, visits()]).toEqual([403, 0])
    expect([response.verdict?.kind, response.verdict?.evidence[0]?.signal]).toEqual([
      'js-challenge',
      'cookie-reload',
    ])
    expect(await response.text()).toContain('clearance=')
    await settled()
    expect(types()).toEqual(['request', 'challenge'])
  })

  it('is met behind a redirect from another origin, and the request is replayed from its start', async () => {
    const gate = await gated('cookie')
    let redirects = 0
    await using first = await startHttpServer((_, response) => {
      redirects++
      response.writeHead(302, { location: `${gate.on('localhost')}/in` }).end()
    })
    const response = await session.fetch(first.origin)
    expect(await response.text()).toBe(CONTENT)
    expect([response.url, redirects, visits()]).toEqual([`${gate.on('localhost')}/in`, 2, 1])
  })
})

describe('a gate whose clearance HTTP cannot use', () => {
  it('is answered by a fetch in a page, the route is learned, and HTTP is tried again later', async () => {
    const gate = await gated('connection')
    const first = await session.fetch(`${gate.origin}/one`)
    expect([first.status, first.via, await first.text()]).toEqual([200, 'page-fetch', CONTENT])
    const learned = events.find(({ type }) => type === 'route')
    expect(learned).toMatchObject({ origin: gate.origin, via: 'page-fetch' })
    const asked = visits()
    expect(asked).toBeLessThanOrEqual(2)
    const second = await session.fetch(`${gate.origin}/two`)
    expect([second.via, await second.text()]).toEqual(['page-fetch', CONTENT])
    expect(visits()).toBe(asked)
    // An unsafe request goes that way too.
    const post = await session.fetch(gate.origin, { method: 'POST', body: 'x' })
    expect([post.via, await post.text(), gate.passed.at(-1)]).toEqual(['page-fetch', CONTENT, 'POST x'])
    // The site changes its mind; while the memory holds, nobody asks.
    gate.kind = 'open'
    expect((await session.fetch(gate.origin)).via).toBe('page-fetch')
    now += 10 * 60_000 + 1
    expect((await session.fetch(gate.origin)).via).toBe('http')
    expect(types().at(-1)).toBe('drop-back')
    expect((await session.fetch(gate.origin)).via).toBe('http')
    expect(types().at(-1)).toBe('request')
  })
})

describe('a gate that challenges for ever', () => {
  it('is given up before the visit’s time, and left alone for growing pauses', async () => {
    const gate = await gated('endless')
    const error = await errorOf(session.fetch(gate.origin))
    expect(error).toMatchObject({ code: 'ONEJAR_CHALLENGE_LOOP', retry: 'after' })
    const challenged = gate.counts.challenged
    expect(challenged).toBeLessThan(20)
    const pause = await errorOf(session.fetch(gate.origin))
    expect(pause).toMatchObject({
      code: 'ONEJAR_CHALLENGE_LOOP',
      retryAfterMs: 1_000,
      details: { failures: 1 },
    })
    expect(visits()).toBe(1)
    now += 1_001
    await errorOf(session.fetch(gate.origin))
    expect(visits()).toBe(2)
    const longer = await errorOf(session.fetch(gate.origin))
    expect(longer).toMatchObject({ retryAfterMs: 2_000, details: { failures: 2 } })
    // Other origins do not suffer, and an answer that passes ends it.
    const other = await gated('cookie')
    expect((await session.fetch(other.origin)).status).toBe(200)
    now += 2_001
    gate.kind = 'cookie'
    expect((await session.fetch(gate.origin)).status).toBe(200)
    gate.revoke()
    expect((await session.fetch(gate.origin)).status).toBe(200)
  })
})

describe.each([
  ['captcha', 'ONEJAR_CAPTCHA'],
  ['block', 'ONEJAR_BLOCKED'],
] as const)('a %s', (kind, code) => {
  it('halts the session for that origin only, until it is resumed', async () => {
    const gate = await gated(kind)
    const other = await gated('open')
    const error = await errorOf(session.fetch(gate.origin))
    expect(error).toMatchObject({ code, details: { origin: gate.origin, verdict: kind } })
    const { requests } = gate.counts
    expect((await errorOf(session.fetch(gate.origin))).code).toBe(code)
    expect((await errorOf(session.fetch(gate.origin, { render: true }))).code).toBe(code)
    expect(gate.counts.requests).toBe(requests)
    expect((await session.fetch(other.origin)).status).toBe(200)
    gate.kind = 'open'
    session.unblock(gate.origin)
    expect((await session.fetch(gate.origin)).status).toBe(200)
    expect(types()).toEqual(expect.arrayContaining(['challenge', 'blocked', 'unblocked']))
    expect(types().filter((type) => type === 'blocked')).toHaveLength(1)
    expect(visits()).toBe(0)
  })

  it('that comes up during a visit halts it too', async () => {
    const gate = await gated('cookie', {
      intercept: (request) => {
        if (gate.kind === 'cookie' && request.headers.cookie?.includes('clearance')) gate.kind = kind
        return false
      },
    })
    expect((await errorOf(session.fetch(gate.origin))).code).toBe(code)
    expect(visits()).toBe(1)
    expect((await errorOf(session.fetch(gate.origin))).code).toBe(code)
    // A puzzle is no failure that a pause would help.
    gate.kind = 'open'
    session.unblock(gate.origin)
    expect((await session.fetch(gate.origin)).status).toBe(200)
  })
})

describe('a request with a body', () => {
  const bodies = {
    text: 'order=1',
    bytes: new Uint8Array([1, 2, 255]),
    form: new URLSearchParams({ a: 'b' }),
  }

  it('that is challenged with a refusal is sent again once, whole', async () => {
    const gate = await gated('cookie')
    for (const body of Object.values(bodies)) {
      gate.revoke()
      expect((await session.fetch(gate.origin, { method: 'POST', body })).status).toBe(200)
    }
    const sent = gate.passed.filter((one) => one.startsWith('POST'))
    expect(sent).toEqual(['POST order=1', `POST ${Buffer.from([1, 2, 255]).toString()}`, 'POST a=b'])
  })

  it('that is challenged with a 200 is not sent again', async () => {
    const gate = await gated('cookie', { status: 200 })
    const error = await errorOf(session.fetch(gate.origin, { method: 'POST', body: 'order' }))
    expect(error.code).toBe('ONEJAR_CHALLENGE_UNSOLVED')
    expect(error.message).toContain('may have processed')
    expect([gate.counts.requests, visits()]).toEqual([1, 0])
    expect((await session.fetch(gate.origin)).status).toBe(200)
  })

  it('that is a stream is not sent again; the challenge is passed for the next', async () => {
    const gate = await gated('cookie')
    const stream = async function* () {
      yield Buffer.from('part')
    }
    const post = () => session.fetch(gate.origin, { method: 'POST', body: stream() })
    expect(await errorOf(post())).toMatchObject({ code: 'ONEJAR_BODY_NOT_REPLAYABLE', retry: 'same-session' })
    expect((await post()).status).toBe(200)
    expect(gate.passed.filter((one) => one.startsWith('POST'))).toEqual(['POST part'])
    expect(visits()).toBe(1)
  })
})

describe('what is no challenge', () => {
  it.each([
    [429, 'rate-limited'],
    [401, 'unauthorised'],
  ] as const)('a %i goes to the caller, and is told as %s', async (status, verdict) => {
    await using server = await startHttpServer((_, response) => {
      response
        .writeHead(status, { 'content-type': 'text/plain', 'www-authenticate': 'Basic', 'retry-after': '7' })
        .end('no')
    })
    const response = await session.fetch(server.origin, { retry: false })
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      status,
      '7',
      'no',
    ])
    await eventually(() => expect(types()).toEqual(['request', 'challenge']))
    expect(events).toMatchObject([{ verdict }, { verdict }])
    session.unblock(server.origin)
    expect((await session.fetch(server.origin, { retry: false })).status).toBe(status)
  })

  it.each([404, 500, 503])('a %i goes to the caller', async (status) => {
    await using server = await startHttpServer((_, response) => response.writeHead(status).end('sorry'))
    expect((await session.fetch(server.origin, { retry: false })).status).toBe(status)
    expect(types().filter((type) => type !== 'request')).toEqual([])
  })

  it('a rate limit during a visit is the error, with its time', async () => {
    const gate = await gated('cookie', {
      intercept: (request, response) => {
        if (!request.headers.cookie?.includes('clearance')) return false
        response.writeHead(429, { 'retry-after': '30' }).end('slow down')
        return true
      },
    })
    const error = await errorOf(session.fetch(gate.origin, { retry: false }))
    expect(error).toMatchObject({ code: 'ONEJAR_RATE_LIMITED', retryAfterMs: 30_000 })
  })
})

describe('a gate that sends the browser elsewhere and back', () => {
  it('has passed when the browser is back', async () => {
    const token = 'elsewhere-was-seen'
    let home = ''
    let overHttp = 0
    const replayed = Promise.withResolvers<void>()
    // An ordinary page of its own, to the eye.
    await using elsewhere = await startHttpServer((request, response) => {
      const script = `fetch('/slow').then(() => { location.href = ${JSON.stringify(home)} + '/?token=${token}' })`
      // Long enough for a visit that ends too early to be followed by its replay.
      if (request.url === '/slow')
        Promise.race([replayed.promise, setTimeout(2_500)]).then(() => response.end())
      else if (request.url === '/app.js')
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
      else {
        const links = Array.from({ length: 30 }, (_, n) => `<li><a href="/${n}">Partner ${n}</a>`).join('')
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end(
          `<!doctype html><title>Partners</title><h1>Partners</h1><ul>${links}</ul><script src="/app.js"></script>`,
        )
      }
    })
    await using site = await startHttpServer((request, response) => {
      const cleared = (request.headers.cookie ?? '').includes('pass=1')
      if (!isOfBrowser(request) && ++overHttp > 1) replayed.resolve()
      if (request.url?.includes(token)) {
        response.writeHead(302, { location: '/', 'set-cookie': 'pass=1; Path=/; HttpOnly' }).end()
      } else if (cleared) response.writeHead(200, { 'content-type': 'text/html' }).end(CONTENT)
      else {
        const to = `${elsewhere.on('localhost')}/`
        response.writeHead(403, { 'content-type': 'text/html' })
        response.end(
          `<!doctype html><title>One moment</title><script>document.cookie = 'seen=1'; location.href = ${JSON.stringify(to)}</script>`,
        )
      }
    })
    home = site.origin
    const response = await session.fetch(`${site.origin}/`)
    expect([response.status, response.via, await response.text()]).toEqual([200, 'http', CONTENT])
    expect(visits()).toBe(1)
  })
})
