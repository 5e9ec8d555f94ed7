/** What stands for a value that is not shown. */
export const MASK = '…'

const SECRET_HEADER = /auth|cookie|token|secret|csrf|xsrf|session|api-?key|signature|password/i
const URL_HEADER = /^(location|content-location|referer|refresh|link|sec-websocket-location)$/i

/** A header's value as it may be shown: what authenticates is masked, and so are the values in a URL's query. */
export function maskHeader(name: string, value: string): string {
  const lower = name.toLowerCase()
  if (lower === 'cookie') return value.split('; ').map(maskPair).join('; ')
  if (lower === 'set-cookie') {
    const [pair = '', ...attributes] = value.split(';')
    return [maskPair(pair), ...attributes].join(';')
  }
  if (/authorization$/.test(lower)) return /^[\w-]+ /.test(value) ? value.replace(/ .*/s, ` ${MASK}`) : MASK
  if (URL_HEADER.test(lower)) return maskQuery(value)
  return SECRET_HEADER.test(lower) ? MASK : value
}

/** A URL or a path without the values of its query, and without its fragment's contents. */
export function maskQuery(text: string): string {
  const at = text.search(/[?#]/)
  if (at === -1) return text
  return text.slice(0, at) + text.slice(at).replace(/=[^&#;"'>\s]*|#[^=&"'>\s]+$/g, (part) => part[0] + MASK)
}

/** A text in which the queries of all URLs are masked. */
export function maskUrls(text: string): string {
  return text.replace(/https?:\/\/[^\s"'<>)]+/g, (url) => url.replace(/[?#].*$/, `?${MASK}`))
}

/** `name=…` for `name=value`; a pair without a name is a value. */
function maskPair(pair: string): string {
  const at = pair.indexOf('=')
  return at === -1 ? MASK : `${pair.slice(0, at)}=${MASK}`
}
