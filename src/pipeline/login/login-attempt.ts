import type { Credential } from '../../credentials/index.ts'
import type { Send } from '../../routing/index.ts'

/** Why a site did not let a request in. */
export type ReauthenticationReason = 'unauthorised' | 'forbidden' | 'login wall'

/** What is needed to log a session in. */
export interface LoginAttempt {
  /** What was refused. */
  readonly url: URL
  readonly reason: ReauthenticationReason
  /**
   * The credentials of this name, from the provider of the broker or session.
   *
   * A provider that keeps them in memory (`onejar/vault`, `onejar/aws-secrets-manager`) is notified when the login did not help.
   *
   * @param name - default: the session's id
   * @returns null when there are none
   */
  credentials(name?: string): Promise<Credential | null>
  /** Fires when the time is over, or the session is released. */
  readonly signal: AbortSignal
}

/** Logs a session in. What it asks for goes through `send`, which does not log in. */
export type LogIn = (attempt: LoginAttempt, send: Send) => Promise<void>
