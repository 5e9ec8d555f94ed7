import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { OnejarError } from '../core/index.ts'

const LEAST_TOKEN_CHARS = 16

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (isIP(bare) === 4) return bare.startsWith('127.')
  return bare === '::1' || bare === 'localhost' || bare.endsWith('.localhost')
}

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
export function holdsToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

/**
 * Whether a request may have been made by a web page: one that reached the loopback through a name of its own (DNS
 * rebinding), or one that a page of another origin sent. Without a token only this keeps a page's script out.
 */
export function comesFromPage(headers: {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
}): boolean {
  const host = headers.host?.replace(/:\d+$/, '') ?? ''
  return !isLoopback(host) || headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
