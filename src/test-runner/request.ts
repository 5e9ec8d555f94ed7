import type { APIRequestContext, APIResponse, BrowserContext } from '@playwright/test'
import { internalsOf, type Session } from '../client/index.ts'
import { quietly } from './quietly.ts'

export interface RequestParts {
  readonly context: BrowserContext
  readonly session: Session
  /** The context has what the session holds. */
  readonly push: () => Promise<void>
  /** The session has what the context was given. */
  readonly pull: () => Promise<void>
}

/** What somebody was given may be old again when it is there: that often it is tried. */
const MAX_LOGINS = 20
/** As Playwright has it. */
const DEFAULT_TIMEOUT_MS = 30_000

type Send = APIRequestContext['fetch']

/**
 * Puts `context.request` on the session: each request sends what the session holds, and the session has what came when the
 * response is there. Where the session can log in, a 401 has it do so over HTTP, once for all who are refused, and the request
 * is sent again.
 *
 * @returns gives it back as it was
 */
export function shareRequests({ context, session, push, pull }: RequestParts): () => void {
  const { request } = context
  const { fetch } = request
  const once = async (...args: Parameters<Send>): Promise<APIResponse> => {
    await quietly(context, push)
    const response = await fetch.apply(request, args)
    await quietly(context, pull)
    return response
  }
  const send = async (...args: Parameters<Send>): Promise<APIResponse> => {
    // Zero stands for no limit.
    const until = performance.now() + (args[1]?.timeout || DEFAULT_TIMEOUT_MS)
    for (let logins = 0, fruitless = 0; ; logins++) {
      const response = await once(...args)
      if (response.status() !== 401 || logins === MAX_LOGINS || !canLogIn(session)) return response
      const cookies = () => internalsOf(session).record.cookieHeader(new URL(response.url()))
      const before = cookies()
      const tried = await session.fetch(response.url(), { escalate: false })
      await tried.body?.cancel()
      // Over HTTP it is not let in either, or what let it in there does not help here.
      if (tried.status === 401 || performance.now() > until) return response
      if (cookies() === before && ++fruitless > 1) return response
    }
  }
  request.fetch = send as Send
  return () => {
    request.fetch = fetch
  }
}

function canLogIn(session: Session): boolean {
  return internalsOf(session).config.resilience.reauthentication !== undefined
}
