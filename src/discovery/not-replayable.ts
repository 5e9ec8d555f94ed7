import { isTellingName, looksRandom } from '../credentials/index.ts'
import type { RecordedExchange } from './recorded-exchange.ts'
import { nameOf, partsOfRequest, type RequestPart } from './request-parts.ts'

const SIGNATURE =
  /^(?:x-amz-(?:signature|credential|security-token)|sig|sign|signature|_signature|hmac|hash|x-goog-signature|skoid|x-bogus|a_bogus|mstoken|h5st)$/i
const NONCE = /nonce|one[-_]?time|otp|challenge|captcha|proof|csrf|xsrf/i
/** What many clients add so that no cache answers; servers do not look at it. */
const CACHE_BUSTER = /^(?:_|_t|t|ts|cb|cache|nocache|rand|random|timestamp|v)$/i

/** Whether a value that changes with each request can stay as it was. */
export function isCacheBuster({ place, value }: RequestPart): boolean {
  const [where, name] = place
  if (where !== 'query' || typeof name !== 'string' || !CACHE_BUSTER.test(name)) return false
  return /^\d{9,14}$/.test(String(value)) || /^0?\.\d{6,}$/.test(String(value))
}

/**
 * Why HTTP cannot ask for this again, as far as one look shows: a socket, a signed or one-time parameter, a body that the page
 * encrypts. Undefined where nothing speaks against it.
 */
export function whyNotReplayable(exchange: RecordedExchange): string | undefined {
  const { kind, url, requestBody, body } = exchange
  if (kind === 'socket') return 'a socket: its messages come without being asked for'
  if (kind === 'events') return 'a stream of events: its messages come without being asked for'
  for (const { place, value } of partsOfRequest({ url, body: requestBody })) {
    const name = nameOf({ place })
    if (SIGNATURE.test(name) && String(value).length >= 6)
      return `the parameter ${name} is a signature that the page makes`
    if (NONCE.test(name) && looksRandom(String(value))) return `the parameter ${name} can be used once`
  }
  if (requestBody !== null && isOpaque(requestBody)) return 'the page encrypts what it sends'
  if (body !== null && isOpaque(body)) return 'the page decrypts what it gets'
  return undefined
}

/** Of a name and a value: whether it is a secret that nothing shown or kept may have in it. The hash of a persisted query is none. */
export function isSecretPart(name: string, value: string): boolean {
  if (/hash$/i.test(name)) return false
  const inner = /^[[{]/.test(value) ? partsOfRequest({ url: 'http://none/', body: value }) : []
  const members = inner.filter(({ place }) => place[0] === 'body')
  if (members.length > 0) return members.some((one) => isSecretPart(nameOf(one), String(one.value)))
  return isTellingName(name) ? value.length >= 8 : looksRandom(value) && value.length >= 24
}

/** What stands beside an encrypted text. */
const BESIDE = /^(?:iv|tag|v|ver|version|alg|enc|kid|nonce|salt|mac|key|hmac|ts|timestamp)$/i

/** One text of base64 or hex and nothing else, or in some JSON with only what decrypts it beside it: there are no words in it. */
export function isOpaque(text: string): boolean {
  let inner = text.trim()
  try {
    const json: unknown = JSON.parse(inner)
    const members = typeof json === 'object' && json !== null ? Object.entries(json) : [['', json] as const]
    const [sealed, ...more] = members.filter(([name]) => !BESIDE.test(name))
    if (more.length > 0 || typeof sealed?.[1] !== 'string') return false
    inner = sealed[1]
  } catch {
    // No JSON: the text itself is looked at.
  }
  return inner.length >= 64 && /^[A-Za-z\d+/_-]+={0,2}$/.test(inner) && looksRandom(inner)
}
