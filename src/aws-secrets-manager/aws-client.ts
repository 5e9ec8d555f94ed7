import { OnejarError } from '../core/index.ts'
import type { ParsedAwsOptions, SecretsManagerClientLike } from './aws-options.ts'

type Sdk = typeof import('@aws-sdk/client-secrets-manager')

/** The text of a secret; null when there is no such secret. */
export type SecretText = string | null

/** Errors that may pass by themselves: throttling, and faults of the service or the network. */
const PASSING =
  /Throttl|TooManyRequests|RequestLimitExceeded|InternalService|ServiceUnavailable|Timeout|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|NetworkingError/

/** Reads secrets with the AWS SDK, which is loaded on first use. */
export class AwsClient {
  readonly #options: ParsedAwsOptions
  readonly #closing = new AbortController()
  #client: Promise<{ readonly sdk: Sdk; readonly client: SecretsManagerClientLike }> | undefined

  constructor(options: ParsedAwsOptions) {
    this.#options = options
  }

  /** @throws OnejarError ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED */
  async read(secretId: string): Promise<SecretText> {
    const { versionStage, timeoutMs, attempts } = this.#options
    if (typeof secretId !== 'string' || !/^[\w/+=.@:-]{1,2048}$/.test(secretId))
      throw unusable('cannot be asked for a secret by this id: it is neither a name nor an ARN')
    this.#client ??= this.#open()
    const { sdk, client } = await this.#client
    // The SDK's own timeouts do not cover retries, their pauses, and the fetching of AWS credentials.
    const deadline = AbortSignal.timeout(Math.min(timeoutMs * (attempts + 1), 2 ** 31 - 1))
    const abortSignal = AbortSignal.any([this.#closing.signal, deadline])
    try {
      const command = new sdk.GetSecretValueCommand({ SecretId: secretId, VersionStage: versionStage })
      const reply = (await client.send(command, { abortSignal })) as {
        SecretString?: unknown
        SecretBinary?: unknown
      }
      if (typeof reply.SecretString === 'string') return reply.SecretString
      if (reply.SecretBinary instanceof Uint8Array) return Buffer.from(reply.SecretBinary).toString()
      throw unusable('gives a secret without a value')
    } catch (error) {
      if (error instanceof OnejarError) throw error
      if (this.#closing.signal.aborted) throw closed()
      if (deadline.aborted) throw unavailable('Timeout')
      return this.#judged(error)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const opened = await this.#client?.catch(() => undefined)
    if (this.#options.client === undefined) (opened?.client as { destroy?(): void } | undefined)?.destroy?.()
  }

  async #open() {
    const { client, region, endpoint, credentials, timeoutMs, attempts } = this.#options
    const sdk = await loadSdk()
    if (client !== undefined) return { sdk, client }
    const own = new sdk.SecretsManagerClient({
      maxAttempts: attempts,
      requestHandler: {
        connectionTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        throwOnRequestTimeout: true,
      },
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials: credentials as never }),
    })
    return { sdk, client: own as SecretsManagerClientLike }
  }

  /** Judges what the SDK threw by the name of the error alone: its message may hold ARNs, and its members the request. */
  #judged(error: unknown): null {
    const { name, code, $metadata, $retryable } = error as {
      name?: unknown
      code?: unknown
      $metadata?: { readonly httpStatusCode?: number }
      $retryable?: unknown
    }
    const word = [code, name].find(
      (one) => typeof one === 'string' && /^\w{1,64}$/.test(one) && one !== 'Error',
    )
    const what = typeof word === 'string' ? word : 'unknown error'
    const status = $metadata?.httpStatusCode ?? 0
    if (name === 'ResourceNotFoundException') return null
    if (
      status >= 500 ||
      status === 429 ||
      $retryable !== undefined ||
      PASSING.test(`${what} ${String(name)}`)
    )
      throw unavailable(what)
    throw unusable(`does not give a secret: ${what}`)
  }
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-secrets-manager')
  } catch (cause) {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'onejar/aws-secrets-manager needs the AWS SDK, which is not installed: npm install @aws-sdk/client-secrets-manager',
      { cause },
    )
  }
}

function unavailable(what: string): OnejarError {
  return new OnejarError(
    'ONEJAR_CREDENTIALS_UNAVAILABLE',
    `AWS Secrets Manager gave no usable answer: ${what}`,
  )
}

function unusable(what: string): OnejarError {
  return new OnejarError('ONEJAR_CREDENTIALS_UNUSABLE', `AWS Secrets Manager ${what}`)
}

function closed(): OnejarError {
  return new OnejarError('ONEJAR_CLOSED', 'The provider of credentials was closed before its call was over')
}
