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
    throw new OnejarError(
      'ONEJAR_BAD_URL',
      input === undefined ? 'The URL is missing' : 'The URL cannot be parsed',
    )
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OnejarError('ONEJAR_BAD_URL', `The scheme ${url.protocol} is not supported`)
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
