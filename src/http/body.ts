import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { OnejarError } from '../core/index.ts'

/** What may be sent. Streams and iterables can be sent once; the rest is replayed on redirects and retries. */
export type RequestBody =
  | string
  | Uint8Array
  | ArrayBuffer
  | URLSearchParams
  | FormData
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>

/** A body in the form that undici takes. Immutable, but a one-shot payload is used up by sending it. */
export interface NormalizedBody {
  readonly payload: string | Uint8Array | Blob | Readable
  /** The default `content-type`, as the fetch standard extracts it from the body. */
  readonly contentType: string | undefined
  /** False for streams: they can be sent only once. */
  readonly replayable: boolean
}

/**
 * Puts a body into the form that is sent, with its content type (fetch standard, "extract a body").
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when the value is no body, or a stream that is locked or used up
 */
export function normalizeBody(body: RequestBody): NormalizedBody {
  if (typeof body === 'string') return replayable(body, 'text/plain;charset=UTF-8')
  if (body instanceof Uint8Array) return replayable(body, undefined)
  if (body instanceof URLSearchParams) {
    return replayable(body.toString(), 'application/x-www-form-urlencoded;charset=UTF-8')
  }
  if (body instanceof Blob) return replayable(body, body.type === '' ? undefined : body.type)
  if (body instanceof ArrayBuffer) return replayable(new Uint8Array(body), undefined)
  if (ArrayBuffer.isView(body)) {
    const view = body as ArrayBufferView
    return replayable(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), undefined)
  }
  if (isFormData(body)) return encodeFormData(body)
  if (body instanceof Readable) {
    if (body.destroyed || body.readableDidRead) throw usedUp()
    return oneShot(body)
  }
  if (body instanceof ReadableStream) {
    if (body.locked) throw usedUp()
    return oneShot(Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false }))
  }
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) {
    return oneShot(Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false }))
  }
  throw new OnejarError(
    'ONEJAR_BAD_INPUT',
    'The body has to be a string, bytes, URLSearchParams, FormData, a Blob or a stream',
  )
}

function replayable(payload: string | Uint8Array | Blob, contentType: string | undefined): NormalizedBody {
  return { payload, contentType, replayable: true }
}

function oneShot(payload: Readable): NormalizedBody {
  return { payload, contentType: undefined, replayable: false }
}

function usedUp(): OnejarError {
  return new OnejarError('ONEJAR_BAD_INPUT', 'The body is a stream that is locked or has been read')
}

/** Node's own FormData and that of undici's package are two classes; both carry this tag. */
function isFormData(value: unknown): value is FormData {
  return Object.prototype.toString.call(value) === '[object FormData]'
}

/** multipart/form-data (HTML standard, "multipart form data"): one Blob, so files are read when they are sent. */
function encodeFormData(form: FormData): NormalizedBody {
  const boundary = `----onejar${randomBytes(12).toString('hex')}`
  const parts: (string | Blob)[] = []
  for (const [name, value] of form) {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(normalizeNewlines(name))}"`
    if (typeof value === 'string') {
      parts.push(`${disposition}\r\n\r\n${normalizeNewlines(value)}\r\n`)
    } else {
      const type = value.type || 'application/octet-stream'
      parts.push(
        `${disposition}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`,
        value,
        '\r\n',
      )
    }
  }
  parts.push(`--${boundary}--\r\n`)
  return replayable(new Blob(parts), `multipart/form-data; boundary=${boundary}`)
}

function escapeName(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}

function normalizeNewlines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}
