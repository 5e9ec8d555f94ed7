import { chmodSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Reauthentication, SessionEvent } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { readBody, startHttpServer } from '../../support/http-server.ts'
import { startOther } from './other-process.ts'

const FORM = '<form action="/login"><input name="user"><input type="password" name="password"></form>'

/** A site that lets in who has logged in, and refuses others in its own way. */
async function members(refuse: (response: ServerResponse, request: IncomingMessage) => void) {
  const seen: string[] = []
  let valid = 1
  let opens = true
  const server = await startHttpServer(async (request, response) => {
    const body = (await readBody(request)).toString()
    const path = (request.url ?? '/').split('?')[0]
    seen.push(`${request.method} ${path}`)
    if (path === '/login' && request.method === 'POST') {
      response.writeHead(204, opens ? { 'set-cookie': `member=${valid}; Path=/` } : {}).end()
    } else if (path === '/login') response.writeHead(200, { 'content-type': 'text/html' }).end(FORM)
    else if (request.headers.cookie?.includes(`member=${valid}`)) response.end(`welcome ${body}`)
    else refuse(response, request)
  })
  return Object.assign(server, {
    seen,
    count: (what: string) => seen.filter((one) => one === what).length,
    /** Nobody is logged in any more. */
    forget: () => valid++,
    /** Logins let nobody in any more. */
    shut: () => {
      opens = false
    },
  })
}

const unauthorised = (response: ServerResponse) => response.writeHead(401).end('who are you?')

async function logIn({ session, url }: Reauthentication): Promise<void> {
  await session.fetch(new URL('/login', url), { method: 'POST' })
}

const states = (events: readonly SessionEvent[]) =>
  events.flatMap((event) => (event.type === 'reauthentication' ? [event.state] : []))

describe('a request that is refused for want of a login', () => {
  it.each([
    ['401', unauthorised, 'unauthorised'],
    [
      '403 with a form to log in',
      (response: ServerResponse) => response.writeHead(403, { 'content-type': 'text/html' }).end(FORM),
      'forbidden',
    ],
    [
      'redirect to a login page',
      (response: ServerResponse) => response.writeHead(302, { location: '/login?next=%2Forders' }).end(),
      'login wall',
    ],
  ] as const)('by a %s is sent again after the hook has logged in', async (_, refuse, reason) => {
    await using site = await members(refuse)
    const asked: { url: string; reason: string }[] = []
    await using broker = await memoryBroker({
      reauthenticate: async (what) => {
        asked.push({ url: what.url.href, reason: what.reason })
        await logIn(what)
      },
    })
    const session = await broker.session('a')
    const events = collect(session.events())
    const response = await session.fetch(`${site.origin}/orders`)
    expect([response.status, await response.text()]).toEqual([200, 'welcome '])
    expect(asked).toHaveLength(1)
    expect(asked[0]?.reason).toBe(reason)
    expect((await session.fetch(`${site.origin}/orders`)).status).toBe(200)
    expect(site.count('POST /login')).toBe(1)
    await session.release()
    expect(states(events)).toEqual(['started', 'renewed'])
  })

  it('logs in once, however many are refused at the same time', async () => {
    await using site = await members(unauthorised)
    await using broker = await memoryBroker({ reauthenticate: logIn })
    const session = await broker.session('a')
    for (const round of [1, 2, 3]) {
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, i) => session.fetch(`${site.origin}/orders/${i}`)),
      )
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
      expect(site.count('POST /login')).toBe(round)
      site.forget()
    }
  })

  it('logs in once too when a refusal comes late, and the login leaves no cookie', async () => {
    let open = false
    let logins = 0
    const late = Promise.withResolvers<ServerResponse>()
    await using site = await startHttpServer((request, response) => {
      if (request.url === '/login') {
        logins++
        open = true
        response.end()
      } else if (open) response.end('welcome')
      else if (request.url === '/late') late.resolve(response)
      else response.writeHead(401).end()
    })
    await using broker = await memoryBroker({ reauthenticate: logIn })
    const session = await broker.session('a')
    const second = session.fetch(`${site.origin}/late`)
    const answer = await late.promise
    expect((await session.fetch(site.origin)).status).toBe(200)
    answer.writeHead(401).end()
    expect((await second).status).toBe(200)
    expect(logins).toBe(1)
  })

  it('takes its method and body with it, and one that is a stream gets the refusal', async () => {
    await using site = await members(unauthorised)
    await using broker = await memoryBroker({ reauthenticate: logIn })
    const session = await broker.session('a')
    const stream = Readable.from([Buffer.from('once')]) as AsyncIterable<Uint8Array>
    expect((await session.fetch(`${site.origin}/orders`, { method: 'POST', body: stream })).status).toBe(401)
    expect(site.count('POST /login')).toBe(0)
    const response = await session.fetch(`${site.origin}/orders`, { method: 'POST', body: 'two teapots' })
    expect(await response.text()).toBe('welcome two teapots')
  })

  it('goes to the caller where nobody says how to log in', async () => {
    await using site = await members(unauthorised)
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    expect((await session.fetch(site.origin)).status).toBe(401)
  })

  it('has a hook of its session before that of the broker', async () => {
    await using site = await members(unauthorised)
    const broken = () => Promise.reject(new Error('the wrong one'))
    await using broker = await memoryBroker({ reauthenticate: broken })
    const session = await broker.session('a', { reauthenticate: logIn })
    expect((await session.fetch(site.origin)).status).toBe(200)
  })

  it('is not one that a 403 without a way to log in refuses', async () => {
    await using site = await members((response) => response.writeHead(403).end('not for you'))
    const hook = vi.fn(logIn)
    await using broker = await memoryBroker({ reauthenticate: hook })
    const session = await broker.session('a')
    expect((await session.fetch(site.origin)).status).toBe(403)
    expect(hook).not.toHaveBeenCalled()
  })
})

describe('a login that does not help', () => {
  it('ends with the refusal, once, and is not tried again until its pause is over', async () => {
    let now = Date.now()
    await using site = await members(unauthorised)
    site.shut()
    await using broker = await memoryBroker({ reauthenticate: logIn }, { clock: { now: () => now } })
    const session = await broker.session('a')
    const events = collect(session.events())
    const all = await Promise.all(Array.from({ length: 20 }, () => session.fetch(`${site.origin}/orders`)))
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([401]))
    expect(site.count('POST /login')).toBe(1)
    expect((await session.fetch(`${site.origin}/orders`)).status).toBe(401)
    expect(site.count('POST /login')).toBe(1)
    now += 1_000
    expect((await session.fetch(`${site.origin}/orders`)).status).toBe(401)
    expect(site.count('POST /login')).toBe(2)
    now += 1_999
    await session.fetch(`${site.origin}/orders`)
    expect(site.count('POST /login')).toBe(2)
    await session.release()
    expect(states(events)).toEqual(['started', 'renewed', 'refused', 'started', 'renewed', 'refused'])
  })

  it('that throws is a typed error with its cause, for all who waited and until its pause is over', async () => {
    let now = Date.now()
    await using site = await members(unauthorised)
    const thrown = new TypeError('canary-in-a-hook')
    const hook = vi.fn(() => Promise.reject(thrown))
    await using broker = await memoryBroker({ reauthenticate: hook }, { clock: { now: () => now } })
    const session = await broker.session('a')
    const errors = await Promise.all(
      Array.from({ length: 10 }, () => errorOf(session.fetch(`${site.origin}/orders?secret=1`))),
    )
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'ONEJAR_REAUTH_FAILED', retry: 'after', retryAfterMs: 1_000 })
      expect(error.cause).toBe(thrown)
      expect(error.message).not.toMatch(/canary|secret/)
    }
    expect(errors.some(({ message }) => message.includes('the hook threw (TypeError)'))).toBe(true)
    expect(hook).toHaveBeenCalledTimes(1)
    now += 400
    expect(await errorOf(session.fetch(`${site.origin}/orders`))).toMatchObject({
      code: 'ONEJAR_REAUTH_FAILED',
      retryAfterMs: 600,
      cause: thrown,
    })
    expect(hook).toHaveBeenCalledTimes(1)
    now += 600
    await errorOf(session.fetch(`${site.origin}/orders`))
    expect(hook).toHaveBeenCalledTimes(2)
  })

  it.each([
    [
      'throws at once',
      () => {
        throw new Error('at once')
      },
    ],
    ['rejects with nothing', () => Promise.reject()],
  ])('that %s is one as well', async (_, hook) => {
    await using site = await members(unauthorised)
    await using broker = await memoryBroker({ reauthenticate: hook as never })
    const session = await broker.session('a')
    expect((await errorOf(session.fetch(site.origin))).code).toBe('ONEJAR_REAUTH_FAILED')
  })

  it('that hangs ends with its time, and its signal fires', async () => {
    await using site = await members(unauthorised)
    let fired: AbortSignal | undefined
    await using broker = await memoryBroker({
      reauthenticateTimeoutMs: 100,
      reauthenticate: ({ signal }) => {
        fired = signal
        return new Promise(() => {})
      },
    })
    const session = await broker.session('a')
    const error = await errorOf(session.fetch(site.origin))
    expect(error).toMatchObject({ code: 'ONEJAR_REAUTH_FAILED', cause: { code: 'ONEJAR_TIMEOUT' } })
    expect(fired?.aborted).toBe(true)
  })

  it('that hangs keeps a request no longer than its own time, and ends with the session', async () => {
    await using site = await members(unauthorised)
    const started = Promise.withResolvers<void>()
    const hook = () => {
      started.resolve()
      return new Promise<void>(() => {})
    }
    await using broker = await memoryBroker({ reauthenticate: hook })
    const session = await broker.session('a')
    const short = await errorOf(session.fetch(site.origin, { timeoutMs: 200 }))
    expect(short.code).toBe('ONEJAR_TIMEOUT')
    await started.promise
    const long = errorOf(session.fetch(site.origin))
    await session.release()
    expect((await long).code).toBe('ONEJAR_CLOSED')
  })

  it('does not wait for itself: what the hook asks for goes its way as it is', async () => {
    await using site = await members(unauthorised)
    const statuses: number[] = []
    await using broker = await memoryBroker({
      reauthenticate: async (what) => {
        statuses.push((await what.session.fetch(new URL('/orders', what.url))).status)
        await logIn(what)
        statuses.push((await what.session.fetch(new URL('/orders', what.url))).status)
      },
    })
    const session = await broker.session('a')
    expect((await session.fetch(site.origin)).status).toBe(200)
    expect(statuses).toEqual([401, 200])
  })
})

describe('several processes on one store', () => {
  it('log in once', async () => {
    await using site = await members(unauthorised)
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    await using one = await startOther(store)
    await using two = await startOther(store)
    const calls = [one, two, one, two, one, two].map((process, i) =>
      process.fetch(`${site.origin}/orders/${i}`),
    )
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(6).fill(200))
    expect(site.count('POST /login')).toBe(1)
  })
})

describe('a login whose end is known', () => {
  it('is made anew before it ends, once for all processes, and no request is refused', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    const clock = { time: Date.now(), now: () => clock.time }
    let valid = 0
    let refusals = 0
    await using site = await startHttpServer((request, response) => {
      if (request.url === '/login') {
        const line = `member=${++valid}; Max-Age=1000; HttpOnly; Path=/`
        response.writeHead(204, { 'set-cookie': line }).end()
      } else if (/member=\d/.test(request.headers.cookie ?? '')) response.end('welcome')
      else {
        refusals++
        response.writeHead(401).end()
      }
    })
    const reasons: string[] = []
    const options = {
      store,
      robots: false as const,
      reauthenticate: async (what: Reauthentication) => {
        reasons.push(what.reason)
        await logIn(what)
      },
    }
    await using one = await memoryBroker(options, { clock })
    await using two = await memoryBroker(options, { clock })
    const first = await one.session('shared')
    expect((await first.fetch(site.origin)).status).toBe(200)
    await first.flush()
    const second = await two.session('shared')
    expect(second.endsAt).toBe(first.endsAt)
    clock.time += 950_000
    const both = () =>
      Promise.all([first, second].map(async (session) => (await session.fetch(site.origin)).status))
    expect(await both()).toEqual([200, 200])
    await eventually(() => expect(valid).toBe(2))
    const renewed = () => second.cookies.all().find(({ name }) => name === 'member')?.value === '2'
    await eventually(() => expect(renewed()).toBe(true))
    clock.time += 100_000
    expect(await both()).toEqual([200, 200])
    expect(reasons).toEqual(['unauthorised', 'expiring'])
    expect([refusals, valid]).toEqual([1, 2])
  })
})

describe('credentials', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const CANARY = 'canary-of-a-password'

  /** What the hook gets, and everything that its session shows of it. */
  async function given(options: Parameters<typeof memoryBroker>[0], id: string, name?: string) {
    await using site = await members(unauthorised)
    const got: { username: string; password: string; shown: string }[] = []
    await using broker = await memoryBroker({
      ...options,
      reauthenticate: async ({ credentials }) => {
        const credential = await credentials(name)
        if (credential === null) throw new Error('there are none')
        const shown = `${credential.password} ${JSON.stringify(credential)} ${inspect(credential, { depth: 9, showHidden: true })}`
        got.push({ username: credential.username.reveal(), password: credential.password.reveal(), shown })
        throw Object.assign(new Error('not now'), { credential })
      },
    })
    const error = await errorOf((await broker.session(id)).fetch(site.origin))
    return {
      error,
      got: got[0],
      shown: `${got[0]?.shown} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`,
    }
  }

  it('come from the environment by the name of the session, or another', async () => {
    vi.stubEnv('ONEJAR_CRED_SHOP_x2eEXAMPLE_USERNAME', 'alice')
    vi.stubEnv('ONEJAR_CRED_SHOP_x2eEXAMPLE_PASSWORD', CANARY)
    const { got, shown } = await given({}, 'shop.example')
    expect(got).toMatchObject({ username: 'alice', password: CANARY })
    expect(shown).not.toMatch(/alice|canary/)
    expect((await given({ credentials: 'environment' }, 'other', 'shop.example')).got?.password).toBe(CANARY)
    expect((await given({}, 'nobody')).error.cause).toMatchObject({ message: 'there are none' })
  })

  it('come from a file that only its owner can read', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'credentials.json')
    const content = JSON.stringify({ shop: { username: 'alice', password: CANARY } })
    writeFileSync(file, content, { mode: 0o600 })
    const { got, shown } = await given({ credentials: { file } }, 'shop')
    expect(got).toMatchObject({ username: 'alice', password: CANARY })
    expect(shown).not.toMatch(/alice|canary/)
    expect((await given({ credentials: { file } }, '__proto__')).error.cause).toMatchObject({
      message: 'there are none',
    })
    const refusedFor = async () => {
      const { error } = await given({ credentials: { file } }, 'shop')
      expect(error.cause).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE', retry: 'never' })
      const { message } = error.cause as Error
      expect(inspect(error)).not.toMatch(/alice|canary/)
      return message
    }
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(file, mode)
      expect(await refusedFor()).toContain(`0${mode.toString(8)}`)
    }
    chmodSync(file, 0o600)
    for (const wrong of [
      content.slice(0, -1),
      '[]',
      JSON.stringify({ shop: { username: 'alice', pass: CANARY } }),
    ]) {
      writeFileSync(file, wrong)
      expect(await refusedFor()).toContain('not of the form')
    }
    writeFileSync(file, ' '.repeat(1024 * 1024 + 1))
    expect(await refusedFor()).toContain('larger')
    const { error } = await given({ credentials: { file: join(folder.path, 'none.json') } }, 'shop')
    expect(error.cause).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
  })

  it('come from a provider of one’s own', async () => {
    const asked: string[] = []
    const credentials = {
      get: async (name: string) => {
        asked.push(name)
        return null
      },
    }
    await given({ credentials }, 'shop')
    expect(asked).toEqual(['shop'])
  })

  it.each([
    [{ credentials: 'vault' }, 'credentials'],
    [{ credentials: { path: 'x' } }, 'credentials'],
    [{ credentials: {} }, 'credentials'],
    [{ reauthenticate: 'log in' }, 'reauthenticate'],
    [{ reauthenticateTimeoutMs: 0 }, 'reauthenticateTimeoutMs'],
    [{ idempotencyTtlMs: -1 }, 'idempotencyTtlMs'],
  ])('%j is refused by name', async (options, path) => {
    const error = await errorOf(memoryBroker(options as never))
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).toContain(path)
  })
})
