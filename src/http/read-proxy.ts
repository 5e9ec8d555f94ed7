import { OnejarError } from '../core/index.ts'
import type { ProxyOptions } from './http-options.ts'

/**
 * A proxy as a URL, its credentials in it.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function readProxy(proxy: string | ProxyOptions): URL {
  const { server, username, password } = typeof proxy === 'string' ? { server: proxy } : proxy
  let url: URL
  try {
    url = new URL(server)
  } catch {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', 'proxy: the server is not a URL')
  }
  if (!/^(https?|socks5?):$/.test(url.protocol)) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `proxy: the scheme ${url.protocol} is not supported`)
  }
  const own = proxyCredentials(url)
  url.username = encodeURIComponent(username ?? own.username)
  url.password = encodeURIComponent(password ?? own.password)
  return url
}

/**
 * A proxy with its credentials apart, however it was given.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function splitProxy(proxy: string | ProxyOptions): ProxyOptions {
  const url = readProxy(proxy)
  const { username, password } = proxyCredentials(url)
  return {
    server: `${url.protocol}//${url.host}`,
    ...(username === '' && password === '' ? {} : { username, password }),
  }
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
