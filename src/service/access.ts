import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopback, OnejarError } from '../core/index.ts'

const LEAST_TOKEN_CHARS = 16

/**
 * Checks what a service is to listen with: beyond this machine only with a token.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function checkAccess(host: string, token: string | undefined): void {
  if (token !== undefined && token.length < LEAST_TOKEN_CHARS) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `The token has fewer than ${LEAST_TOKEN_CHARS} characters`)
  }
  if (token === undefined && !isLoopback(host)) {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'Listening beyond this machine needs a token: set ONEJAR_TOKEN, or listen on 127.0.0.1',
    )
  }
}

/** Whether an `Authorization` header holds the token. Takes as long for a wrong one as for the right one. */
function holdsToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

/**
 * Whether a request may have been made by a web page: one that reached the loopback through a name of its own (DNS
 * rebinding), or one that a page of another origin sent. Without a token only this keeps a page's script out.
 */
function comesFromPage(headers: {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
}): boolean {
  const host = headers.host?.replace(/:\d+$/, '') ?? ''
  return !isLoopback(host) || headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}

/** How a caller is refused. */
export interface Refusal {
  readonly status: 401 | 403
  readonly code: 'UNAUTHORISED' | 'FORBIDDEN'
  readonly message: string
}

/**
 * Whether a request is let in: with a token by that alone, without one only where no web page can have made it. The same
 * for every port that Onejar listens on.
 *
 * @returns null for one that is let in
 */
export function refusalOf(
  headers: Parameters<typeof comesFromPage>[0] & { readonly authorization?: string | undefined },
  token: string | null,
): Refusal | null {
  if (token === null) {
    if (!comesFromPage(headers)) return null
    const message = 'Requests of web pages are refused; set a token to allow other names than localhost'
    return { status: 403, code: 'FORBIDDEN', message }
  }
  if (holdsToken(headers.authorization, token)) return null
  const message = 'The token is missing or wrong: Authorization: Bearer TOKEN'
  return { status: 401, code: 'UNAUTHORISED', message }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
