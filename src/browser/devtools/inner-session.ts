import type { CDPSession } from 'playwright'

/** What Playwright's session is made on: commands, replies and events as they come from the browser. */
export interface InnerSession {
  send(method: string, params: object): Promise<unknown>
  on(event: string, handler: (params: never) => void): unknown
  off(event: string, handler: (params: never) => void): unknown
}

/**
 * The DevTools session below Playwright's public one, where Playwright drives the browser from this process: the public one
 * checks and copies each message twice, notes the caller's stack, and passes it through two turns of the event loop, which is
 * half of what a command costs (docs/decisions/inner-session.md).
 *
 * @returns null where this Playwright is built otherwise, or where the browser is driven by another process (`connect()`)
 */
export function innerSession(session: CDPSession): InnerSession | null {
  try {
    const { _connection } = session as unknown as { _connection?: { toImpl?: (outer: unknown) => unknown } }
    const { _session: inner } = (_connection?.toImpl?.(session) ?? {}) as { _session?: Partial<InnerSession> }
    const isWhole = [inner?.send, inner?.on, inner?.off].every((method) => typeof method === 'function')
    return isWhole ? (inner as InnerSession) : null
  } catch {
    return null
  }
}
