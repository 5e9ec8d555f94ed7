import type { APIResponse, BrowserContext } from '@playwright/test'
import { describe, expect, it, vi } from 'vitest'
import type { Session } from '../../../src/client/index.ts'
import { setInternals } from '../../../src/client/internals.ts'
import type { SessionInternals } from '../../../src/client/session/session-internals.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { shareRequests } from '../../../src/test-runner/request.ts'

const URL_ASKED = 'http://site.test/me'
const CLOCK = { now: () => Date.now() }

/**
 * A context whose requests are answered with these in turn, and a session whose own requests are: each of those logs in, which
 * sets the cookie to what it names, and then gets the status.
 */
function make(answers: number[], logins: { status: number; token?: string }[] | null = null) {
  const record = new SessionRecord({ writer: 'w', clock: CLOCK })
  const resilience = { reauthentication: logins === null ? undefined : {} }
  const done: string[] = []
  const session = {
    fetch: async () => {
      const { status, token } = logins?.shift() ?? { status: 401 }
      done.push(`log in: ${status}`)
      if (token !== undefined)
        record.receive([`token=${token}; Path=/`], new URL(URL_ASKED), undefined, { name: 'http' })
      return new Response('', { status })
    },
  } as unknown as Session
  setInternals(session, { record, config: { resilience } } as unknown as SessionInternals)
  const fetch = vi.fn(async () => {
    const status = answers.shift() ?? 500
    done.push(`send: ${status}`)
    return { status: () => status, url: () => URL_ASKED } as APIResponse
  })
  const context = { request: { fetch } } as unknown as BrowserContext
  const giveBack = shareRequests({
    context,
    session,
    push: async () => void done.push('push'),
    pull: async () => void done.push('pull'),
  })
  return { context, fetch, done, giveBack, record }
}

describe('a request of a context', () => {
  it('sends what the session holds, and the session has what came when the response is there', async () => {
    const { context, done } = make([200])
    expect((await context.request.fetch(URL_ASKED)).status()).toBe(200)
    expect(done).toEqual(['push', 'send: 200', 'pull'])
  })

  it('keeps a refusal where nobody can log in', async () => {
    const { context, done } = make([401])
    expect((await context.request.fetch(URL_ASKED)).status()).toBe(401)
    expect(done).toEqual(['push', 'send: 401', 'pull'])
  })

  it('is sent again after a login', async () => {
    const { context, done } = make([401, 200], [{ status: 200, token: '2' }])
    expect((await context.request.fetch(URL_ASKED)).status()).toBe(200)
    expect(done.filter((what) => what.includes(':'))).toEqual(['send: 401', 'log in: 200', 'send: 200'])
  })

  it('is sent again as often as the token that somebody got is old when it is used', async () => {
    const tokens = ['2', '3', '4', '5'].map((token) => ({ status: 200, token }))
    const { context } = make([401, 401, 401, 401, 200], tokens)
    expect((await context.request.fetch(URL_ASKED)).status()).toBe(200)
  })

  it('is given up where the login lets nobody in', async () => {
    const { context, fetch } = make([401, 401], [{ status: 401, token: '2' }])
    expect((await context.request.fetch(URL_ASKED)).status()).toBe(401)
    expect(fetch).toHaveBeenCalledOnce()
  })

  it('is given up where no login changes anything for it', async () => {
    const { context, fetch } = make([401, 401, 401], [{ status: 200 }, { status: 200 }, { status: 200 }])
    expect((await context.request.fetch(URL_ASKED)).status()).toBe(401)
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('is given up when its time is over', async () => {
    const { context, fetch } = make([401, 401], [{ status: 200, token: '2' }])
    const slow = vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(101)
    expect((await context.request.fetch(URL_ASKED, { timeout: 100 })).status()).toBe(401)
    expect(fetch).toHaveBeenCalledOnce()
    slow.mockRestore()
  })

  it('is the runner’s own again in the end', () => {
    const { context, fetch, giveBack } = make([])
    expect(context.request.fetch).not.toBe(fetch)
    giveBack()
    expect(context.request.fetch).toBe(fetch)
  })
})
