import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { buildConnector } from 'undici'
import { describe, expect, it } from 'vitest'
import { openBroker, type Session, type SessionEvent } from '../../../src/index.ts'
import { collect, IDENTITY, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer, startHttpsServer, type TestServer } from '../../support/http-server.ts'

const CANARY = 'canary-5f1c'

/** Sends every request on to what `target` says, and notes what arrived. */
async function redirector(target: () => string, status = 307) {
  const seen: IncomingMessage[] = []
  const server = await startHttpServer((request, response) => {
    seen.push(request)
    response.writeHead(status, { location: target(), 'set-cookie': 'first=1; Path=/' }).end()
  })
  return { seen, server }
}

function listener() {
  const seen: IncomingMessage[] = []
  const handler: Parameters<typeof startHttpServer>[0] = (request, response) => {
    seen.push(request)
    response.writeHead(200, { 'set-cookie': 'second=1; Path=/' }).end('end')
  }
  return { seen, handler }
}

const CREDENTIALS = {
  authorization: `Bearer ${CANARY}`,
  cookie: `own=${CANARY}`,
  'proxy-authorization': `Basic ${CANARY}`,
}

const send = {
  fetch: async (session: Session, url: string) => {
    await (await session.fetch(url, { headers: CREDENTIALS })).text()
  },
  request: async (session: Session, url: string) => {
    await (await session.request(url, { headers: CREDENTIALS })).body.dump()
  },
}

describe.each(['fetch', 'request'] as const)('a redirect, by session.%s()', (call) => {
  it('to another host takes no cookie, no credentials and nothing of the first host along', async () => {
    const { seen, handler } = listener()
    await using second = await startHttpServer(handler)
    const first = await redirector(() => `${second.on('localhost')}/end`)
    await using _ = first.server
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    await session.cookies.set(`jar=${CANARY}; Path=/`, first.server.origin)
    await send[call](session, `${first.server.origin}/start?token=${CANARY}`)
    expect(first.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${CANARY}` })
    expect(first.seen[0]?.headers.cookie).toContain(`jar=${CANARY}`)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.rawHeaders.join('\n')).not.toContain(CANARY)
    expect(seen[0]?.headers).not.toHaveProperty('authorization')
    expect(session.cookies.header(second.on('localhost'))).toBe('second=1')
    expect(session.cookies.header(first.server.origin)).toBe(`jar=${CANARY}; first=1`)
  })

  it('to another port of the host takes no credentials along, and cookies as a browser does', async () => {
    const { seen, handler } = listener()
    await using second = await startHttpServer(handler)
    const first = await redirector(() => second.origin)
    await using _ = first.server
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    await send[call](session, first.server.origin)
    // Cookies do not know ports (RFC 6265bis 8.5): the jar's is sent, the caller's own is not.
    expect(seen[0]?.headers.cookie).toBe('first=1')
    expect(seen[0]?.rawHeaders.join('\n')).not.toContain(CANARY)
  })

  it('from https to http leaves Secure cookies and credentials behind', async () => {
    const { seen, handler } = listener()
    await using second = await startHttpServer(handler)
    await using first = await startHttpsServer((_, response) => {
      const cookies = [`s=${CANARY}; Secure; Path=/`, 'plain=1; Path=/']
      response.writeHead(302, { location: second.on('shop.test'), 'set-cookie': cookies }).end()
    })
    // Chromium trusts loopback names with Secure cookies, so the site has another name.
    const dial = buildConnector({ rejectUnauthorized: false })
    const connect: typeof dial = (options, callback) => dial({ ...options, hostname: '127.0.0.1' }, callback)
    await using broker = await memoryBroker({ connect })
    const session = await broker.session('a')
    await send[call](session, first.on('shop.test'))
    expect(seen[0]?.headers.cookie).toBe('plain=1')
    expect(seen[0]?.rawHeaders.join('\n')).not.toContain(CANARY)
  })

  it('back to the first host does not bring credentials back', async () => {
    const seen: string[] = []
    let second: TestServer | undefined
    await using first = await startHttpServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization ?? 'none'}`)
      if (request.url === '/back') response.end()
      else response.writeHead(307, { location: `${second?.on('localhost')}/on` }).end()
    })
    second = await startHttpServer((_, response) =>
      response.writeHead(307, { location: `${first.origin}/back` }).end(),
    )
    await using _ = second
    await using broker = await memoryBroker()
    await send[call](await broker.session('a'), `${first.origin}/start`)
    expect(seen).toEqual([`/start Bearer ${CANARY}`, '/back none'])
  })
})

describe('an unsafe request that is challenged after a redirect', () => {
  it('is sent on from where it was stopped, without what belongs to the first host', async () => {
    const taken: string[] = []
    const atGate: Array<string | undefined> = []
    await using gate = await startGate('cookie', {
      intercept: (request) => {
        if (request.method === 'POST') atGate.push(request.headers.authorization)
        return false
      },
    })
    await using first = await startHttpServer((request, response) => {
      taken.push(`${request.method} ${request.headers.authorization}`)
      response.writeHead(307, { location: gate.origin }).end()
    })
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const response = await session.fetch(first.origin, {
      method: 'POST',
      body: 'order',
      headers: { authorization: `Bearer ${CANARY}` },
    })
    expect(response.status).toBe(200)
    expect(taken).toEqual([`POST Bearer ${CANARY}`])
    expect(atGate).toEqual([undefined, undefined])
    expect(gate.passed.filter((one) => one.startsWith('POST'))).toEqual(['POST order'])
  })

  it('becomes the GET that the redirect made of it', async () => {
    const posts: string[] = []
    await using gate = await startGate('cookie', {
      intercept: (request, response) => {
        if (request.method !== 'POST') return false
        posts.push('POST')
        response.writeHead(303, { location: '/done' }).end()
        return true
      },
    })
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const response = await session.fetch(gate.origin, { method: 'POST', body: 'order' })
    expect(await response.text()).toContain('behind the gate')
    expect(response.url).toBe(`${gate.origin}/done`)
    expect(posts).toEqual(['POST'])
  })
})

describe('tenants', () => {
  it('share no cookies and no connections, sessions of one tenant share connections', async () => {
    const sockets = new Map<string, Set<number | undefined>>()
    await using server = await startHttpServer((request, response) => {
      const who = request.headers['x-who'] as string
      sockets.set(who, (sockets.get(who) ?? new Set()).add(request.socket.remotePort))
      response.writeHead(200, { 'set-cookie': `who=${who}; Path=/` }).end(request.headers.cookie ?? '')
    })
    await using broker = await memoryBroker()
    const ask = async (tenant: string, id = 'same') => {
      const session = await broker.session(id, { tenant })
      const text = await (await session.fetch(server.origin, { headers: { 'x-who': tenant } })).text()
      // undici gives a connection back an immediate later: only then could another tenant be given it.
      await setImmediate()
      return text
    }
    for (let round = 0; round < 5; round++) for (const tenant of ['a', 'b']) await ask(tenant)
    expect([await ask('a'), await ask('b')]).toEqual(['who=a', 'who=b'])
    const [a, b] = [sockets.get('a'), sockets.get('b')]
    expect([...(a ?? [])].filter((port) => b?.has(port))).toEqual([])
    expect([a?.size, b?.size]).toEqual([1, 1])
    await ask('a', 'another')
    expect(sockets.get('a')?.size).toBe(1)
  })

  it('share no browser context either', async () => {
    await using server = await startHttpServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(request.headers.cookie ?? 'none')
    })
    await using broker = await memoryBroker()
    const [a, b] = await Promise.all(['a', 'b'].map((tenant) => broker.session('same', { tenant })))
    const pages = await Promise.all([a!.page(), b!.page()])
    await pages[0].goto(server.origin)
    await pages[0].evaluate(`document.cookie = 'x=${CANARY}'; localStorage.setItem('x', '${CANARY}')`)
    await pages[1].goto(server.origin)
    expect(await pages[1].content()).not.toContain(CANARY)
    expect(await pages[1].evaluate("localStorage.getItem('x')")).toBeNull()
    expect(await b!.localStorage(server.origin).entries()).toEqual([])
  })
})

describe('a secret', () => {
  it('is in no error, event, warning, file name or byte of the store', async () => {
    using folder = temporaryFolder()
    await using gate = await startGate('cookie', {
      intercept: (request, response) => {
        if (!request.url?.startsWith('/broken')) return false
        response.socket?.destroy()
        return true
      },
    })
    await using captcha = await startGate('captcha')
    await using stuck = await startGate('stuck')
    const told: unknown[] = []
    const events: SessionEvent[][] = []
    const store = join(folder.path, 'onejar.db')
    const query = `?token=${CANARY}#${CANARY}`
    {
      await using broker = await openBroker({
        store,
        identity: IDENTITY,
        onWarning: (warning) => told.push(warning),
      })
      // Only the visit that has to fail is given little time.
      await using hasty = await openBroker({ store, identity: IDENTITY, solveTimeoutMs: 500 })
      const hurried = await hasty.session(`hasty-${CANARY}`)
      const session = await broker.session(`id-${CANARY}`, { tenant: `tenant-${CANARY}` })
      events.push(collect(session.events()), collect(hurried.events()))
      await session.cookies.set(`${CANARY}=${CANARY}; Path=/; Max-Age=999`, gate.origin)
      await session.cookies.set(`a=${CANARY}; Path=/; Max-Age=999`, captcha.origin)
      await session.localStorage(gate.origin).set(CANARY, CANARY)
      const headers = { authorization: `Bearer ${CANARY}` }
      await (await session.fetch(gate.origin + query, { headers })).text()
      const fails = [
        () => session.fetch(`${gate.origin}/broken${query}`, { headers }),
        () => session.fetch(captcha.origin + query, { headers }),
        () => session.fetch(captcha.origin + query, { headers }),
        () => hurried.fetch(stuck.origin + query, { headers }),
        () => session.fetch(`http://127.0.0.1:1/${query}`, { headers }),
        () => session.fetch(`http://${CANARY}:${CANARY}@127.0.0.1/`),
        () => session.fetch(`nonsense ${CANARY}`),
        () => session.fetch(`http://127.0.0.1:1/${query}`, { render: true }),
        () => session.fetch(gate.origin + query, { expect: { text: 'not there' } }),
        () => session.fetch(gate.origin, { headers: { 'bad header': CANARY } }),
        () => session.fetch(gate.origin, { headers: { a: `${CANARY}\n` } }),
        () => session.cookies.set(`x=${CANARY}; Domain=other.example`, gate.origin),
        () => session.fetch(gate.origin, { method: 'POST', body: (async function* () {})() }),
      ]
      for (const fail of fails) {
        try {
          told.push(await fail())
        } catch (error) {
          told.push(error)
        }
      }
      const writings = told.filter((one) => !(one instanceof Response))
      for (const one of writings) expect(inspect(one, { depth: 20, showHidden: true })).not.toContain(CANARY)
    }
    expect(inspect(events, { depth: 20, maxArrayLength: null })).not.toContain(CANARY)
    expect(events.flat().length).toBeGreaterThan(10)
    const files = readdirSync(folder.path, { recursive: true }) as string[]
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) {
      expect(file).not.toContain(CANARY)
      expect(readFileSync(join(folder.path, file)).includes(CANARY), file).toBe(false)
    }
  })
})
