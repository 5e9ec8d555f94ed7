import { isOnejarError, type OnejarError } from '../../../src/core/index.ts'
import type { CookieSource, HttpRequest, HttpResponse } from '../../../src/http/index.ts'
import { HttpTransport, type HttpTransportOptions } from '../../../src/http/index.ts'
import type { RequestContext } from '../../../src/record/index.ts'

/** A cookie source that keeps name=value per host and notes each call: enough to see what the transport does. */
export class NotingCookies implements CookieSource {
  readonly received: { lines: readonly string[]; url: string; date: string | undefined }[] = []
  readonly asked: { url: string; context: RequestContext | undefined }[] = []
  readonly #jar = new Map<string, Map<string, string>>()

  set(host: string, name: string, value: string): this {
    const cookies = this.#jar.get(host) ?? new Map<string, string>()
    this.#jar.set(host, cookies.set(name, value))
    return this
  }

  header(url: URL, context: RequestContext | undefined): string {
    this.asked.push({ url: url.href, context })
    return [...(this.#jar.get(url.hostname) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  receive(
    lines: readonly string[],
    url: URL,
    _context: RequestContext | undefined,
    date: string | undefined,
  ): void {
    this.received.push({ lines: [...lines], url: url.href, date })
    for (const line of lines) {
      const pair = line.split(';')[0]!
      this.set(url.hostname, pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
  }
}

/** A transport for one test, closed at its end: `await using http = openHttp()`. */
export function openHttp(options: HttpTransportOptions = {}) {
  const transport = new HttpTransport({ ignoreHTTPSErrors: true, ...options })
  const cookies = new NotingCookies()
  return {
    transport,
    cookies,
    send<V = undefined>(url: string, request: Partial<HttpRequest<V>> = {}): Promise<HttpResponse<V>> {
      return transport.send<V>({ cookies, ...request, url: new URL(url) })
    },
    [Symbol.asyncDispose]: () => transport.close(0),
  }
}

/** The OnejarError that a promise rejects with; fails when it resolves or rejects with something else. */
export async function errorOf(promise: Promise<unknown>): Promise<OnejarError> {
  try {
    await promise
  } catch (error) {
    if (isOnejarError(error)) return error
    throw new Error('rejected with something that is no OnejarError', { cause: error })
  }
  throw new Error('did not reject')
}

/** The headers of a request as a server saw them: pairs in order, names in lower case. */
export function headerNames(raw: readonly string[]): string[] {
  return raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
}
