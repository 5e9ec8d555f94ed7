import type { Page } from 'playwright'
import { z } from 'zod'
import type { Credential, CredentialProvider } from '../../credentials/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import type { FetchOptions, RequestOptions } from './fetch-options.ts'
import type { SessionCookies } from '../session/session-cookies.ts'
import type { SessionResponse } from '../session/session-response.ts'
import type { SessionStorage } from '../session/local-storage.ts'
import { environmentCredentials, fileCredentials } from '../../services/credential-sources.ts'

/** Why a site did not let a request in. */
export type ReauthenticationReason = 'unauthorised' | 'forbidden' | 'login wall'

/** The session, as a hook uses it to log in: its requests there are let through as they are. */
export interface LoginSession {
  readonly id: string
  readonly tenant: string
  readonly cookies: SessionCookies
  fetch(input: string | URL | Request, options?: FetchOptions): Promise<OnejarResponse>
  request(url: string | URL, options?: RequestOptions): Promise<SessionResponse>
  page(): Promise<Page>
  localStorage(origin: string | URL): SessionStorage
}

/** What a hook gets to log a session in. */
export interface Reauthentication {
  readonly session: LoginSession
  /** What was refused. */
  readonly url: URL
  readonly reason: ReauthenticationReason
  /**
   * The credentials of this name, from the provider of the broker or session.
   *
   * A provider that keeps them in memory (`onejar/vault`, `onejar/aws-secrets-manager`) is told when the login did not help.
   *
   * @param name - default: the session's id
   * @returns null when there are none
   */
  credentials(name?: string): Promise<Credential | null>
  /** Fires when the time is over, or the session is released. */
  readonly signal: AbortSignal
}

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
