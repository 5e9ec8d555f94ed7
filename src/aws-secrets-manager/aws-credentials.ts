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

/** Credentials from AWS Secrets Manager: the option `credentials` of a broker or session. Close it when the broker is closed. */
export interface AwsSecretsManagerCredentials extends CredentialProvider, AsyncDisposable {
  /** Forgets a credential that did not help: the next `get` asks the service for the current version. */
  refused(name: string, credential: Credential, tenant?: string): void
  /**
   * The current version of any secret, such as the keys of a store. It is never taken from memory: each call costs a round
   * trip to the service.
   *
   * @param secretId - the name or ARN of the secret
   * @returns its text; null when there is no such secret
   * @throws OnejarError ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * import { awsSecretsManagerCredentials } from 'onejar/aws-secrets-manager'
   *
   * await using secrets = awsSecretsManagerCredentials({ region: 'eu-central-1' })
   * const key = (await secrets.read('onejar/store-key'))?.reveal()
   * ```
   */
  read(secretId: string, signal?: AbortSignal): Promise<Secret | null>
  /** Forgets all credentials, and destroys the SDK's client unless it is your own. Idempotent. */
  close(): Promise<void>
}

/**
 * Reads credentials from AWS Secrets Manager. The text of a secret is JSON: `{ "username": "…", "password": "…" }`, the form
 * that the console and rotations write. `@aws-sdk/client-secrets-manager` has to be installed beside Onejar; it is loaded on
 * first use. A credential is kept in memory for `ttlMs`. After that, or after a login that did not help, its current version
 * is read: one round trip. While the service cannot be reached, a credential in memory may be used for `staleIfErrorMs` more.
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
 * await using broker = await openBroker({ store: 'memory', credentials: secrets })
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
      'A secret of AWS Secrets Manager cannot be used: its text is not a JSON object',
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
