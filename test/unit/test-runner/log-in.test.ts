import { describe, expect, it, vi } from 'vitest'
import { ensureLogin } from '../../../src/test-runner/log-in.ts'
import { noting } from '../../../src/test-runner/noting.ts'
import { REFRESHED } from '../../../src/test-runner/refresh-once.ts'
import { SharedNotes } from '../../../src/test-runner/shared-notes.ts'
import { WorkersStore } from './workers.ts'

describe('a login before the first test', () => {
  it('is made once for all workers that share the session', async () => {
    const store = new WorkersStore()
    const sessions = ['a', 'b', 'c'].map((name) => store.worker(name))
    const logIn = vi.fn(async () => {})
    await Promise.all(sessions.map((session) => ensureLogin(session, { logIn }, 'http://site.test')))
    expect(logIn).toHaveBeenCalledOnce()
    expect(logIn).toHaveBeenCalledWith({ session: sessions[0], baseURL: 'http://site.test' })
  })

  it('is made again where it does not hold any more', async () => {
    const session = new WorkersStore().worker('a')
    const logIn = vi.fn(async () => {})
    const isLoggedIn = vi.fn(async () => true)
    await ensureLogin(session, { logIn, isLoggedIn }, undefined)
    expect(isLoggedIn).not.toHaveBeenCalled()
    await ensureLogin(session, { logIn, isLoggedIn }, undefined)
    expect(logIn).toHaveBeenCalledOnce()
    isLoggedIn.mockResolvedValue(false)
    await ensureLogin(session, { logIn, isLoggedIn }, undefined)
    expect(logIn).toHaveBeenCalledTimes(2)
  })

  it('is made by the next one where it failed', async () => {
    const store = new WorkersStore()
    const logIn = vi.fn(async () => {}).mockRejectedValueOnce(new Error('wrong password'))
    await expect(ensureLogin(store.worker('a'), { logIn }, undefined)).rejects.toThrow('wrong password')
    await ensureLogin(store.worker('b'), { logIn }, undefined)
    expect(logIn).toHaveBeenCalledTimes(2)
  })

  it('is no matter where nobody says how', async () => {
    const store = new WorkersStore()
    await ensureLogin(store.worker('a'), {}, undefined)
    expect(store.log).toEqual([])
  })
})

describe('a login over HTTP', () => {
  it('is known to the pages of all workers', async () => {
    const session = new WorkersStore().worker('a')
    const logIn = vi.fn(async () => {})
    const { reauthenticate } = noting({ reauthenticate: logIn }, () => session)
    const what = {} as Parameters<NonNullable<typeof reauthenticate>>[0]
    await reauthenticate?.(what)
    expect(logIn).toHaveBeenCalledWith(what)
    expect(new SharedNotes(session).get(REFRESHED)).toMatchObject({
      state: 'done',
      response: { status: 204 },
    })
  })

  it('is not announced where it failed', async () => {
    const session = new WorkersStore().worker('a')
    const failing = async () => {
      throw new Error('no')
    }
    const { reauthenticate } = noting({ reauthenticate: failing }, () => session)
    await expect(reauthenticate?.({} as never)).rejects.toThrow('no')
    expect(new SharedNotes(session).get(REFRESHED)).toBeUndefined()
  })

  it('is left to who does not log in', () => {
    const options = { tenant: 'acme' }
    expect(noting(options, () => undefined)).toBe(options)
  })
})
