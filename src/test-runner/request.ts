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

/** What somebody else was given may be old again when it is there. */
const MAX_LOGINS = 2

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
    for (let logins = 0; ; logins++) {
      const response = await once(...args)
      if (response.status() !== 401 || logins === MAX_LOGINS || !canLogIn(session)) return response
      const refused = await session.fetch(response.url(), { escalate: false })
      await refused.body?.cancel()
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
