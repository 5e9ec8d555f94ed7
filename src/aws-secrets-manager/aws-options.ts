import { z } from 'zod'
import { credentialFieldsSchema } from '../credentials/index.ts'

/** What is used of a client of `@aws-sdk/client-secrets-manager`. */
export interface SecretsManagerClientLike {
  send(command: unknown, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>
}

/** The keys of an IAM identity, as the SDK takes them. */
export interface AwsIdentity {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

type SecretIdOf = (name: string, tenant: string) => string

const isFunction = (value: unknown) => typeof value === 'function'
const positiveMs = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)

export const awsOptionsSchema = z
  .strictObject({
    /** Default: what the SDK finds (`AWS_REGION`, the profile). */
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/)
      .optional(),
    /** Another endpoint than the region's: a VPC endpoint, a test. */
    endpoint: z.url({ protocol: /^https?$/ }).optional(),
    /** Who asks: keys, or a function that gives them. Default: what the SDK finds (environment, profile, role of the machine). */
    credentials: z
      .union([
        // Loose: the SDK notes in such an object where it comes from.
        z.looseObject({
          accessKeyId: z.string().min(1),
          secretAccessKey: z.string().min(1),
          sessionToken: z.string().min(1).optional(),
        }),
        z.custom<() => Promise<AwsIdentity>>(isFunction, 'expected keys or a function'),
      ])
      .optional(),
    /** A client of your own, in place of the three above. It stays yours to destroy. */
    client: z
      .custom<SecretsManagerClientLike>(
        (value) =>
          typeof value === 'object' && value !== null && isFunction((value as SecretsManagerClientLike).send),
        'expected a SecretsManagerClient',
      )
      .optional(),
    /**
     * The name or ARN of the secret that holds a credential. Default: `onejar/<tenant>/<name>`, each with `_xHH` for every byte
     * that is not an ASCII letter, a digit, `.`, `@` or `-`.
     */
    secretId: z.custom<SecretIdOf>(isFunction, 'expected a function').default(
      () =>
        (name: string, tenant: string): string =>
          `onejar/${word(tenant)}/${word(name)}`,
    ),
    /** Which version is read. Default: `AWSCURRENT`. */
    versionStage: z.string().min(1).max(256).default('AWSCURRENT'),
    /** Which fields of the secret's JSON are the user name and the password. Default: `username` and `password`. */
    fields: credentialFieldsSchema.prefault({}),
    /** How long a credential is given from memory before its current version is asked for. Default: 300,000. */
    ttlMs: positiveMs.default(5 * 60_000),
    /** How long beyond that it is given while the service cannot be reached; 0 for not at all. Default: 600,000. */
    staleIfErrorMs: z
      .number()
      .int()
      .min(0)
      .max(24 * 3_600_000)
      .default(10 * 60_000),
    /** For one attempt. Default: 5,000. */
    timeoutMs: positiveMs.default(5_000),
    /** How often the SDK sends a request at most. Not for a `client` of your own. Default: 3. */
    attempts: z.number().int().min(1).max(10).default(3),
  })
  .superRefine(({ client, region, endpoint, credentials }, issues) => {
    if (client === undefined || (region ?? endpoint ?? credentials) === undefined) return
    const message = 'region, endpoint and credentials are those of the client'
    issues.addIssue({ code: 'custom', path: ['client'], message })
  })

export type AwsSecretsManagerOptions = z.input<typeof awsOptionsSchema>
export type ParsedAwsOptions = z.output<typeof awsOptionsSchema>

/** Secrets Manager takes letters, digits and /_+=.@- in names. An underscore is escaped too, so that no two names are one. */
function word(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[A-Za-z\d.@-]/.test(char) ? char : `_x${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}
