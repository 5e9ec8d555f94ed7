import { expiresAt } from '../cookies/lifetime.ts'
import { type ParseFailure, parseSetCookie } from '../cookies/parse-set-cookie.ts'
import type { CookieIntake } from './cookie-intake.ts'

const FAILURES: Readonly<Record<ParseFailure, string>> = {
  'control-character': 'it has a control character in it',
  'too-large': 'its name and value are longer than 4,096 bytes',
  empty: 'it has neither name nor value',
  'nameless-pair': 'it has no name, and its value would pass for one',
}

/** What is known of the response that a Set-Cookie line came with. */
export interface SetCookieContext {
  /** The host that sent it; null when unknown. */
  readonly site: string | null
  /** Epoch milliseconds: Max-Age counts from there. */
  readonly receivedAt: number
}

/**
 * Takes the cookie of a Set-Cookie line that a file holds. Unlike an answer it is trusted for its Domain. A line without
 * one needs the host that it came from; one without Path is for all of it, as curl has it.
 *
 * @param line - a byte string, without the header's name
 */
export function takeSetCookie(
  line: string,
  at: string,
  context: SetCookieContext,
  intake: CookieIntake,
): void {
  const parsed = parseSetCookie(line)
  if (typeof parsed === 'string') {
    intake.leave(at, FAILURES[parsed])
    return
  }
  const domain = (parsed.domain ?? '').replace(/^\./, '')
  if (domain === '' && context.site === null) {
    intake.leave(at, 'it has no Domain, and the file does not say which site it came from: give the URL')
    return
  }
  if (parsed.partitioned) {
    intake.leave(at, 'it is Partitioned, and the file does not say under which site')
    return
  }
  const place = domain === '' ? context.site! : domain
  intake.take(
    {
      name: parsed.name,
      value: parsed.value,
      domain: place,
      hostOnly: domain === '',
      path: parsed.path?.startsWith('/') ? parsed.path : '/',
      secure: parsed.secure,
      httpOnly: parsed.httpOnly,
      sameSite: parsed.sameSite,
      priority: parsed.priority,
      partitionKey: null,
      expiresAt: expiresAt(parsed, context.receivedAt),
      sourceScheme: 'unset',
      sourcePort: -1,
    },
    at,
  )
}
