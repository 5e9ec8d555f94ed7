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

/** Checks what a token function gave. */
export const tokenSchema = secretText

export const vaultOptionsSchema = z
  .strictObject({
    /** `https://vault.example:8200`. Over `http:` only this machine, unless `allowPlainHttp` is set. */
    address: z.url({ protocol: /^https?$/ }).max(2_048),
    /** Let tokens and secrets go over `http:` to another machine. Default: false. */
    allowPlainHttp: z.boolean().default(false),
    /**
     * A token, as text or from a function that is asked again when Vault refuses the token (a file that Vault Agent writes);
     * or an AppRole, whose login is at `auth/<mount>/login`.
     */
    auth: z.union([
      z.strictObject({
        token: z.union([secretText, z.custom<TokenSource>(isFunction, 'expected a text or a function')]),
      }),
      z.strictObject({
        roleId: secretText,
        secretId: secretText,
        /** Default: `approle`. */
        mount: header.default('approle'),
      }),
    ]),
    /** The namespace (Vault Enterprise, HCP), sent as `X-Vault-Namespace`. Default: none. */
    namespace: header.regex(/^[\w./-]+$/, 'expected a path of letters, digits, _, - and .').optional(),
    /** Where the KV engine (version 2) is mounted. Default: `secret`. */
    mount: header.default('secret'),
    /**
     * The path of a credential within the engine. Default: `onejar/<tenant>/<name>`, both percent-encoded, so that a name with
     * a slash in it stays one part of the path.
     */
    path: z.custom<PathOf>(isFunction, 'expected a function').default(
      () =>
        (name: string, tenant: string): string =>
          `onejar/${encodeURIComponent(tenant)}/${encodeURIComponent(name)}`,
    ),
    /** Which fields of the secret are the user name and the password. Default: `username` and `password`. */
    fields: credentialFieldsSchema.prefault({}),
    /** How long a credential is given from memory before Vault is asked for its current version. Default: 300,000. */
    ttlMs: positiveMs.default(5 * 60_000),
    /** How long beyond that it is given while Vault is away, sealed or overloaded; 0 for not at all. Default: 600,000. */
    staleIfErrorMs: z
      .number()
      .int()
      .min(0)
      .max(24 * 3_600_000)
      .default(10 * 60_000),
    /** For one attempt. Default: 5,000. */
    timeoutMs: positiveMs.default(5_000),
    /** How often a request is sent at most while Vault is away, sealed or overloaded. Default: 3. */
    attempts: z.number().int().min(1).max(10).default(3),
    /** TLS: PEM texts, and the name to be expected in the certificate. */
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

export type VaultOptions = z.input<typeof vaultOptionsSchema>
export type ParsedVaultOptions = z.output<typeof vaultOptionsSchema>
