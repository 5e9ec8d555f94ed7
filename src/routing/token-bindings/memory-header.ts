import { fitsInHeader, isTellingName, looksRandom } from '../../credentials/index.ts'
import { isUsualHeader, speaksOfForgery } from './header-table.ts'

/** How a header is made of a token that only the page's memory has, and the token. */
export interface MemoryHeader {
  readonly template: string
  readonly token: string
  /** In how many requests the page has to send the same before it is believed. */
  readonly sights: 1 | 2
}

const SCHEMED = /^([A-Za-z][A-Za-z-]{0,19}) ([\x21-\x7e]+)$/
/** Schemes of RFC 9110 and others whose value is made for each request, or is of use to one connection or key only. */
const PER_REQUEST =
  /^(?:apiauth|aws4-|digest|dpop|edgegrid|gnap|hawk|hmac|hoba|mac|mutual|negotiate|ntlm|oauth|pop|scram|sharedkey|signature|vapid)/i

/**
 * What of a header that no storage holds can be sent again; null where it is none that credentials travel in, or is made anew for
 * each request by its scheme.
 */
export function memoryHeader(name: string, value: string): MemoryHeader | null {
  const usual = isUsualHeader(name)
  if ((!usual && !isTellingName(name)) || !fitsInHeader(value) || PER_REQUEST.test(value)) return null
  const [, scheme, rest] = SCHEMED.exec(value) ?? []
  const token = rest ?? value
  const basic = scheme?.toLowerCase() === 'basic'
  // `Bearer undefined` is what applications send that have none.
  const looksMade = looksRandom(token) || (token.length >= 16 && /\d/.test(token)) || token.length >= 32
  if (!basic && !looksMade) return null
  const sure = usual && !speaksOfForgery(name) && !/[\s,]/.test(token)
  return { template: scheme === undefined ? '{}' : `${scheme} {}`, token, sights: sure ? 1 : 2 }
}
