import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reauthentication } from '../../../src/index.ts'
import { vaultCredentials } from '../../../src/vault/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'
import { VaultStandIn } from '../../support/vault-stand-in.ts'

// The password of a site is replaced, there and in Vault (a stand-in for it), while a broker has the old one in memory.

let vault: VaultStandIn
let site: TestServer
let valid: string
let tried: string[]

beforeEach(async () => {
  valid = 'one'
  tried = []
  vault = await VaultStandIn.start()
  vault.put('onejar/default/shop', { username: 'alice', password: 'one' })
  site = await startHttpServer(async (request, response) => {
    const body = new URLSearchParams((await readBody(request)).toString())
    if (request.url === '/login') {
      tried.push(body.get('password') ?? '')
      const isIn = body.get('password') === valid
      response.writeHead(isIn ? 204 : 422, isIn ? { 'set-cookie': `in=${valid}; Path=/` } : {}).end()
    } else response.writeHead(request.headers.cookie === `in=${valid}` ? 200 : 401).end()
  })
})

afterEach(async () => {
  await site.close()
  await vault.close()
})

const logIn =
  (strict: boolean) =>
  async ({ session, url, credentials }: Reauthentication) => {
    const who = await credentials('shop')
    const body = new URLSearchParams({ password: who?.password.reveal() ?? '' })
    const response = await session.fetch(new URL('/login', url), { method: 'POST', body })
    if (strict && !response.ok) throw new Error(`the login answered ${response.status}`)
  }

describe('a password that is replaced while the old one is in memory', () => {
  it('is used in the same login, when the hook says that the old one failed', async () => {
    await using credentials = vaultCredentials({ address: vault.address, auth: { token: 'root-token' } })
    await using broker = await memoryBroker({ credentials, reauthenticate: logIn(true) })
    const session = await broker.session('a')
    expect((await session.fetch(`${site.origin}/orders`)).status).toBe(200)
    valid = 'two'
    vault.put('onejar/default/shop', { username: 'alice', password: 'two' })
    expect((await session.fetch(`${site.origin}/orders`)).status).toBe(200)
    expect(tried).toEqual(['one', 'one', 'two'])
  })

  it('is not waited for by trying the old one again', async () => {
    await using credentials = vaultCredentials({ address: vault.address, auth: { token: 'root-token' } })
    await using broker = await memoryBroker({ credentials, reauthenticate: logIn(true) })
    const session = await broker.session('a')
    valid = 'two'
    const error = await errorOf(session.fetch(`${site.origin}/orders`))
    expect(error.code).toBe('ONEJAR_REAUTH_FAILED')
    expect(tried).toEqual(['one'])
  })

  it('is used in the next login, when the hook ended well and the site refused all the same', async () => {
    await using credentials = vaultCredentials({ address: vault.address, auth: { token: 'root-token' } })
    await using broker = await memoryBroker({ credentials, reauthenticate: logIn(false) })
    const session = await broker.session('a')
    expect((await session.fetch(`${site.origin}/orders`)).status).toBe(200)
    valid = 'two'
    vault.put('onejar/default/shop', { username: 'alice', password: 'two' })
    expect((await session.fetch(`${site.origin}/orders`)).status).toBe(401)
    const [kept] = [await credentials.get('shop')]
    expect(kept?.password.reveal()).toBe('two')
  })

  it('is told to a provider of the user, which may throw', async () => {
    const told: unknown[] = []
    await using source = vaultCredentials({ address: vault.address, auth: { token: 'root-token' } })
    const credentials = {
      get: (name: string, signal?: AbortSignal, tenant?: string) => source.get(name, signal, tenant),
      refused: (...what: unknown[]) => {
        told.push(what)
        throw new Error('from the user')
      },
    }
    await using broker = await memoryBroker({ credentials, reauthenticate: logIn(true) })
    const session = await broker.session('a', { tenant: 'default' })
    valid = 'two'
    expect((await errorOf(session.fetch(`${site.origin}/orders`))).code).toBe('ONEJAR_REAUTH_FAILED')
    expect(told).toEqual([['shop', await source.get('shop'), 'default']])
  })
})
