import type { Credential } from '../../credentials/index.ts'
import type { Send } from '../../routing/index.ts'

/** Why a session is logged in. */
export type ReauthenticationReason = 'unauthorised' | 'forbidden' | 'login wall' | 'expiring'

/** What is needed to log a session in. */
export interface LoginAttempt {
  /** The URL of the request that was refused, or that found that the login ends soon. */
  readonly url: URL
  /** What the site answered: 401, 403, or a login page in place of the page. `expiring`: nothing yet, but the last login ends soon. */
  readonly reason: ReauthenticationReason
  /**
   * The credential of this name, from the provider of the broker or session. A provider that keeps credentials in memory
   * (`onejar/vault`, `onejar/aws-secrets-manager`) is notified when the login did not help.
   *
   * @param name - default: the session's id
   * @returns null when there is none
   * @throws OnejarError ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE, and whatever a provider of your own
   * throws
   */
  credentials(name?: string): Promise<Credential | null>
  /** Fires when the time is over, or the session is released. */
  readonly signal: AbortSignal
}

/** Logs a session in. What it asks for goes through `send`, which does not log in. */
export type LogIn = (attempt: LoginAttempt, send: Send) => Promise<void>
