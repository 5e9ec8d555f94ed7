import { z } from 'zod'
import { isLoopback, Secret } from '../core/index.ts'
import { credentialFieldsSchema } from '../credentials/index.ts'

const positiveMs = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)
const header = z.string().min(1).max(256)
const secretText = z
  .union([z.string(), z.instanceof(Secret)])
  .transform((value) => (typeof value === 'string' ? new Secret(value) : value))
  .refine((value) => /^[\x21-\x7e]{1,8192}$/.test(value.reveal()), 'expected printable ASCII without spaces')

type TokenSource = () => string | Secret | Promise<string | Secret>
type PathOf = (name: string, tenant: string) => string

const isFunction = (value: unknown) => typeof value === 'function'

/** Checks the token that a function returned. */
export const tokenSchema = secretText

/** Options of `vaultCredentials()`. Unknown names and values of the wrong form are refused with ONEJAR_BAD_OPTIONS. */
export interface VaultOptions {
  /** The URL of the server: `https://vault.example:8200`. `http:` is for this machine only, unless `allowPlainHttp` is set. */
  address: string
  /** Allow `http:` to another machine, where tokens and secrets can be read on their way. Default: false. */
  allowPlainHttp?: boolean | undefined
  /**
   * A token: a text, or a function that is called again when Vault refuses the token (it may read a file that Vault Agent
   * writes). Or an AppRole, which logs in at `auth/<mount>/login` (default of `mount`: `approle`).
   */
  auth:
    | { token: string | Secret | (() => string | Secret | Promise<string | Secret>) }
    | { roleId: string | Secret; secretId: string | Secret; mount?: string | undefined }
  /** The namespace (Vault Enterprise, HCP), sent as `X-Vault-Namespace`. Default: none. */
  namespace?: string | undefined
  /** Where the KV engine (version 2) is mounted. Default: `secret`. */
  mount?: string | undefined
  /**
   * The path of a credential within the engine. Default: `onejar/<tenant>/<name>`, both percent-encoded, so that a name with
   * a slash in it stays one part of the path.
   */
  path?: ((name: string, tenant: string) => string) | undefined
  /** Which fields of the secret are the user name and the password. Default: `username` and `password`. */
  fields?: { username?: string | undefined; password?: string | undefined } | undefined
  /** How long a credential is kept in memory before Vault is asked again, in milliseconds. Default: 300,000. */
  ttlMs?: number | undefined
  /**
   * How much longer a credential in memory may be used while Vault cannot be reached, is sealed or overloaded, in
   * milliseconds; 0 for not at all. Default: 600,000.
   */
  staleIfErrorMs?: number | undefined
  /** How long one attempt may take, in milliseconds. Default: 5,000. */
  timeoutMs?: number | undefined
  /** How often a request is sent at most when Vault cannot be reached, is sealed or overloaded: 1 to 10. Default: 3. */
  attempts?: number | undefined
  /** TLS: PEM texts, and the name that the certificate has to show. Default: the system's certificates. */
  tls?:
    | {
        ca?: string | undefined
        cert?: string | undefined
        key?: string | undefined
        passphrase?: string | undefined
        servername?: string | undefined
      }
    | undefined
}

/** Checks `VaultOptions`, and fills in the defaults. */
export const vaultOptionsSchema = z
  .strictObject({
    address: z.url({ protocol: /^https?$/ }).max(2_048),
    allowPlainHttp: z.boolean().default(false),
    auth: z.union([
      z.strictObject({
        token: z.union([secretText, z.custom<TokenSource>(isFunction, 'expected a text or a function')]),
      }),
      z.strictObject({
        roleId: secretText,
        secretId: secretText,
        mount: header.default('approle'),
      }),
    ]),
    namespace: header.regex(/^[\w./-]+$/, 'expected a path of letters, digits, _, - and .').optional(),
    mount: header.default('secret'),
    path: z.custom<PathOf>(isFunction, 'expected a function').default(
      () =>
        (name: string, tenant: string): string =>
          `onejar/${encodeURIComponent(tenant)}/${encodeURIComponent(name)}`,
    ),
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
    tls: z
      .strictObject({
        ca: z.string().optional(),
        cert: z.string().optional(),
        key: z.string().optional(),
        passphrase: z.string().optional(),
        servername: z.string().optional(),
      })
      .optional(),
  })
  .superRefine(({ address, allowPlainHttp }, issues) => {
    const url = URL.parse(address)
    if (url === null) return
    const issue = (message: string) => issues.addIssue({ code: 'custom', path: ['address'], message })
    if (url.username !== '' || url.password !== '') issue('expected a URL without credentials')
    if (url.search !== '' || url.hash !== '') issue('expected a URL without query and fragment')
    if (url.protocol === 'http:' && !allowPlainHttp && !isLoopback(url.hostname))
      issue('expected https: over http: a token is readable on its way (allowPlainHttp permits it)')
  })

export type ParsedVaultOptions = z.output<typeof vaultOptionsSchema>
