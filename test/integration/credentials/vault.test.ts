import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/index.ts'
import { type VaultOptions, vaultCredentials } from '../../../src/vault/index.ts'
import { certificate } from '../../support/http-server.ts'
import { VaultStandIn } from '../../support/vault-stand-in.ts'

// The server here is a stand-in that speaks the documented API, not Vault itself.

const READ_ALICE = 'GET secret/data/onejar/default/alice'
const APP_ROLE = { roleId: 'the-role', secretId: 'the-secret-id' }

let vault: VaultStandIn
const open: { close(): Promise<void> }[] = []

beforeEach(async () => {
  vault = await VaultStandIn.start()
  vault.put('onejar/default/alice', { username: 'alice', password: 'canary-one' })
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((provider) => provider.close()))
  await vault.close()
})

function provider(more: Partial<VaultOptions> = {}) {
  const made = vaultCredentials({ address: vault.address, auth: { token: 'root-token' }, ...more })
  open.push(made)
  return made
}

const password = async (from: ReturnType<typeof provider>, name = 'alice') =>
  (await from.get(name))?.password.reveal()

describe('credentials from Vault', () => {
  it('are those of the current version, by a token, and print as [secret]', async () => {
    const credential = await provider().get('alice')
    expect(credential?.username.reveal()).toBe('alice')
    expect(credential?.password.reveal()).toBe('canary-one')
    for (const shown of [inspect(credential), JSON.stringify(credential), `${credential?.password}`])
      expect(shown).toContain('[secret]')
    expect(inspect(credential, { depth: 9, showHidden: true })).not.toContain('canary-one')
  })

  it.each([
    ['a function', async () => new Secret('root-token')],
    ['a secret', new Secret('root-token')],
  ])('are had with a token from %s', async (_, token) => {
    expect(await password(provider({ auth: { token } }))).toBe('canary-one')
  })

  it('are had with an AppRole, in a namespace, over TLS, from any mount, path and fields', async () => {
    await using secure = await VaultStandIn.start(true)
    secure.namespace = 'admin/crawlers'
    secure.put('a/acme/alice', { login: 'alice', secret: 'canary-two' })
    const from = provider({
      address: secure.address,
      auth: { ...APP_ROLE, mount: 'approle' },
      namespace: 'admin/crawlers',
      tls: { ca: certificate().cert },
      path: (name, tenant) => `a/${tenant}/${name}`,
      fields: { username: 'login', password: 'secret' },
    })
    expect((await from.get('alice', undefined, 'acme'))?.password.reveal()).toBe('canary-two')
    await from.close()
    expect(secure.revoked).toEqual(['login-token-1'])
  })

  it('are refused from a server whose certificate nobody vouches for', async () => {
    await using secure = await VaultStandIn.start(true)
    await expect(provider({ address: secure.address }).get('alice')).rejects.toMatchObject({
      code: 'ONEJAR_TLS',
    })
    expect(secure.asked).toEqual([])
  })

  it('are null for a secret that is not there, and for one that was deleted', async () => {
    const from = provider({ ttlMs: 1, staleIfErrorMs: 0 })
    expect(await from.get('nobody')).toBeNull()
    vault.put('onejar/default/alice', null)
    expect(await from.get('alice')).toBeNull()
  })

  it('are asked for once by many who ask at once, and then come from memory', async () => {
    const from = provider({ auth: APP_ROLE })
    const all = await Promise.all(Array.from({ length: 50 }, () => password(from)))
    expect(new Set(all)).toEqual(new Set(['canary-one']))
    vault.put('onejar/default/alice', { username: 'alice', password: 'canary-two' })
    expect(await password(from)).toBe('canary-one')
    expect(vault.count(READ_ALICE)).toBe(1)
    expect(vault.count('POST auth/approle/login')).toBe(1)
  })

  it('are those of a new version once the time in memory is over', async () => {
    const from = provider({ ttlMs: 1 })
    expect(await password(from)).toBe('canary-one')
    vault.put('onejar/default/alice', { username: 'alice', password: 'canary-two' })
    await expect.poll(() => password(from)).toBe('canary-two')
  })

  it('are asked for again at once when the site refused what was kept', async () => {
    const from = provider()
    const old = await from.get('alice')
    vault.put('onejar/default/alice', { username: 'alice', password: 'canary-two' })
    from.refused('alice', old!)
    expect(await password(from)).toBe('canary-two')
    // That was the old one: the new one stays.
    from.refused('alice', old!)
    await password(from)
    expect(vault.count(READ_ALICE)).toBe(2)
  })

  it('stay within their path, whatever a name is', async () => {
    const from = provider()
    expect(await from.get('../../sys/a b?x#y')).toBeNull()
    expect(vault.asked.at(-1)).toBe(
      'GET secret/data/onejar/default/..%252F..%252Fsys%252Fa%2520b%253Fx%2523y',
    )
    const before = vault.asked.length
    for (const name of ['..', '.'])
      await expect(from.get(name)).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    await expect(provider({ path: (name) => `a/${name}` }).get('../b')).rejects.toMatchObject({
      code: 'ONEJAR_CREDENTIALS_UNUSABLE',
    })
    expect(vault.asked).toHaveLength(before)
  })

  it.each([
    ['no password', { username: 'alice' }],
    ['an empty password', { username: 'alice', password: '' }],
  ])('are unusable with %s, and the error has nothing of the secret', async (_, data) => {
    vault.put('onejar/default/alice', { ...data, other: 'canary-one' })
    const error = await provider()
      .get('alice')
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|root-token|alice/)
  })
})

describe('the token for Vault', () => {
  it('of an AppRole is got anew once when it is refused', async () => {
    const from = provider({ auth: APP_ROLE, ttlMs: 1 })
    await password(from)
    vault.tokens.delete('login-token-1')
    vault.put('onejar/default/alice', { username: 'alice', password: 'canary-two' })
    await expect.poll(() => password(from)).toBe('canary-two')
    expect(vault.count('POST auth/approle/login')).toBe(2)
  })

  it('that may not read is an error after one new login', async () => {
    vault.onRequest = (path, response) => {
      if (!path.startsWith('secret/')) return false
      response.writeHead(403).end('{"errors":["permission denied"]}')
      return true
    }
    const error = await provider({ auth: APP_ROLE })
      .get('alice')
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    expect(vault.count('POST auth/approle/login')).toBe(2)
    expect(inspect(error, { depth: 9 })).not.toMatch(/the-secret-id|login-token|alice/)
  })

  it('is not got with a wrong secret id', async () => {
    const error = await provider({ auth: { roleId: 'the-role', secretId: 'canary-wrong' } })
      .get('alice')
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|the-role/)
  })

  it.each([
    ['an AppRole', APP_ROLE],
    ['a token', { token: 'leased-token' }],
  ])('of %s is renewed before it ends, again and again', async (_, auth) => {
    vault.leaseSeconds = 1
    vault.tokens.set('leased-token', 1)
    const renewed = vault.next('POST auth/token/renew-self')
    const from = provider({ auth })
    await password(from)
    await renewed
    await vault.next('POST auth/token/renew-self')
    expect(vault.count('POST auth/approle/login')).toBeLessThan(2)
  })

  it('from a function is asked for again when it is refused', async () => {
    let token = 'old-token'
    vault.tokens.set('old-token', 0).set('new-token', 0)
    const from = provider({ auth: { token: () => token } })
    const old = await from.get('alice')
    vault.tokens.delete('old-token')
    token = 'new-token'
    from.refused('alice', old!)
    expect(await password(from)).toBe('canary-one')
  })
})

describe('Vault in trouble', () => {
  it.each([429, 500, 503])('with status %d is asked again', async (status) => {
    let left = 1
    vault.onRequest = (path, response) => {
      if (!path.startsWith('secret/') || left-- <= 0) return false
      response.writeHead(status).end('{"errors":["Vault is sealed"]}')
      return true
    }
    expect(await password(provider())).toBe('canary-one')
    expect(vault.count(READ_ALICE)).toBe(2)
  })

  it('that ends in the middle of an answer is asked again', async () => {
    let left = 1
    vault.onRequest = (path, response) => {
      if (!path.startsWith('secret/') || left-- <= 0) return false
      response.writeHead(200, { 'content-length': '1000' }).write('{"data":{"data":{"password":"can')
      response.socket?.resetAndDestroy()
      return true
    }
    expect(await password(provider())).toBe('canary-one')
  })

  it('is asked so often and no more, and what is kept is given meanwhile', async () => {
    const from = provider({ ttlMs: 1, attempts: 2 })
    expect(await password(from)).toBe('canary-one')
    vault.onRequest = (_, response) => {
      response.writeHead(503).end('{"errors":["Vault is sealed"]}')
      return true
    }
    await expect.poll(async () => [await password(from), vault.count(READ_ALICE)]).toEqual(['canary-one', 3])
    const error = await from.get('bob').catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNAVAILABLE', retry: 'same-session' })
  })

  it('gives nothing that was refused, also while it is away', async () => {
    const from = provider({ attempts: 1 })
    const old = await from.get('alice')
    from.refused('alice', old!)
    await vault.close()
    await expect(from.get('alice')).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNAVAILABLE' })
  })

  it('that does not answer is given up in time, and whoever asked may leave before', async () => {
    vault.onRequest = (path) => path.startsWith('secret/')
    const from = provider({ timeoutMs: 100, attempts: 1 })
    await expect(from.get('alice')).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNAVAILABLE' })
    const gone = new Error('gone')
    await expect(provider().get('alice', AbortSignal.abort(gone))).rejects.toBe(gone)
  })

  it('sends to the active node with a redirect, which is followed, but not from https to http', async () => {
    await using standby = await VaultStandIn.start()
    standby.onRequest = (path, response) => {
      response.writeHead(307, { location: `${vault.address}/v1/${path}` }).end()
      return true
    }
    expect(await password(provider({ address: standby.address }))).toBe('canary-one')
    await using secure = await VaultStandIn.start(true)
    secure.onRequest = standby.onRequest
    const before = vault.asked.length
    const from = provider({ address: secure.address, tls: { ca: certificate().cert } })
    await expect(from.get('alice')).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    expect(vault.asked).toHaveLength(before)
  })
})

describe('the provider', () => {
  it.each<[string, Partial<VaultOptions>]>([
    ['an unknown option', { adress: 'x' } as Partial<VaultOptions>],
    ['plain http to another machine', { address: 'http://vault.example:8200' }],
    ['credentials in the address', { address: 'https://a:b@vault.example' }],
    ['a token that breaks a header', { auth: { token: 'canary\r\nx: y' } }],
    ['a namespace that does', { namespace: 'a\nb' }],
  ])('refuses %s', (_, more) => {
    expect(() => provider(more)).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' }))
    expect(() => provider(more)).not.toThrow(/canary/)
  })

  it('reads other secrets too, never from memory', async () => {
    vault.put('onejar/store', { keys: 'one', generation: 1 })
    const from = provider()
    expect((await from.read('onejar/store'))?.['keys']?.reveal()).toBe('one')
    vault.put('onejar/store', { keys: 'two', generation: 2 })
    const secret = await from.read('onejar/store')
    expect([secret?.['keys']?.reveal(), secret?.['generation']?.reveal()]).toEqual(['two', '2'])
    expect(await from.read('onejar/none')).toBeNull()
  })

  it('gives nothing once it is closed', async () => {
    const from = provider()
    await from.get('alice')
    await from.close()
    await expect(from.get('alice')).rejects.toMatchObject({ code: 'ONEJAR_CLOSED' })
    await expect(from.read('onejar/default/alice')).rejects.toMatchObject({ code: 'ONEJAR_CLOSED' })
  })
})
