import { beforeEach, describe, expect, it } from 'vitest'
import { type Credential, type CredentialProvider, credentialOf } from '../../../src/credentials/index.ts'
import type { LoginAttempt } from '../../../src/pipeline/login/login-attempt.ts'
import { reauthentication } from '../../../src/pipeline/stages/reauthentication.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { EventHub } from '../../../src/routing/index.ts'
import { ahead, aRequest, aResponse, URL_ASKED } from './a-request.ts'
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
    persistence,
    store,
    events,
    clock,
    closing: new AbortController().signal,
  })
  return { stage, states, attempts, record, held, stored: asked }
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
