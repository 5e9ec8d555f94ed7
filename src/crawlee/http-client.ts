import { PassThrough, pipeline } from 'node:stream'
import type {
  BaseHttpClient,
  Session as CrawleeSession,
  HttpRequest,
  HttpResponse,
  ResponseTypes,
  StreamingHttpResponse,
} from '@crawlee/core'
import type { RequestOptions, Session, SessionResponse } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import { toCrawleeError } from './crawlee-errors.ts'
import { SharedSession } from './shared-session.ts'
import { userCookies } from './user-cookies.ts'

/** So much of a body is taken before the crawler reads it. */
const AHEAD_BYTES = 4 * 1024 * 1024

/** What the client sends requests with. */
export interface CrawlTarget {
  sessionOf(crawlee: CrawleeSession | undefined): Promise<Session>
  /** Whether another session may be used at the URL's origin. */
  anotherIsFree(session: Session, url: URL): boolean
  /** For each request that says nothing else. */
  readonly requestOptions: RequestOptions
}

/**
 * Crawlee's HTTP client on sessions of Onejar. The identity, TLS and redirects are the session's: Crawlee's options for these are
 * not used. `onejar` in a request (in `gotOptions` of a hook, or in `sendRequest()`) has options of `session.request()`.
 */
export class OnejarHttpClient implements BaseHttpClient {
  readonly #target: CrawlTarget

  constructor(target: CrawlTarget) {
    this.#target = target
  }

  async sendRequest<Type extends keyof ResponseTypes = 'text'>(
    request: HttpRequest<Type>,
  ): Promise<HttpResponse<Type>> {
    const response = await this.#send(request as HttpRequest)
    const bytes = Buffer.from(await response.body.bytes())
    const { responseType = 'text', encoding = 'utf8' } = request
    let body: unknown = bytes
    if (responseType !== 'buffer') body = bytes.toString(encoding)
    if (responseType === 'json') body = bytes.length === 0 ? '' : JSON.parse(body as string)
    return {
      ...headOf(response),
      trailers: response.trailers,
      complete: true,
      request,
      body: body as ResponseTypes[Type],
    }
  }

  async stream(request: HttpRequest): Promise<StreamingHttpResponse> {
    const response = await this.#send(request)
    // Crawlee leaves a body unread whose type it does not want. Its connection would wait with it, and others for that.
    const stream = new PassThrough({ highWaterMark: AHEAD_BYTES })
    pipeline(response.body, stream, () => {})
    return {
      ...headOf(response),
      trailers: response.trailers,
      get complete() {
        return response.body.readableEnded
      },
      request,
      stream,
      // To count bytes would set the stream going, before the crawler is ready for them.
      get downloadProgress() {
        return { percent: response.body.readableEnded ? 1 : 0, transferred: 0 }
      },
      get uploadProgress() {
        return { percent: 1, transferred: 0 }
      },
    }
  }

  async #send(request: HttpRequest): Promise<SessionResponse> {
    const crawlee = request.sessionToken as CrawleeSession | undefined
    const url = new URL(request.url)
    const session = await this.#target.sessionOf(crawlee)
    try {
      if (request.proxyUrl !== undefined) throw ownProxies()
      return await session.request(url, this.#optionsOf(request))
    } catch (error) {
      throw toCrawleeError(error, () => this.#target.anotherIsFree(session, url))
    }
  }

  #optionsOf(request: HttpRequest): RequestOptions {
    const { method = 'GET', body, signal, followRedirect, maxRedirects, timeout, sessionToken } = request
    const given = new Map<string, string | string[]>()
    for (const [name, value] of Object.entries(request.headers ?? {}))
      if (value !== undefined) given.set(name.toLowerCase(), value)
    const cookies = [given.get('cookie') ?? []].flat().join('; ')
    given.delete('cookie')
    const shown = sessionToken instanceof SharedSession ? sessionToken.cookiesShown(String(request.url)) : ''
    const added = userCookies(cookies, shown)
    if (added !== undefined) given.set('cookie', added)
    const timeoutMs = timeout !== undefined && 'request' in timeout ? timeout.request : undefined
    const isBodiless = /^(?:get|head)$/i.test(method)
    return {
      ...this.#target.requestOptions,
      method,
      headers: Object.fromEntries(given),
      ...(body === undefined || isBodiless ? {} : { body: body as NonNullable<RequestOptions['body']> }),
      ...(signal === undefined ? {} : { signal }),
      ...(followRedirect === false ? { redirect: 'manual' as const } : {}),
      ...(maxRedirects === undefined ? {} : { maxRedirects }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(request['onejar'] as RequestOptions | undefined),
    }
  }
}

function headOf({ statusCode, statusText, headers, url, redirected }: SessionResponse) {
  return {
    statusCode,
    statusMessage: statusText,
    headers,
    url: url.href,
    redirectUrls: redirected ? [url] : [],
  }
}

function ownProxies(): OnejarError {
  return new OnejarError(
    'ONEJAR_BAD_OPTIONS',
    'crawlWith(): a session’s browser and requests leave by the same proxy. Leave proxyConfiguration out of the crawler, and give each session its proxy: crawlWith(broker, { sessionOptions: (id) => ({ proxy: … }) })',
  )
}
