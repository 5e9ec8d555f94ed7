import { OnejarError, parseOptions, Secret, withSignal } from '../core/index.ts'
import {
  type Credential,
  CredentialCache,
  type CredentialProvider,
  credentialIn,
  DEFAULT_TENANT,
  secretFields,
} from '../credentials/index.ts'
import { AwsClient } from './aws-client.ts'
import { type AwsSecretsManagerOptions, awsOptionsSchema, type ParsedAwsOptions } from './aws-options.ts'

/** Credentials from AWS Secrets Manager. */
export interface AwsSecretsManagerCredentials extends CredentialProvider, AsyncDisposable {
  refused(name: string, credential: Credential, tenant?: string): void
  /**
   * The current version of any secret, never from memory: keys of a store, say.
   *
   * @param secretId - its name or ARN
   * @returns its text, or null when there is no such secret
   * @throws OnejarError ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   */
  read(secretId: string, signal?: AbortSignal): Promise<Secret | null>
  /** Forgets what is kept, and ends the connections of a client that was made here. Idempotent. */
  close(): Promise<void>
}

/**
 * Credentials from AWS Secrets Manager, as secrets whose text is JSON: `{ "username": "…", "password": "…" }`, the form that
 * the console and its rotations write. It works with `@aws-sdk/client-secrets-manager`, which has to be installed beside
 * Onejar. They are kept in memory for `ttlMs`; then, or after a login that did not help, the current version is read. While
 * the service cannot be reached, what is kept is given for `staleIfErrorMs` more.
 *
 * @example
 * ```ts
 * import { openBroker } from 'onejar'
 * import { awsSecretsManagerCredentials } from 'onejar/aws-secrets-manager'
 *
 * await using secrets = awsSecretsManagerCredentials({
 *   region: 'eu-central-1',
 *   secretId: (name, tenant) => `crawlers/${tenant}/${name}`,
 * })
 * await using broker = await openBroker({ credentials: secrets, reauthenticate })
 * ```
 * @throws OnejarError ONEJAR_BAD_OPTIONS; `get` ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE,
 * ONEJAR_BAD_OPTIONS (the SDK is not installed), ONEJAR_CLOSED
 */
export function awsSecretsManagerCredentials(
  options: AwsSecretsManagerOptions = {},
): AwsSecretsManagerCredentials {
  return new Provider(parseOptions(awsOptionsSchema, options, 'awsSecretsManagerCredentials()'))
}

class Provider implements AwsSecretsManagerCredentials {
  readonly #options: ParsedAwsOptions
  readonly #client: AwsClient
  readonly #cache: CredentialCache
  #closing: Promise<void> | undefined

  constructor(options: ParsedAwsOptions) {
    this.#options = options
    this.#client = new AwsClient(options)
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

  async read(secretId: string, signal?: AbortSignal): Promise<Secret | null> {
    if (this.#closing) throw new OnejarError('ONEJAR_CLOSED', 'The provider of credentials was closed before')
    const text = await withSignal(this.#client.read(secretId), signal)
    return text === null ? null : new Secret(text)
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
    await this.#client.close()
  }

  async #credential(name: string, tenant: string): Promise<Credential | null> {
    const text = await this.#client.read(this.#options.secretId(name, tenant))
    if (text === null) return null
    const fields = secretFields(parse(text))
    if (fields !== null) return credentialIn(fields, this.#options.fields, 'A secret of AWS Secrets Manager')
    throw new OnejarError(
      'ONEJAR_CREDENTIALS_UNUSABLE',
      'A secret of AWS Secrets Manager cannot be used: its text is no JSON object',
    )
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
