import { randomUUID } from 'node:crypto'
import type { BotAuth, HeaderList, SessionHeadersAt } from '../../http/index.ts'
import type { RequestIdHeader } from '../options/request-id-header.ts'

/**
 * What a session adds to its requests by itself: its id, and the signature of whoever runs it. Undefined where it adds nothing.
 *
 * The id is random and of this object's life: it says that requests belong together, and nothing of the session's name.
 */
export function sessionHeaders(
  botAuth: BotAuth | null,
  requestId: RequestIdHeader | undefined,
): SessionHeadersAt | undefined {
  const signed: SessionHeadersAt | undefined =
    botAuth === null ? undefined : (url, origin) => botAuth.headersFor(url, origin)
  if (requestId === undefined) return signed
  const id: HeaderList = [requestId.name, randomUUID()]
  const origins = requestId.origins && new Set(requestId.origins)
  return (url, origin) => {
    const signature = signed?.(url, origin)
    if (origins !== undefined && !origins.has(origin ?? url.origin)) return signature
    return signature === undefined ? id : [...id, ...signature]
  }
}
