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
  readonly id: string
  readonly tenant: string
  readonly cookies: SessionCookies
  fetch(input: string | URL | Request, options?: FetchOptions): Promise<OnejarResponse>
  request(url: string | URL, options?: RequestOptions): Promise<SessionResponse>
  page(): Promise<Page>
  localStorage(origin: string | URL): SessionStorage
}

/** What a hook gets to log a session in. */
export interface Reauthentication extends LoginAttempt {
  readonly session: LoginSession
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
