import { z } from 'zod'
import { OnejarError, parseOptions, type Secret, withSignal } from '../core/index.ts'
import {
  type Credential,
  CredentialCache,
  type CredentialProvider,
  credentialIn,
  DEFAULT_TENANT,
  secretFields,
} from '../credentials/index.ts'
import { VaultHttp, type VaultReply } from './vault-http.ts'
import { type ParsedVaultOptions, type VaultOptions, vaultOptionsSchema } from './vault-options.ts'
import { VaultToken } from './vault-token.ts'

/** Credentials from Vault: the option `credentials` of a broker or session. Close it when the broker is closed. */
export interface VaultCredentials extends CredentialProvider, AsyncDisposable {
  /** Forgets a credential that did not help: the next `get` asks Vault for the current version. */
  refused(name: string, credential: Credential, tenant?: string): void
  /**
   * The current version of any secret of the engine, such as the keys of a store. It is never taken from memory: each call
   * costs a round trip to Vault.
   *
   * @param path - the path within the engine
   * @returns the fields of the secret; null when there is no such secret, or its current version was deleted
   * @throws OnejarError ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE, ONEJAR_TLS, ONEJAR_CLOSED
   * @example
   * ```ts
   * import { vaultCredentials } from 'onejar/vault'
   *
   * await using vault = vaultCredentials({ address: 'http://127.0.0.1:8200', auth: { token: 'hvs.example' } })
   * const fields = await vault.read('onejar/store-key')
   * const key = fields?.['key']?.reveal()
   * ```
   */
  read(path: string, signal?: AbortSignal): Promise<Readonly<Record<string, Secret>> | null>
  /** Forgets all credentials, revokes the token of an AppRole, and closes all connections. Idempotent. */
  close(): Promise<void>
}

const readSchema = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.object({ version: z.number() }),
  }),
})
const missingSchema = z.object({ errors: z.array(z.string()).min(1) })

/**
 * Reads credentials from the KV engine, version 2, of HashiCorp Vault (or OpenBao), with a token or an AppRole. A credential
 * is kept in memory for `ttlMs`. After that, or after a login that did not help, its current version is read: one round trip.
 * While Vault cannot be reached or is sealed, a credential in memory may be used for `staleIfErrorMs` more. Tokens are renewed
 * before they end. When Vault refuses a token, the provider logs in once more.
 *
 * @example
 * ```ts
 * import { openBroker } from 'onejar'
 * import { vaultCredentials } from 'onejar/vault'
 *
 * await using vault = vaultCredentials({
 *   address: 'https://vault.example:8200',
 *   auth: { roleId: process.env['ROLE_ID'] ?? 'crawler', secretId: process.env['SECRET_ID'] ?? 'a-secret' },
 *   path: (name, tenant) => `crawlers/${tenant}/${name}`,
 * })
 * await using broker = await openBroker({ store: 'memory', credentials: vault })
 * ```
 * @throws OnejarError ONEJAR_BAD_OPTIONS; `get` ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE, ONEJAR_TLS,
 * ONEJAR_CLOSED
 */
export function vaultCredentials(options: VaultOptions): VaultCredentials {
  return new Provider(parseOptions(vaultOptionsSchema, options, 'vaultCredentials()'))
}

class Provider implements VaultCredentials {
  readonly #options: ParsedVaultOptions
  readonly #http: VaultHttp
  readonly #token: VaultToken
  readonly #cache: CredentialCache
  #closing: Promise<void> | undefined

  constructor(options: ParsedVaultOptions) {
    this.#options = options
    this.#http = new VaultHttp(options)
    this.#token = new VaultToken(this.#http, options.auth)
    const { ttlMs, staleIfErrorMs } = options
    this.#cache = new CredentialCache({
      ttlMs,
      staleIfErrorMs,
      read: (name, tenant) => this.#credential(name, tenant),
    })
  }

  get(name: string, signal?: AbortSignal, tenant = DEFAULT_TENANT): Promise<Credential | null> {
    return this.#cache.get(name, tenant, signal)
  }

  refused(name: string, credential: Credential, tenant = DEFAULT_TENANT): void {
    this.#cache.refused(name, tenant, credential)
  }

  async read(path: string, signal?: AbortSignal): Promise<Readonly<Record<string, Secret>> | null> {
    if (this.#closing) throw new OnejarError('ONEJAR_CLOSED', 'The provider of credentials was closed before')
    return withSignal(this.#read(path), signal)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#cache.close()
    await this.#token.close()
    await this.#http.close()
  }

  async #credential(name: string, tenant: string): Promise<Credential | null> {
    const secret = await this.#read(this.#options.path(name, tenant))
    return secret === null ? null : credentialIn(secret, this.#options.fields, `A secret of ${this.#where()}`)
  }

  async #read(path: string): Promise<Readonly<Record<string, Secret>> | null> {
    const request = { method: 'GET', path: `${encode(this.#options.mount)}/data/${encode(path)}` } as const
    let held = await this.#token.get()
    let reply = await this.#http.send({ ...request, token: held.token })
    if (reply.status === 403) {
      const other = await this.#token.another(held)
      if (other !== null) {
        held = other
        reply = await this.#http.send({ ...request, token: held.token })
      }
    }
    return this.#fields(reply)
  }

  #fields({ status, body }: VaultReply): Readonly<Record<string, Secret>> | null {
    if (status === 404 && !missingSchema.safeParse(body).success) return null
    if (status === 403)
      throw this.#unusable('refuses to show a secret to this token: expired, or not allowed')
    if (status !== 200) throw this.#unusable(`answers with status ${status}`)
    const parsed = readSchema.safeParse(body)
    if (!parsed.success) throw this.#unusable('gives no answer of a KV engine of version 2')
    return secretFields(parsed.data.data.data)
  }

  #where(): string {
    return `Vault at ${this.#http.host}`
  }

  #unusable(what: string): OnejarError {
    return new OnejarError('ONEJAR_CREDENTIALS_UNUSABLE', `${this.#where()} ${what}`, {
      details: { host: this.#http.host },
    })
  }
}

/** Encodes each part of a path, and refuses parts that would lead out of the engine. */
function encode(path: string): string {
  const parts = typeof path === 'string' ? path.replace(/^\/+|\/+$/g, '').split('/') : []
  if (parts.length === 0 || parts.some((part) => /^\.{0,2}$/.test(part) || !part.isWellFormed())) {
    throw new OnejarError('ONEJAR_CREDENTIALS_UNUSABLE', 'A path in Vault has a part that is empty, . or ..')
  }
  return parts.map(encodeURIComponent).join('/')
}
