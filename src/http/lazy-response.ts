import type { Verdict } from '../challenge/index.ts'
import { NO_PREFERENCES, type SitePreferences } from '../compliance/index.ts'
import { ignore } from '../core/index.ts'
import { ImmutableHeaders } from './immutable-headers.ts'
import type { OwnBytes } from './own-bytes.ts'
import type { ResponseHeaders } from './ports.ts'
import type { ResponseBody } from './response-body.ts'

/** The transport that got a response: `http` (undici), `page-fetch` (`fetch` inside a page) or `page` (a page load). */
export type Via = 'http' | 'page-fetch' | 'page'

/** Which requests gave the fields of a page that was not loaded: its own data, asked for over HTTP. */
export interface DataSource {
  /** In the order in which they were sent: URLs without their queries, and the fields that each gave. */
  readonly requests: readonly {
    readonly method: string
    readonly url: string
    readonly fields: readonly string[]
  }[]
}

/** What a Response is made of: an HttpResponse, or a body that is already there. */
export interface ResponseParts {
  readonly statusCode: number
  readonly statusText: string
  /** As on the wire: fetch keeps `content-encoding` although it decodes. */
  readonly wireHeaders: ResponseHeaders
  readonly body: ResponseBody | Uint8Array | null
  readonly url: URL
  readonly method: string
  readonly redirected: boolean
  readonly verdict?: Verdict | undefined
  readonly solved?: boolean | undefined
  readonly preferences?: SitePreferences | undefined
  /** Which data requests gave the fields, where the page did not. */
  readonly source?: DataSource | undefined
}

type Consumer = 'text' | 'json' | 'arrayBuffer' | 'bytes'

/**
 * A standard Response. It makes its Headers and its web stream only when they are asked for. Errors while the body is read
 * are OnejarErrors; a second read rejects with a TypeError, as the fetch standard says.
 *
 * @example
 * ```ts
 * const response = await session.fetch('https://example.com/')
 * console.log(response.status, response.via, response.verdict?.kind)
 * const text = await response.text()
 * ```
 */
export class OnejarResponse extends Response {
  /** The transport that got the response. */
  readonly via: Via
  readonly #parts: ResponseParts
  #headers: ImmutableHeaders | undefined
  /** Owns the body as soon as somebody wants more than one plain read of it. */
  #inner: Response | undefined
  #used = false
  #spent: ReadableStream<OwnBytes> | undefined

  constructor(parts: ResponseParts, via: Via, inner?: Response) {
    super()
    this.via = via
    this.#parts = parts
    if (inner !== undefined) this.#inner = inner
    else if (parts.body === null || parts.body instanceof Uint8Array)
      this.#inner = innerResponse(parts, parts.body)
    else if (hasNullBody(parts)) {
      parts.body.on('error', ignore).resume()
      this.#inner = innerResponse(parts, null)
    }
  }

  /** The status, as a number: 200. */
  override get status(): number {
    return this.#parts.statusCode
  }

  /** The reason phrase; empty over HTTP/2. */
  override get statusText(): string {
    return this.#parts.statusText
  }

  /** Whether the status is 200 to 299. */
  override get ok(): boolean {
    return this.#parts.statusCode >= 200 && this.#parts.statusCode <= 299
  }

  /** Whether at least one redirect was followed. */
  override get redirected(): boolean {
    return this.#parts.redirected
  }

  /** Always `basic`. */
  override get type(): ResponseType {
    return 'basic'
  }

  /**
   * What the classifier takes the response for, and why (see `explain`); null where it was not classified, as with a
   * response that was kept for an idempotency key.
   */
  get verdict(): Verdict | null {
    return this.#parts.verdict ?? null
  }

  /** Whether a challenge had to be solved for it, by this request or one that it waited for. */
  get solved(): boolean {
    return this.#parts.solved ?? false
  }

  /**
   * What the site wishes to be done with it, as robots.txt and the headers say; with a declared `purpose` also as the document's
   * metas and the site's TDM file say.
   */
  get preferences(): SitePreferences {
    return this.#parts.preferences ?? NO_PREFERENCES
  }

  /**
   * Which data requests gave the fields of `extract`, where they did not come from the page itself; null where they did, and
   * for every other response.
   */
  get source(): DataSource | null {
    return this.#parts.source ?? null
  }

  /** The URL that answered, after redirects, without the fragment. */
  override get url(): string {
    const { href } = this.#parts.url
    const hash = href.indexOf('#')
    return hash === -1 ? href : href.slice(0, hash)
  }

  /** The headers as they were on the wire, read-only. They are made at the first access. */
  override get headers(): Headers {
    this.#headers ??= new ImmutableHeaders(this.#parts.wireHeaders)
    return this.#headers
  }

  /** The body as a web stream; null where a response has none (204, HEAD). Reading it with `text()` and the like is faster. */
  override get body(): ReadableStream<OwnBytes> | null {
    if (!this.#used) return this.#own().body
    this.#spent ??= lockedStream()
    return this.#spent
  }

  /** Whether the body was read, or its reading has started. */
  override get bodyUsed(): boolean {
    return this.#inner === undefined ? this.#used : this.#inner.bodyUsed
  }

  /**
   * The body as UTF-8.
   *
   * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK, ONEJAR_BODY_TOO_LARGE, ONEJAR_BAD_RESPONSE;
   * TypeError when the body was read already
   */
  override text(): Promise<string> {
    return this.#consume('text') as Promise<string>
  }

  /**
   * The body parsed as JSON. The type is `unknown`: check it before use.
   *
   * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK, ONEJAR_BODY_TOO_LARGE, ONEJAR_BAD_RESPONSE;
   * TypeError when the body was read already, SyntaxError when it is not JSON
   */
  override json(): Promise<unknown> {
    return this.#consume('json')
  }

  /**
   * The bytes of the body, as an ArrayBuffer.
   *
   * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK, ONEJAR_BODY_TOO_LARGE, ONEJAR_BAD_RESPONSE;
   * TypeError when the body was read already
   */
  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#consume('arrayBuffer') as Promise<ArrayBuffer>
  }

  /**
   * The bytes of the body, in memory of their own.
   *
   * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK, ONEJAR_BODY_TOO_LARGE, ONEJAR_BAD_RESPONSE;
   * TypeError when the body was read already
   */
  override bytes(): Promise<OwnBytes> {
    return this.#consume('bytes') as Promise<OwnBytes>
  }

  /**
   * The body as a Blob, whose type is the `content-type` header.
   *
   * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK, ONEJAR_BODY_TOO_LARGE, ONEJAR_BAD_RESPONSE;
   * TypeError when the body was read already
   */
  override blob(): Promise<Blob> {
    return this.#used ? Promise.reject(alreadyRead()) : this.#own().blob()
  }

  /**
   * The fields of a form.
   *
   * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK, ONEJAR_BODY_TOO_LARGE, ONEJAR_BAD_RESPONSE;
   * TypeError when the body was read already or is no form
   */
  override formData(): Promise<FormData> {
    return this.#used ? Promise.reject(alreadyRead()) : this.#own().formData()
  }

  /**
   * A second response with the same body, so that it can be read twice. What one of them has read and the other has not is
   * held in memory.
   *
   * @throws TypeError when the body was read already
   */
  override clone(): OnejarResponse {
    if (this.#used) throw alreadyRead()
    return new OnejarResponse(this.#parts, this.via, this.#own().clone())
  }

  /** The fast path: straight from undici's body, no web stream between. */
  #consume(how: Consumer): Promise<unknown> {
    if (this.#inner !== undefined) return this.#inner[how]()
    if (this.#used) return Promise.reject(alreadyRead())
    this.#used = true
    return (this.#parts.body as ResponseBody)[how]()
  }

  #own(): Response {
    this.#inner ??= innerResponse(this.#parts, toWebStream(this.#parts.body as ResponseBody))
    return this.#inner
  }
}

/** A standard Response over what an exchange (or a page) gave. */
export function toResponse(parts: ResponseParts, options: { readonly via: Via }): OnejarResponse {
  return new OnejarResponse(parts, options.via)
}

/** Fetch standard: responses to HEAD, and the null body statuses. */
function hasNullBody({ statusCode, method }: ResponseParts): boolean {
  return (
    method === 'HEAD' ||
    statusCode === 204 ||
    statusCode === 205 ||
    statusCode === 304 ||
    statusCode === 101 ||
    statusCode === 103
  )
}

/** Node's own Response around the body; blob() and formData() want its content type. */
function innerResponse(parts: ResponseParts, body: ReadableStream | Uint8Array | null): Response {
  const type = parts.wireHeaders['content-type']
  const headers: [string, string][] =
    type === undefined ? [] : [['content-type', Array.isArray(type) ? type.join(', ') : type]]
  return new Response(body as BodyInit | null, { headers })
}

function toWebStream(body: ResponseBody): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Buffer> | undefined
  body.on('error', ignore)
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      chunks ??= body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
      const { done, value } = await chunks.next()
      if (done) {
        controller.close()
        controller.byobRequest?.respond(0)
      } else {
        // A byte stream takes the memory of what is enqueued, and a Buffer can be part of a larger one.
        controller.enqueue(new Uint8Array(value))
      }
    },
    cancel(reason) {
      body.destroy(reason instanceof Error ? reason : undefined)
    },
  })
}

function lockedStream(): ReadableStream<OwnBytes> {
  const stream = new ReadableStream<OwnBytes>()
  stream.getReader()
  return stream
}

function alreadyRead(): TypeError {
  return new TypeError('Body is unusable: Body has already been read')
}
