import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Credential, type CredentialProvider, credentialOf } from '../../../src/credentials/index.ts'
import type { LoginAttempt } from '../../../src/pipeline/login/login-attempt.ts'
import { SessionLife } from '../../../src/pipeline/login/session-life.ts'
import { reauthentication } from '../../../src/pipeline/stages/reauthentication.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { EventHub } from '../../../src/routing/index.ts'
import { eventually } from '../../support/eventually.ts'
import { ahead, aRequest, aResponse, textOf, URL_ASKED } from './a-request.ts'
import { aStore } from './a-store.ts'

let now = 0
const clock = { now: () => now }
beforeEach(() => {
  now = 1_700_000_000_000
})

function make(
  hook: (attempt: LoginAttempt, record: SessionRecord) => unknown = () => {},
  { credentials = { get: async () => null } as CredentialProvider, timeoutMs = 5_000 } = {},
) {
  const record = new SessionRecord({ writer: 'w', clock })
  const events = new EventHub()
  const states: string[] = []
  events.tap((event) => event.type === 'reauthentication' && states.push(event.state), true)
  const { store, persistence, session, held, asked } = aStore()
  const attempts: LoginAttempt[] = []
  const stage = reauthentication({
    logIn: async (attempt) => {
      attempts.push(attempt)
      await hook(attempt, record)
    },
    send: () => Promise.reject(new Error('no hook of these tests sends anything')),
    credentials,
    timeoutMs,
    session,
    record,
    life: new SessionLife(record, clock),
    persistence,
    store,
    events,
    clock,
    closing: new AbortController().signal,
  })
  return { stage, states, attempts, record, held, persistence, stored: asked }
}
const refused = () => aResponse(401)

describe('reauthentication', () => {
  it('logs in when a site wants that, stores what came of it, and sends the request again', async () => {
    const { stage, states, attempts, stored, held } = make()
    const first = refused()
    const { send, asked } = ahead(stage, first, aResponse())
    expect((await send(aRequest())).statusCode).toBe(200)
    expect(asked).toHaveLength(2)
    expect(attempts).toMatchObject([{ url: URL_ASKED, reason: 'unauthorised' }])
    expect(states).toEqual(['started', 'renewed'])
    expect(stored).toEqual(['catch up', 'flush'])
    expect(first.body.destroyed).toBe(true)
    expect(held.size).toBe(0)
  })

  it('leaves alone what was let in, and what asks for something else', async () => {
    const { stage, attempts } = make()
    for (const response of [aResponse(), aResponse(404), aResponse(403)])
      expect(await ahead(stage, response).send(aRequest())).toBe(response)
    expect(attempts).toHaveLength(0)
  })

  it('logs in once for all who are refused', async () => {
    const { stage, attempts } = make()
    const { send } = ahead(stage, refused(), refused(), refused(), aResponse(), aResponse(), aResponse())
    const responses = await Promise.all([send(aRequest()), send(aRequest()), send(aRequest())])
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
    expect(attempts).toHaveLength(1)
  })

  it('gives the refusal when the login did not help, and does not try again at once', async () => {
    const { stage, states, attempts } = make()
    const { send } = ahead(stage, refused(), refused(), refused())
    expect((await send(aRequest())).statusCode).toBe(401)
    expect(states).toEqual(['started', 'renewed', 'refused'])
    expect((await send(aRequest())).statusCode).toBe(401)
    expect(attempts).toHaveLength(1)
  })

  it('says which kind of error a hook threw, and not what it said', async () => {
    const { stage, states } = make(() => {
      throw new TypeError('password hunter2')
    })
    const { send, asked } = ahead(stage, refused(), refused())
    const failed = send(aRequest())
    await expect(failed).rejects.toMatchObject({
      code: 'ONEJAR_REAUTH_FAILED',
      message: expect.stringContaining('TypeError'),
    })
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') })
    expect(states).toEqual(['started', 'failed'])
    // The pause after it: the site is not asked to let in the same password over and over.
    await expect(send(aRequest())).rejects.toMatchObject({
      code: 'ONEJAR_REAUTH_FAILED',
      message: expect.stringContaining('not tried again'),
    })
    expect(asked).toHaveLength(2)
  })

  it('ends a login that takes longer than it may', async () => {
    const { stage } = make(() => new Promise(() => {}), { timeoutMs: 20 })
    await expect(ahead(stage, refused()).send(aRequest())).rejects.toMatchObject({
      code: 'ONEJAR_REAUTH_FAILED',
      message: expect.stringContaining('20 ms'),
    })
  })

  it('sends what the hook itself asks for as it is', async () => {
    const inner: number[] = []
    const { stage } = make(async () => {
      inner.push((await send(aRequest())).statusCode)
    })
    const { send } = ahead(stage, refused(), refused(), aResponse())
    expect((await send(aRequest())).statusCode).toBe(200)
    expect(inner).toEqual([401])
  })

  it('does not send a stream again', async () => {
    const { stage, attempts } = make()
    const body = (async function* () {
      yield Buffer.from('x')
    })()
    expect((await ahead(stage, refused()).send(aRequest({ method: 'POST', body }))).statusCode).toBe(401)
    expect(attempts).toHaveLength(0)
  })

  it('gives a hook the credentials of the session, and tells their source when they did not help', async () => {
    const told: unknown[] = []
    const credentials: CredentialProvider = {
      get: async (name, _signal, tenant) => credentialOf({ username: `${tenant}/${name}`, password: 'p' }),
      refused: (name, credential, tenant) => told.push([name, credential, tenant]),
    }
    const given: (Credential | null)[] = []
    const { stage } = make(async (attempt) => given.push(await attempt.credentials()), { credentials })
    await ahead(stage, refused(), refused()).send(aRequest())
    expect(given.map((credential) => credential?.username.reveal())).toEqual(['default/anna'])
    expect(told).toEqual([['anna', given[0], 'default']])
  })

  it('tries once more at once when the credentials were replaced at their source', async () => {
    let password = 'old'
    const credentials: CredentialProvider = {
      get: async () => credentialOf({ username: 'anna', password }),
      refused: () => {
        password = 'new'
      },
    }
    const tried: unknown[] = []
    const { stage } = make(
      async (attempt) => {
        const given = (await attempt.credentials())?.password.reveal()
        tried.push(given)
        if (given === 'old') throw new Error('wrong password')
      },
      { credentials },
    )
    expect((await ahead(stage, refused(), aResponse()).send(aRequest())).statusCode).toBe(200)
    expect(tried).toEqual(['old', 'new'])
  })
})

describe('a login by somebody else', () => {
  const cookie = (record: SessionRecord, value: string) =>
    record.receive([`sid=${value}; Path=/`], URL_ASKED, undefined, { name: 'store' })

  /** A stage whose session gets these cookies from another process, one each time that the store is read. */
  function makeWith(others: string[]) {
    const parts = make()
    parts.persistence.catchUp = async () => {
      const value = others.shift()
      if (value !== undefined) cookie(parts.record, value)
    }
    return parts
  }

  it('is used, again and again where what it gave is old when it is used', async () => {
    const { stage, attempts, states } = makeWith(['1', '2', '3', '4'])
    const { send, asked } = ahead(stage, refused(), refused(), refused(), refused(), aResponse())
    expect((await send(aRequest())).statusCode).toBe(200)
    expect(asked).toHaveLength(5)
    expect(attempts).toHaveLength(0)
    expect(states.filter((state) => state === 'elsewhere')).toHaveLength(4)
  })

  it('is followed by one here where it comes no more', async () => {
    const { stage, attempts } = makeWith(['1', '2'])
    const { send } = ahead(stage, refused(), refused(), refused(), aResponse())
    expect((await send(aRequest())).statusCode).toBe(200)
    expect(attempts).toHaveLength(1)
  })

  it('is not what the refusal itself has set', async () => {
    const { stage, attempts, record } = make()
    const anonymous = () => {
      cookie(record, 'anonymous')
      return aResponse(401, { headers: { 'set-cookie': 'sid=anonymous; Path=/' } })
    }
    const response = await ahead(stage, anonymous, aResponse()).send(aRequest())
    expect(response.statusCode).toBe(200)
    expect(attempts).toHaveLength(1)
  })

  it('is waited for once where it leaves no cookie, and then there is one here', async () => {
    const { stage, attempts, held, states } = make()
    const purpose = `login ${URL_ASKED.origin}`
    const busy = () => {
      held.add(purpose)
      // It ends as soon as this one waits.
      setImmediate(() => held.delete(purpose))
      return refused()
    }
    expect((await ahead(stage, busy, busy, aResponse()).send(aRequest())).statusCode).toBe(200)
    expect(attempts).toHaveLength(1)
    expect(states).toEqual(['started', 'elsewhere', 'started', 'renewed'])
  })
})

describe('a login here whose cookies may be old when they are used', () => {
  /** Each login leaves a cookie; each answer comes this much later. */
  function makeSlow(ms: number, leaves: (n: number) => string) {
    let n = 0
    let late = 0
    const now = performance.now.bind(performance)
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + late)
    const parts = make((_, record) => {
      record.receive([`sid=${leaves(++n)}; Path=/`], URL_ASKED, undefined, { name: 'http' })
    })
    const refusedLate = () => {
      late += ms
      return refused()
    }
    return { ...parts, refusedLate, [Symbol.dispose]: () => clock.mockRestore() }
  }

  it('is made again where the refusal comes late, three times in all', async () => {
    using slow = makeSlow(1_100, String)
    const { send, asked } = ahead(slow.stage, ...Array.from({ length: 4 }, () => slow.refusedLate))
    expect((await send(aRequest())).statusCode).toBe(401)
    expect(asked).toHaveLength(4)
    expect(slow.attempts).toHaveLength(3)
    expect(slow.states.at(-1)).toBe('refused')
  })

  it('is not made again at once', async () => {
    using slow = makeSlow(0, String)
    await ahead(slow.stage, slow.refusedLate, slow.refusedLate).send(aRequest())
    expect(slow.attempts).toHaveLength(1)
  })

  it('is not made again where it left what was there', async () => {
    using slow = makeSlow(1_100, () => 'the same')
    slow.record.receive(['sid=the same; Path=/'], URL_ASKED, undefined, { name: 'http' })
    await ahead(slow.stage, slow.refusedLate, slow.refusedLate).send(aRequest())
    expect(slow.attempts).toHaveLength(1)
  })
})

describe('a login that ends soon', () => {
  /** A session that was logged in, by a hook that sets a cookie for a hundred seconds each time. */
  async function loggedIn(hook: () => unknown = () => {}) {
    let logins = 0
    const made = make(async (_, record) => {
      if (logins > 0) await hook()
      record.receive(
        [`sid=${++logins}; Max-Age=100; HttpOnly`],
        URL_ASKED,
        undefined,
        { name: 'http' },
        undefined,
      )
    })
    const chain = ahead(made.stage, refused(), ...Array.from({ length: 20 }, () => aResponse()))
    await chain.send(aRequest())
    return { ...made, send: () => chain.send(aRequest()), end: now + 100_000 }
  }

  it('is made anew by the first request then, which does not wait for it', async () => {
    const gate = Promise.withResolvers<void>()
    const { send, attempts, states, record, end } = await loggedIn(() => gate.promise)
    now = end - 11_000
    await send()
    expect(attempts).toHaveLength(1)
    now = end - 9_000
    expect((await send()).statusCode).toBe(200)
    expect((await send()).statusCode).toBe(200)
    gate.resolve()
    await eventually(() => expect(states.at(-1)).toBe('renewed'))
    expect(attempts.map(({ reason }) => reason)).toEqual(['unauthorised', 'expiring'])
    expect(record.cookieHeader(URL_ASKED, undefined)).toBe('sid=2')
    await send()
    expect(attempts).toHaveLength(2)
  })

  it('is made once by all processes: one that finds it made does nothing', async () => {
    const { send, attempts, states, record, held, end } = await loggedIn()
    now = end - 5_000
    held.add('login http://shop.example')
    await send()
    record.receive(['sid=other; Max-Age=100; HttpOnly'], URL_ASKED, undefined, { name: 'store' }, undefined)
    held.clear()
    await eventually(() => expect(states.at(-1)).toBe('elsewhere'))
    expect(attempts).toHaveLength(1)
  })

  it('that cannot be made is an event, and fails no request', async () => {
    const { send, states, end } = await loggedIn(() => {
      throw new TypeError('no')
    })
    now = end - 5_000
    expect((await send()).statusCode).toBe(200)
    await eventually(() => expect(states.at(-1)).toBe('failed'))
    expect((await send()).statusCode).toBe(200)
    expect(states.filter((state) => state === 'failed')).toHaveLength(1)
  })
})

it('a login under way holds up only those that were refused', async () => {
  const gate = Promise.withResolvers<void>()
  const { stage, attempts } = make(() => gate.promise)
  const { send } = ahead(stage, refused(), aResponse(200, {}, 'public'), aResponse(200, {}, 'mine'))
  const mine = send(aRequest())
  await eventually(() => expect(attempts).toHaveLength(1))
  expect(await textOf(await send(aRequest()))).toBe('public')
  gate.resolve()
  expect(await textOf(await mine)).toBe('mine')
})
