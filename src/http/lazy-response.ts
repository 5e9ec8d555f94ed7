import type { Verdict } from '../challenge/index.ts'
import { ignore } from '../core/index.ts'
import { ImmutableHeaders } from './immutable-headers.ts'
import type { OwnBytes } from './own-bytes.ts'
import type { ResponseHeaders } from './ports.ts'
import type { ResponseBody } from './response-body.ts'

/** Which way a response came. */
export type Via = 'http' | 'page-fetch' | 'page'

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
}

type Consumer = 'text' | 'json' | 'arrayBuffer' | 'bytes'

/**
 * A standard Response that makes its Headers and its web stream only when they are asked for. Errors while the body is
 * read are OnejarErrors; a second read is a TypeError, as the fetch standard has it.
 */
export class OnejarResponse extends Response {
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

  override get status(): number {
    return this.#parts.statusCode
  }

  override get statusText(): string {
    return this.#parts.statusText
  }

  override get ok(): boolean {
    return this.#parts.statusCode >= 200 && this.#parts.statusCode <= 299
  }

  override get redirected(): boolean {
    return this.#parts.redirected
  }

  override get type(): ResponseType {
    return 'basic'
  }

  /** What the response is taken for, and why; null where nobody looked, as at one that was kept. See `explain`. */
  get verdict(): Verdict | null {
    return this.#parts.verdict ?? null
  }

  override get url(): string {
    const { href } = this.#parts.url
    const hash = href.indexOf('#')
    return hash === -1 ? href : href.slice(0, hash)
  }

  override get headers(): Headers {
    this.#headers ??= new ImmutableHeaders(this.#parts.wireHeaders)
    return this.#headers
  }

  override get body(): ReadableStream<OwnBytes> | null {
    if (!this.#used) return this.#own().body
    this.#spent ??= lockedStream()
    return this.#spent
  }

  override get bodyUsed(): boolean {
    return this.#inner === undefined ? this.#used : this.#inner.bodyUsed
  }

  override text(): Promise<string> {
    return this.#consume('text') as Promise<string>
  }

  override json(): Promise<unknown> {
    return this.#consume('json')
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#consume('arrayBuffer') as Promise<ArrayBuffer>
  }

  override bytes(): Promise<OwnBytes> {
    return this.#consume('bytes') as Promise<OwnBytes>
  }

  override blob(): Promise<Blob> {
    return this.#used ? Promise.reject(alreadyRead()) : this.#own().blob()
  }

  override formData(): Promise<FormData> {
    return this.#used ? Promise.reject(alreadyRead()) : this.#own().formData()
  }

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
