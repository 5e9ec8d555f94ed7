import { z } from 'zod'
import { credentialFieldsSchema } from '../credentials/index.ts'

/** The part of a client of `@aws-sdk/client-secrets-manager` that is used. */
export interface SecretsManagerClientLike {
  /** Sends a command (`GetSecretValueCommand`); rejects as the SDK does. */
  send(command: unknown, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>
}

/** The keys of an IAM identity, as the SDK takes them. */
export interface AwsIdentity {
  /** The id of the access key. */
  readonly accessKeyId: string
  /** The secret access key. */
  readonly secretAccessKey: string
  /** The token of temporary keys. */
  readonly sessionToken?: string
  /** When temporary keys end. */
  readonly expiration?: Date
}

type SecretIdOf = (name: string, tenant: string) => string

const isFunction = (value: unknown) => typeof value === 'function'
const positiveMs = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)

/** Options of `awsSecretsManagerCredentials()`. Unknown names and values of the wrong form are refused. */
export interface AwsSecretsManagerOptions {
  /** The AWS region. Default: the one that the SDK finds (`AWS_REGION`, the profile). */
  region?: string | undefined
  /** Another endpoint than the region's: a VPC endpoint, or a server for tests. */
  endpoint?: string | undefined
  /** The keys of an identity, or a function that gives them. Default: what the SDK finds (environment, profile, role). */
  credentials?: AwsIdentity | (() => Promise<AwsIdentity>) | undefined
  /** A client of your own, in place of the three options above. Closing the provider does not destroy it. */
  client?: SecretsManagerClientLike | undefined
  /**
   * The name or ARN of the secret that holds a credential. Default: `onejar/<tenant>/<name>`, where each byte that is not an
   * ASCII letter, a digit, `.`, `@` or `-` is written as `_xHH`.
   */
  secretId?: ((name: string, tenant: string) => string) | undefined
  /** Which version of the secret is read. Default: `AWSCURRENT`. */
  versionStage?: string | undefined
  /** Which fields of the secret's JSON are the user name and the password. Default: `username` and `password`. */
  fields?: { username?: string | undefined; password?: string | undefined } | undefined
  /** How long a credential is kept in memory before the service is asked again, in milliseconds. Default: 300,000. */
  ttlMs?: number | undefined
  /**
   * How much longer a credential in memory may be used while the service cannot be reached, in milliseconds; 0 for not at
   * all. Default: 600,000.
   */
  staleIfErrorMs?: number | undefined
  /** How long one attempt may take, in milliseconds. Default: 5,000. */
  timeoutMs?: number | undefined
  /** How often the SDK sends a request at most: 1 to 10. Ignored with a `client` of your own. Default: 3. */
  attempts?: number | undefined
}

/** Checks `AwsSecretsManagerOptions`, and fills in the defaults. */
export const awsOptionsSchema = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/)
      .optional(),
    endpoint: z.url({ protocol: /^https?$/ }).optional(),
    credentials: z
      .union([
        // Loose, because the SDK adds members of its own to such an object.
        z.looseObject({
          accessKeyId: z.string().min(1),
          secretAccessKey: z.string().min(1),
          sessionToken: z.string().min(1).optional(),
        }),
        z.custom<() => Promise<AwsIdentity>>(isFunction, 'expected keys or a function'),
      ])
      .optional(),
    client: z
      .custom<SecretsManagerClientLike>(
        (value) =>
          typeof value === 'object' && value !== null && isFunction((value as SecretsManagerClientLike).send),
        'expected a SecretsManagerClient',
      )
      .optional(),
    secretId: z.custom<SecretIdOf>(isFunction, 'expected a function').default(
      () =>
        (name: string, tenant: string): string =>
          `onejar/${word(tenant)}/${word(name)}`,
    ),
    versionStage: z.string().min(1).max(256).default('AWSCURRENT'),
    fields: credentialFieldsSchema.prefault({}),
    ttlMs: positiveMs.default(5 * 60_000),
    staleIfErrorMs: z
      .number()
      .int()
      .min(0)
      .max(24 * 3_600_000)
      .default(10 * 60_000),
    timeoutMs: positiveMs.default(5_000),
    attempts: z.number().int().min(1).max(10).default(3),
  })
  .superRefine(({ client, region, endpoint, credentials }, issues) => {
    if (client === undefined || (region ?? endpoint ?? credentials) === undefined) return
    const message = 'region, endpoint and credentials are those of the client'
    issues.addIssue({ code: 'custom', path: ['client'], message })
  })

export type ParsedAwsOptions = z.output<typeof awsOptionsSchema>

/**
 * One part of a secret's name. Secrets Manager allows letters, digits and /_+=.@- there. An underscore is escaped too, so that
 * two different names never give the same secret.
 */
function word(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[A-Za-z\d.@-]/.test(char) ? char : `_x${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}
