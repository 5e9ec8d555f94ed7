import { OnejarError } from './errors.ts'

/**
 * Parses an absolute http(s) URL, in Chromium's spelling. A URL object in that spelling is returned as it is.
 *
 * @throws OnejarError ONEJAR_BAD_URL; the message names no query and no credentials
 */
export function parseHttpUrl(input: string | URL): URL {
  let url: URL
  try {
    url = input instanceof URL ? input : new URL(textOf(input))
  } catch {
    throw new OnejarError('ONEJAR_BAD_URL', whyNotParsed(input))
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OnejarError('ONEJAR_BAD_URL', whyNotHttp(url, input))
  }
  if (url.username !== '' || url.password !== '') {
    throw new OnejarError(
      'ONEJAR_BAD_URL',
      `The URL for ${url.host} has credentials in it; use an Authorization header`,
    )
  }
  return chromiumUrl(url)
}

/** The same, always as a copy: a caller may change its URL object afterwards. @throws OnejarError ONEJAR_BAD_URL */
export function copyHttpUrl(input: string | URL): URL {
  const url = parseHttpUrl(input)
  return url === input ? new URL(url) : url
}

/** The URL in Chromium's spelling: it encodes a bar in a path, as the URL standard does not. The same object when it has no bar. */
export function chromiumUrl(url: URL): URL {
  if (!url.pathname.includes('|')) return url
  const { href, pathname } = url
  const at = href.indexOf(pathname, url.protocol.length + 2)
  return new URL(href.slice(0, at) + pathname.replaceAll('|', '%7C') + href.slice(at + pathname.length))
}

/** The request target of a URL: path and query. The question mark of an empty query stays, as in browsers. */
export function requestTarget(url: URL): string {
  const { href, pathname } = url
  if (url.search !== '') return pathname + url.search
  const end = href.indexOf('#')
  return href.endsWith('?') || (end !== -1 && href[end - 1] === '?') ? `${pathname}?` : pathname
}

/** A host, with or without a port and what follows: what people type into an address bar. */
const BARE_HOST = /^(?:localhost|[\w-]+(?:\.[\w-]+)+|\[[\da-f:.]+\])(?::\d+)?(?:[/?#]|$)/i

function whyNotParsed(input: unknown): string {
  if (input === undefined) return 'The URL is missing'
  const text = typeof input === 'string' ? input.trim() : null
  if (text === null) return `The URL is no text and no URL object, but ${kindOf(input)}`
  if (text === '') return 'The URL is an empty text'
  const shown = shownText(text)
  if (text.startsWith('//')) return `The URL ${shown} has no scheme: put https: before it`
  if (/^[/?#.]/.test(text))
    return `The URL ${shown} is relative: make it absolute, as new URL(path, base) does`
  if (BARE_HOST.test(text)) return `The URL ${shown} has no scheme: put https:// before it`
  // What does not look like an address at all may be a token in the wrong place.
  return `The URL ${/^https?(?::|\/)\S*$/i.test(text) ? shown : `of ${text.length} characters`} cannot be parsed`
}

function whyNotHttp(url: URL, input: string | URL): string {
  const text = typeof input === 'string' ? input.trim() : ''
  // `localhost:3000` is parsed as a URL of the scheme localhost.
  if (BARE_HOST.test(text))
    return `The URL ${shownText(text)} has no scheme: put http:// or https:// before it`
  // Whatever stands before a colon is a scheme: `name:password` has one too.
  const scheme = /^[a-z]{2,10}:$/.test(url.protocol) ? `The scheme ${url.protocol}` : 'The scheme of the URL'
  return `${scheme} is not supported, only http: and https: are`
}

/** Enough of the text to recognise it, without a query, a fragment or credentials. */
function shownText(text: string): string {
  const [path = ''] = text.split(/[?#]/, 1)
  // A JWT has dots as a host has; hosts are written in lower case.
  if (/^[\w-]*[A-Z][\w-]*\./.test(path)) return `of ${text.length} characters`
  // A password may have a question mark in it: then nobody can say where the query begins.
  if (text.indexOf('@', path.length) !== -1) return 'that was given'
  const bare = path.slice(path.lastIndexOf('@') + 1)
  const shown = bare.replace(/[^\x20-\x7e]/g, '?').slice(0, 80)
  return `“${shown === path ? shown : `…${shown}`}”`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Recognises URL objects of other realms and libraries by their members. */
function textOf(input: unknown): string {
  if (typeof input === 'string') return input
  const href = (input as Partial<URL> | null)?.href
  if (typeof href !== 'string') throw new TypeError('no URL')
  return href
}

/** A URL for people: origin and path, nothing that could be a secret. */
export function safeUrl(input: string | URL): string {
  try {
    const url = new URL(input)
    return `${url.origin}${url.pathname}`
  } catch {
    return '(not a URL)'
  }
}
