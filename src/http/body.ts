import stream, { Readable } from 'node:stream'
import { types } from 'node:util'
import { ignore, OnejarError } from '../core/index.ts'
import { encodeForm, type FormEntry, formEntries, hasForeignBlob, settledForm } from './multipart.ts'
import { hasTag, isBlobLike, isNativeBlob, nativeBlob } from './tagged.ts'

/** What may be sent. Streams and iterables can be sent once; the rest is replayed on redirects and retries. */
export type RequestBody =
  | string
  | ArrayBufferView
  | ArrayBufferLike
  | URLSearchParams
  | FormData
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>

type Payload = string | Uint8Array | Blob
type Source = Readable | ReadableStream<unknown> | AsyncIterable<unknown>

interface Parts {
  readonly contentType?: string | undefined
  readonly payload?: Payload
  /** A stream, which can be sent once. */
  readonly source?: Source
  readonly form?: readonly FormEntry[]
  /** A Blob or a form with Blobs of another library, or a Request’s body: its bytes cannot be had at once. */
  readonly foreign?: () => Promise<Parts>
}

/**
 * A body in the form that every transport sends: its bytes are copied from what the caller has, and its content type is the
 * one that the fetch standard extracts. A stream is not read before it is sent.
 */
export class NormalizedBody {
  #parts: Parts
  #pending: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The default `content-type`, as the fetch standard extracts it from the body. */
  get contentType(): string | undefined {
    return this.#parts.contentType
  }

  /** False for streams: they can be sent only once. */
  get replayable(): boolean {
    return this.#parts.source === undefined
  }

  /** The entries of a form; undefined when it is none. */
  get form(): readonly FormEntry[] | undefined {
    return this.#parts.form
  }

  /** Whether a form of HTML has such a body. */
  get isForm(): boolean {
    return this.#parts.form !== undefined || this.#parts.contentType === URL_ENCODED
  }

  /** How many bytes it has; undefined for streams. */
  get size(): number | undefined {
    const { payload } = this.#parts
    if (payload === undefined) return undefined
    if (typeof payload === 'string') return Buffer.byteLength(payload)
    return payload instanceof Uint8Array ? payload.length : payload.size
  }

  /** Resolves when it can be sent: at once, but for Blobs of another library and Requests. Undefined where there is nothing to wait for. */
  settled(): Promise<void> | undefined {
    const { foreign } = this.#parts
    if (foreign === undefined) return this.#pending
    this.#pending ??= foreign().then((parts) => {
      this.#parts = parts
      this.#pending = undefined
    })
    return this.#pending
  }

  /**
   * What undici takes. A stream is begun by this: ask once.
   *
   * @throws OnejarError ONEJAR_BAD_INPUT before it is `settled`
   */
  get payload(): Payload | Readable {
    const { payload, source } = this.#parts
    if (payload !== undefined) return payload
    if (source === undefined) throw new OnejarError('ONEJAR_BAD_INPUT', 'The body has not been read yet')
    return Readable.from(chunksOf(source), { objectMode: false })
  }

  /** All of it. A stream is used up by this. */
  async bytes(): Promise<Uint8Array> {
    await this.settled()
    const { payload } = this.#parts
    if (typeof payload === 'string') return Buffer.from(payload)
    if (payload instanceof Uint8Array) return payload
    if (payload !== undefined) return new Uint8Array(await payload.arrayBuffer())
    const chunks: Uint8Array[] = []
    for await (const chunk of chunksOf(this.#parts.source as Source)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
}

const URL_ENCODED = 'application/x-www-form-urlencoded;charset=UTF-8'

/**
 * Copies a body into the form that is sent, with its content type (fetch standard, "extract a body"). What is that already
 * stays as it is.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when the value is no body, or a stream that is locked or used up
 */
export function normalizeBody(body: RequestBody | NormalizedBody): NormalizedBody {
  if (body instanceof NormalizedBody) return body
  if (typeof body === 'string')
    return new NormalizedBody({ payload: body, contentType: 'text/plain;charset=UTF-8' })
  if (typeof body !== 'object' || body === null) throw noBody()
  if (ArrayBuffer.isView(body) || types.isAnyArrayBuffer(body))
    return new NormalizedBody({ payload: copied(body) })
  if (body instanceof URLSearchParams || hasTag(body, 'URLSearchParams')) {
    return new NormalizedBody({ payload: String(body), contentType: URL_ENCODED })
  }
  if (isBlobLike(body)) return blobBody(body)
  if (hasTag(body, 'FormData')) return formBody(body as FormData)
  if (body instanceof Readable) {
    if (body.destroyed || body.readableDidRead) throw usedUp()
    // What it fails with before it is sent is found when it is sent.
    body.on('error', ignore)
    return new NormalizedBody({ source: body })
  }
  if (isWebStream(body)) {
    if (body.locked || isDisturbed(body)) throw usedUp()
    return new NormalizedBody({ source: body })
  }
  if (typeof (body as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function') {
    return new NormalizedBody({ source: body as AsyncIterable<unknown> })
  }
  throw noBody()
}

/** Whether a body can be sent once only. */
export function isOneShot(body: RequestBody | NormalizedBody | null | undefined): boolean {
  if (body instanceof NormalizedBody) return !body.replayable
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

function blobBody(blob: Blob): NormalizedBody {
  const contentType = blob.type === '' ? undefined : blob.type
  if (isNativeBlob(blob)) return new NormalizedBody({ payload: blob, contentType })
  return new NormalizedBody({
    contentType,
    foreign: async () => ({ payload: await nativeBlob(blob), contentType }),
  })
}

function formBody(form: FormData): NormalizedBody {
  const entries = formEntries(form)
  const parts = (settled: readonly FormEntry[]) => ({ ...encodeForm(settled), form: settled })
  if (!hasForeignBlob(entries)) return new NormalizedBody(parts(entries))
  return new NormalizedBody({
    form: entries,
    foreign: async () => parts(await settledForm(entries)),
  })
}

/** @throws OnejarError ONEJAR_BAD_INPUT when the memory has been given away (a transferred ArrayBuffer) */
function copied(body: ArrayBufferView | ArrayBufferLike): Uint8Array {
  try {
    if (!ArrayBuffer.isView(body)) return Buffer.from(new Uint8Array(body))
    return Buffer.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  } catch (cause) {
    throw new OnejarError('ONEJAR_BAD_INPUT', 'The body’s memory has been transferred', { cause })
  }
}

function isWebStream(body: object): body is ReadableStream<unknown> {
  return body instanceof ReadableStream || typeof (body as Partial<ReadableStream>).getReader === 'function'
}

/** Node knows of a stream that something was read from it; its types do not have the function. */
const { isDisturbed } = stream as unknown as { isDisturbed: (stream: unknown) => boolean }

/** The bytes of a stream, whatever it is made of. What it fails with is passed on. */
async function* chunksOf(source: Source): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of iterable(source)) yield bytesOf(chunk)
}

/** A chunk of a stream. @throws OnejarError ONEJAR_BAD_INPUT */
export function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk) || types.isAnyArrayBuffer(chunk)) return copied(chunk)
  throw new OnejarError('ONEJAR_BAD_INPUT', 'A body’s stream has to give bytes or texts')
}

function iterable(source: Source): AsyncIterable<unknown> {
  return Symbol.asyncIterator in source
    ? (source as AsyncIterable<unknown>)
    : readWith(source as ReadableStream)
}

/** Of a library's stream, which need not be iterable. */
async function* readWith(stream: ReadableStream<unknown>): AsyncGenerator<unknown, void, void> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      yield value
    }
    ended = true
  } finally {
    if (!ended) await reader.cancel().catch(() => {})
    reader.releaseLock()
  }
}

function usedUp(): OnejarError {
  return new OnejarError('ONEJAR_BAD_INPUT', 'The body is a stream that is locked or has been read')
}

function noBody(): OnejarError {
  return new OnejarError(
    'ONEJAR_BAD_INPUT',
    'The body has to be a string, bytes, URLSearchParams, FormData, a Blob or a stream',
  )
}
