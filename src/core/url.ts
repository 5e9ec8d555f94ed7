import { OnejarError } from './errors.ts'

/**
 * An absolute http(s) URL, parsed.
 *
 * @throws OnejarError ONEJAR_BAD_URL; the message names no query and no credentials
 */
export function parseHttpUrl(input: string | URL): URL {
  let url: URL
  try {
    url = typeof input === 'string' ? new URL(input) : input
  } catch {
    throw new OnejarError('ONEJAR_BAD_URL', 'The URL cannot be parsed')
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
  return url
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
