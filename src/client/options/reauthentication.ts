import type { Page } from 'playwright'
import { z } from 'zod'
import type { CredentialProvider } from '../../credentials/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import type { LoginAttempt } from '../../pipeline/index.ts'
import { environmentCredentials, fileCredentials } from '../../services/index.ts'
import type { SessionStorage } from '../session/local-storage.ts'
import type { SessionCookies } from '../session/session-cookies.ts'
import type { SessionResponse } from '../session/session-response.ts'
import type { FetchOptions, RequestOptions } from './fetch-options.ts'

/** The session, as a hook uses it to log in: its requests there are let through as they are. */
export interface LoginSession {
  /** The session's id. */
  readonly id: string
  /** The session's tenant. */
  readonly tenant: string
  /** The session's cookies. */
  readonly cookies: SessionCookies
  /** As `session.fetch()`, without another login. @throws what `session.fetch()` throws */
  fetch(input: string | URL | Request, options?: FetchOptions): Promise<OnejarResponse>
  /** As `session.request()`, without another login. @throws what `session.fetch()` throws */
  request(url: string | URL, options?: RequestOptions): Promise<SessionResponse>
  /** As `session.page()`: close it when the login is done. @throws what `session.page()` throws */
  page(): Promise<Page>
  /** As `session.localStorage()`. @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED */
  localStorage(origin: string | URL): SessionStorage
}

/**
 * What the hook `reauthenticate` gets: the session to log in, why, and the credentials.
 *
 * @example
 * ```ts
 * import { openBroker, type Reauthentication } from 'onejar'
 *
 * async function logIn({ session, url, credentials, signal }: Reauthentication): Promise<void> {
 *   const login = await credentials()
 *   if (login === null) throw new Error('nobody to log in as')
 *   const body = new URLSearchParams({ user: login.username.reveal(), password: login.password.reveal() })
 *   await session.fetch(new URL('/login', url), { method: 'POST', body, signal })
 * }
 * await using broker = await openBroker({ store: 'memory', reauthenticate: logIn })
 * ```
 */
export interface Reauthentication extends LoginAttempt {
  /** The session, as far as a login needs it. Its requests are let through while others wait. */
  readonly session: LoginSession
}

/** Logs a session in. A hook that throws fails the requests that wait with ONEJAR_REAUTH_FAILED. */
export type ReauthenticateHook = (what: Reauthentication) => Promise<void>

const isFunction = (value: unknown) => typeof value === 'function'

export const credentialsSchema = z.union([
  z.literal('environment'),
  z.strictObject({ file: z.string().min(1) }),
  z.custom<CredentialProvider>(
    (value) => typeof value === 'object' && value !== null && isFunction((value as CredentialProvider).get),
    'expected environment, { file } or a provider with get()',
  ),
])

export const reauthenticateSchema = z.custom<ReauthenticateHook>(isFunction, 'expected a function')

/** The provider that an option means. Default: the environment. */
export function credentialProvider(
  option: z.output<typeof credentialsSchema> | undefined,
): CredentialProvider {
  if (option === undefined || option === 'environment') return environmentCredentials()
  return 'file' in option ? fileCredentials(option.file) : option
}
