import { OnejarError } from '../core/index.ts'
import type { ProxyOptions } from './http-options.ts'

/** RFC 1929, section 2. */
const MAX_SOCKS_BYTES = 255

/**
 * A proxy as a URL, its credentials in it.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function readProxy(proxy: string | ProxyOptions): URL {
  const { url, username, password } = partsOf(proxy)
  const [name, word] = [encodeURIComponent(username), encodeURIComponent(password)]
  // Each assignment costs as much as reading the URL.
  if (url.username !== name) url.username = name
  if (url.password !== word) url.password = word
  return url
}

/**
 * A proxy with its credentials apart, however it was given.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function splitProxy(proxy: string | ProxyOptions): ProxyOptions {
  const { url, username, password } = partsOf(proxy)
  return {
    server: `${url.protocol}//${url.host}`,
    ...(username === '' && password === '' ? {} : { username, password }),
  }
}

function partsOf(proxy: string | ProxyOptions) {
  const given = typeof proxy === 'string' ? { server: proxy } : proxy
  const url = URL.parse(given.server)
  if (url === null) throw new OnejarError('ONEJAR_BAD_OPTIONS', 'proxy: the server is not a URL')
  if (!/^(https?|socks5?):$/.test(url.protocol)) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `proxy: the scheme ${url.protocol} is not supported`)
  }
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'proxy: expected a scheme, a host and a port, and nothing after them',
    )
  }
  const own = proxyCredentials(url)
  const { username = own.username, password = own.password } = given
  if (
    url.protocol.startsWith('socks') &&
    [username, password].some((text) => Buffer.byteLength(text) > MAX_SOCKS_BYTES)
  ) {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      `proxy: SOCKS5 has room for ${MAX_SOCKS_BYTES} bytes of user name and as many of password`,
    )
  }
  return { url, username, password }
}

/** The credentials in a proxy's URL, as they are sent. */
export function proxyCredentials({ username, password }: URL): { username: string; password: string } {
  return { username: decoded(username), password: decoded(password) }
}

/** `Proxy-Authorization` for a proxy; null where it has no credentials. */
export function proxyAuthorization(proxy: URL): string | null {
  const { username, password } = proxyCredentials(proxy)
  if (username === '' && password === '') return null
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}
