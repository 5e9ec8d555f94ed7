import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { ignore, OnejarError } from '../core/index.ts'
import type { OwnBytes } from './own-bytes.ts'
import type { ResponseHeaders } from './ports.ts'

/** Where the bytes of a body come from. */
export interface BodySource {
  /** The reader is ready for more. */
  onBodyWanted(): void
  /** Nobody wants the rest. */
  onBodyGivenUp(error: OnejarError): void
}

/** How much is taken in before anybody reads, in bytes; undici's figure. */
const HIGH_WATER_BYTES = 64 * 1024
/** How much of a body is read away for the sake of its socket when nothing is said, in bytes; undici's figure. */
const DUMP_BYTES = 128 * 1024

const STREAM_OPTIONS = { highWaterMark: HIGH_WATER_BYTES }

interface Taker {
  readonly resolve: (bytes: Buffer) => void
  readonly reject: (error: Error) => void
}

/**
 * The body of a response, in undici's shape: a Readable that can also be read whole, once, in several forms. Whoever reads
 * it whole gets what has arrived without a stream between; nearly all bodies are there already by then.
 */
export class ResponseBody extends Readable {
  readonly #headers: ResponseHeaders
  /** Undefined once everything is there. */
  #source: BodySource | undefined
  /** What has arrived and nobody has got. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** The stream hands the bytes on; before, they are held here. */
  #streams = false
  /** Who waits for the whole body. */
  #taker: Taker | undefined
  /** It was read whole, or is being. */
  #taken = false
  /** Somebody listens to the stream. */
  #watched = false
  #web: ReadableStream | undefined

  /** @param source - undefined where the bytes that `add` brings at once are all */
  constructor(source: BodySource | undefined, headers: ResponseHeaders) {
    super(STREAM_OPTIONS)
    this.#source = source
    this.#headers = headers
  }

  // --- the source calls these -----------------------------------------------------------------------------------------

  /** Takes a piece; false when it is enough for now. */
  add(chunk: Buffer): boolean {
    if (this.destroyed) return true
    const isWanted = this.#taker !== undefined
    if (this.#streams && !isWanted) return this.push(chunk)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    return isWanted || this.#heldBytes < HIGH_WATER_BYTES
  }

  /** Everything is there. */
  finish(): void {
    this.#source = undefined
    const taker = this.#taker
    if (taker !== undefined) {
      this.#taker = undefined
      taker.resolve(this.#take())
    }
    if (this.#streams) this.push(null)
  }

  /** The rest will not come. */
  fail(error: OnejarError): void {
    this.#source = undefined
    this.on('error', ignore)
    this.destroy(error)
  }

  // --- undici's shape ---------------------------------------------------------------------------------------------------

  /** UTF-8, without a byte order mark. */
  text(): Promise<string> {
    return this.#isThere()
      ? Promise.resolve(decode(this.#take(), this.readableEncoding))
      : this.#whole().then((bytes) => decode(bytes, this.readableEncoding))
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async bytes(): Promise<OwnBytes> {
    return new Uint8Array(this.#isThere() ? this.#take() : await this.#whole())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()], { type: this.#header('content-type') ?? '' })
  }

  async formData(): Promise<FormData> {
    const type = this.#header('content-type')
    return new Response(
      await this.bytes(),
      type === undefined ? {} : { headers: { 'content-type': type } },
    ).formData()
  }

  get bodyUsed(): boolean {
    return this.#taken || this.readableDidRead || this.destroyed
  }

  /** As a web stream; locked when the body is used otherwise. */
  get body(): ReadableStream {
    if (this.#web === undefined) {
      this.#web = ReadableStream.from(this)
      if (this.#taken) this.#web.getReader()
    }
    return this.#web
  }

  /**
   * Reads the body away, so that its socket can be used again; a longer one is given up.
   *
   * @param options - `limit`: bytes; default: 131,072. `signal`: gives it up
   */
  dump(options: { readonly limit?: number; readonly signal?: AbortSignal } = {}): Promise<void> {
    const { limit = DUMP_BYTES, signal } = options
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.closed) return Promise.resolve()
    if (this.#isThere()) {
      this.#take()
      this.destroy()
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const stop = () => this.destroy()
      signal?.addEventListener('abort', stop)
      let left = limit
      this.on('close', () => {
        signal?.removeEventListener('abort', stop)
        if (signal?.aborted) reject(signal.reason)
        else resolve()
      })
      this.on('error', ignore)
      if (Number(this.#header('content-length') ?? 0) > limit) this.destroy()
      else {
        this.on('data', (chunk: Buffer) => {
          left -= chunk.length
          if (left < 0) this.destroy()
        })
      }
    })
  }

  // --- Readable ---------------------------------------------------------------------------------------------------------

  override on(event: string | symbol, listener: (...args: never[]) => void): this {
    this.#watched = true
    super.on(event, listener as (...args: unknown[]) => void)
    // A reader that starts after the body was read completely gets its end.
    if (this.#taken && this.#source === undefined) this.#end()
    return this
  }

  override addListener(event: string | symbol, listener: (...args: never[]) => void): this {
    return this.on(event, listener)
  }

  override _read(): void {
    this.#streams = true
    if (this.#taker !== undefined) return
    const held = this.#held
    if (held.length > 0) {
      this.#held = []
      for (const chunk of held) this.push(chunk)
    }
    if (this.#source === undefined) this.push(null)
    else this.#source.onBodyWanted()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const source = this.#source
    this.#source = undefined
    this.#held = []
    const taker = this.#taker
    this.#taker = undefined
    if (source !== undefined || taker !== undefined) {
      const why = error ?? new OnejarError('ONEJAR_ABORTED', 'The body was given up')
      source?.onBodyGivenUp(why as OnejarError)
      taker?.reject(why)
    }
    // Whoever has just got the response had no time yet to listen for an error.
    if (error === null || this.#watched) callback(error)
    else setImmediate(callback, error)
  }

  // --- read whole -------------------------------------------------------------------------------------------------------

  /** Whether all of it is at hand, and nobody has had any. */
  #isThere(): boolean {
    return this.#source === undefined && this.#isFresh()
  }

  #isFresh(): boolean {
    return !this.#taken && !this.#streams && !this.destroyed && this.#web?.locked !== true
  }

  /** Hands over what is held, and lets the stream end where somebody watches it. */
  #take(): Buffer {
    this.#taken = true
    const held = this.#held
    this.#held = []
    if (this.#watched) this.#end()
    return held.length === 1 ? held[0]! : Buffer.concat(held, this.#heldBytes)
  }

  #whole(): Promise<Buffer> {
    if (this.errored) return Promise.reject(this.errored)
    if (!this.#isFresh()) return Promise.reject(new TypeError('Body is unusable: Body has already been read'))
    this.#taken = true
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject }
      this.#source!.onBodyWanted()
    })
  }

  #end(): void {
    if (!this.readableFlowing) this.resume()
  }

  #header(name: string): string | undefined {
    const value = this.#headers[name]
    return typeof value === 'string' ? value : value?.[0]
  }
}

/** A body that is there already: for responses that did not come over a connection of ours. */
export function bufferedBody(bytes: Uint8Array, headers: ResponseHeaders = {}): ResponseBody {
  const body = new ResponseBody(undefined, headers)
  body.add(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  return body
}

/** The same for a body that arrives piece by piece. */
export function streamedBody(chunks: AsyncIterable<Uint8Array>, headers: ResponseHeaders = {}): ResponseBody {
  const iterator = chunks[Symbol.asyncIterator]()
  let pulling = false
  const pull = async () => {
    if (pulling) return
    pulling = true
    try {
      for (let goOn = true; goOn; ) {
        const { done, value } = await iterator.next()
        if (done) {
          body.finish()
          return
        }
        goOn = body.add(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
      }
    } catch (error) {
      body.fail(error as OnejarError)
    } finally {
      pulling = false
    }
  }
  const body = new ResponseBody(
    {
      onBodyWanted: () => void pull(),
      onBodyGivenUp: () => void iterator.return?.().catch(ignore),
    },
    headers,
  )
  return body
}

/** @param encoding - that the stream was set to, if any */
function decode(bytes: Buffer, encoding: BufferEncoding | null): string {
  const start = bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return bytes.toString(encoding ?? 'utf8', start)
}
