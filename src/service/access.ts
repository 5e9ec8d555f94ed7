import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
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
  return timingSafeEqual(digest(given(header)), digest(token))
}

function given(header: string | undefined): string {
  return /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? ''
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

const UNAUTHORISED: Refusal = {
  status: 401,
  code: 'UNAUTHORISED',
  message: 'The token is missing or wrong: Authorization: Bearer TOKEN',
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
  return holdsToken(headers.authorization, token) ? null : UNAUTHORISED
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Who asks. */
export interface Caller {
  /** The only tenant that is shown; null for all. */
  readonly tenant: string | null
  /** Whether counts over all tenants are shown. */
  readonly counts: boolean
}

/** A token that shows one tenant and nothing else. */
export interface TenantToken {
  readonly tenant: string
  readonly token: string
}

const ALL: Caller = { tenant: null, counts: true }

/** The tokens of a service: which callers they let in, and what each of them sees. */
export class Access {
  /** Tokens are looked up by a keyed hash, so that how long it takes says nothing of them. */
  readonly #key = randomBytes(32)
  readonly #callers = new Map<string, Caller>()
  readonly #hasTenants: boolean

  /**
   * @param token - sees all tenants; undefined for none
   * @throws OnejarError ONEJAR_BAD_OPTIONS
   */
  constructor(host: string, token: string | undefined, tenants: readonly TenantToken[] = []) {
    const tokens = [...(token === undefined ? [] : [token]), ...tenants.map((each) => each.token)]
    for (const each of tokens.length === 0 ? [undefined] : tokens) checkAccess(host, each)
    if (token !== undefined) this.#add(token, ALL)
    const strange = tenants.some(
      ({ tenant }) => tenant === '' || tenant.length > 256 || !tenant.isWellFormed(),
    )
    if (strange)
      throw new OnejarError('ONEJAR_BAD_OPTIONS', 'A tenant has a name of 1 to 256 characters of Unicode')
    for (const { tenant, token } of tenants) this.#add(token, { tenant, counts: false })
    this.#hasTenants = tenants.length > 0
  }

  /** Who a request is by; without a token of any kind, whoever no web page sent. */
  callerOf(headers: Parameters<typeof refusalOf>[0]): Caller | Refusal {
    if (this.#callers.size === 0) return refusalOf(headers, null) ?? ALL
    return this.#callers.get(this.#name(given(headers.authorization))) ?? UNAUTHORISED
  }

  /** Who asks for what anybody may ask. Where there is no token, web pages are refused there as well. */
  strangerOf(headers: Parameters<typeof refusalOf>[0]): Caller | Refusal {
    const caller = this.callerOf(headers)
    if (!('status' in caller) || this.#callers.size === 0) return caller
    return { tenant: null, counts: !this.#hasTenants }
  }

  #add(token: string, caller: Caller): void {
    const name = this.#name(token)
    if (this.#callers.has(name)) {
      throw new OnejarError(
        'ONEJAR_BAD_OPTIONS',
        'Two of the tokens are the same: each is for one tenant, or for all',
      )
    }
    this.#callers.set(name, caller)
  }

  #name(token: string): string {
    return createHmac('sha256', this.#key).update(token).digest('base64')
  }
}
