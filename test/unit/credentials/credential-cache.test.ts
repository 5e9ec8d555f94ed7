import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { CredentialCache, credentialOf } from '../../../src/credentials/index.ts'

const away = () => new OnejarError('ONEJAR_CREDENTIALS_UNAVAILABLE', 'away')
const denied = () => new OnejarError('ONEJAR_CREDENTIALS_UNUSABLE', 'denied')

/** A cache of 100 ms, and 1,000 ms more while the source is away, on a clock that is moved by hand. */
function setUp() {
  const state = { now: 0, reads: 0, password: 'one', fail: undefined as (() => OnejarError) | undefined }
  const cache = new CredentialCache({
    ttlMs: 100,
    staleIfErrorMs: 1_000,
    now: () => state.now,
    read: async () => {
      state.reads++
      if (state.fail) throw state.fail()
      return credentialOf({ username: 'alice', password: state.password })
    },
  })
  const get = async () => (await cache.get('a', 'default'))?.password.reveal()
  return { state, cache, get }
}

describe('credentials in memory', () => {
  it('are given until their time is over', async () => {
    const { state, get } = setUp()
    await get()
    state.password = 'two'
    state.now = 99
    expect(await get()).toBe('one')
    state.now = 100
    expect(await get()).toBe('two')
    expect(state.reads).toBe(2)
  })

  it('are given longer while the source is away, which is asked now and then, and not for ever', async () => {
    const { state, get } = setUp()
    await get()
    state.fail = away
    state.now = 100
    expect([await get(), await get(), state.reads]).toEqual(['one', 'one', 2])
    state.now = 1_100
    await expect(get()).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNAVAILABLE' })
  })

  it('are forgotten when the source refuses them', async () => {
    const { state, get } = setUp()
    await get()
    state.fail = denied
    state.now = 100
    await expect(get()).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    state.fail = away
    await expect(get()).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNAVAILABLE' })
  })

  it('are one tenant’s, and bounded in number', async () => {
    const { state, cache } = setUp()
    for (let i = 0; i < 1_001; i++) await cache.get(`name ${i}`, 'default')
    await cache.get('name 1', 'default')
    expect(state.reads).toBe(1_001)
    await cache.get('name 0', 'default')
    await cache.get('name 1000', 'other')
    expect(state.reads).toBe(1_003)
  })

  it('leave whoever asks free to go, and serve the others', async () => {
    const { cache, get } = setUp()
    const leaving = new AbortController()
    const gone = cache.get('a', 'default', leaving.signal)
    const staying = get()
    leaving.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    expect(await staying).toBe('one')
  })
})
