import { z } from 'zod'
import { OnejarError, Secret } from '../core/index.ts'

/** What it takes to log in. Neither of them gets into a log, an error or JSON by itself: `reveal()` gives the text. */
export interface Credential {
  /** Who logs in. */
  readonly username: Secret
  /** What it logs in with. */
  readonly password: Secret
}

/**
 * Where credentials come from: the option `credentials` of a broker or session. Implement it for a store of secrets of your
 * own.
 *
 * @example
 * ```ts
 * import { type CredentialProvider, openBroker } from 'onejar'
 * import { vaultCredentials } from 'onejar/vault'
 *
 * const vault = vaultCredentials({ address: 'https://vault.example:8200', auth: { token: 'hvs.example' } })
 * const shared: CredentialProvider = {
 *   get: (_name, signal, tenant) => vault.get('shared-login', signal, tenant),
 * }
 * await using broker = await openBroker({ store: 'memory', credentials: shared })
 * ```
 */
export interface CredentialProvider {
  /**
   * The credential of a name. It is called for each login, and at most once at a time for a session.
   *
   * @param name - a session's id, unless the hook asks for another name
   * @param signal - fires when the login has taken too long, or the session is released
   * @param tenant - the tenant of the session: the same name under another tenant is another credential
   * @returns null when the tenant has no credential of that name
   * @throws whatever the source throws; the login then fails with ONEJAR_REAUTH_FAILED
   */
  get(name: string, signal?: AbortSignal, tenant?: string): Promise<Credential | null>
  /**
   * Called when a login with what `get` gave did not help. A provider that keeps credentials in memory asks its source again
   * at the next `get`. A provider without `refused` is assumed to ask its source each time.
   */
  refused?(name: string, credential: Credential, tenant?: string): void
}

export const DEFAULT_TENANT = 'default'

/** A user name or a password. */
export const credentialText = z.string().min(1).max(4_096)

export function credentialOf({
  username,
  password,
}: {
  readonly username: string
  readonly password: string
}): Credential {
  return { username: new Secret(username), password: new Secret(password) }
}

/** Whether both log in with the same texts. */
export function sameCredential(one: Credential | null, other: Credential | null): boolean {
  if (one === null || other === null) return one === other
  return (
    one.username.reveal() === other.username.reveal() && one.password.reveal() === other.password.reveal()
  )
}

/** Which fields of a stored secret are the user name and the password. */
export const credentialFieldsSchema = z.strictObject({
  username: z.string().min(1).max(256).default('username'),
  password: z.string().min(1).max(256).default('password'),
})

/**
 * The credential in a stored secret.
 *
 * @param where - what the secret is called in a message: it must not hold a name
 * @throws OnejarError ONEJAR_CREDENTIALS_UNUSABLE
 */
export function credentialIn(
  secret: Readonly<Record<string, Secret>>,
  fields: z.output<typeof credentialFieldsSchema>,
  where: string,
): Credential {
  const take = (field: string): Secret => {
    const value = Object.hasOwn(secret, field) ? secret[field] : undefined
    if (value !== undefined && credentialText.safeParse(value.reveal()).success) return value
    throw new OnejarError(
      'ONEJAR_CREDENTIALS_UNUSABLE',
      `${where} cannot be used: it has no text of 1 to 4,096 characters in its field ${field}`,
    )
  }
  return { username: take(fields.username), password: take(fields.password) }
}

/** The fields of a JSON object, each as a secret: texts as they are, anything else as JSON; null when it is no object. */
export function secretFields(value: unknown): Readonly<Record<string, Secret>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.fromEntries(
    Object.entries(value).map(([field, one]) => [
      field,
      new Secret(typeof one === 'string' ? one : JSON.stringify(one)),
    ]),
  )
}
