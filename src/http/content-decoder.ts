import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { OnejarError } from '../core/index.ts'
import { DeflatedMember } from './deflated-member.ts'
import { ZstdFrames } from './zstd-frames.ts'

type Encoding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** More encodings on top of each other than this are an attack, not a web page. */
const MAX_ENCODINGS = 5

/** The encodings that are asked for and decoded. */
export const ACCEPT_ENCODING = 'gzip, deflate, br, zstd'

/** Who receives what was decoded. */
export interface DecoderSink {
  onDecoded(chunk: Buffer): void
  onDecodedEnd(): void
  onDecodeError(error: Error): void
  /** The decoder has taken in all it can; `onDecoderDrain` follows. */
  onDecoderFull(): void
  onDecoderDrain(): void
}

/**
 * The encodings of a `content-encoding` header, in the order in which they were applied; empty when there is nothing to
 * decode or one of them is not known (the body is then given as it came, as fetch does).
 *
 * @throws OnejarError ONEJAR_BAD_RESPONSE when more than five are stacked
 */
export function parseContentEncoding(header: string | string[] | undefined): readonly Encoding[] {
  if (header === undefined) return []
  const names = (typeof header === 'string' ? header : header.join(',')).toLowerCase().split(',')
  if (names.length > MAX_ENCODINGS) {
    throw new OnejarError('ONEJAR_BAD_RESPONSE', `The response stacks ${names.length} content encodings`)
  }
  const encodings: Encoding[] = []
  for (const raw of names) {
    const name = raw.trim()
    if (name === '' || name === 'identity') continue
    if (name === 'gzip' || name === 'x-gzip') encodings.push('gzip')
    else if (name === 'deflate' || name === 'br' || name === 'zstd') encodings.push(name)
    else return []
  }
  return encodings
}

/** Undoes content encodings chunk by chunk, with backpressure both ways. */
export class ContentDecoder {
  readonly #encodings: readonly Encoding[]
  readonly #sink: DecoderSink
  #first: Transform | undefined
  #last: Transform | undefined
  #streams: readonly Transform[] = []
  #paused = false

  constructor(encodings: readonly Encoding[], sink: DecoderSink) {
    this.#encodings = encodings
    this.#sink = sink
  }

  write(chunk: Buffer): void {
    if (chunk.length === 0) return
    const first = this.#first ?? this.#open(chunk)
    if (!first.write(chunk)) this.#sink.onDecoderFull()
  }

  end(): void {
    // An empty body is not a truncated one: servers send it with HEAD-like answers.
    if (this.#first === undefined) this.#sink.onDecodedEnd()
    else this.#first.end()
  }

  pause(): void {
    this.#paused = true
    this.#last?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#last?.resume()
  }

  destroy(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  #open(firstChunk: Buffer): Transform {
    const streams = this.#encodings
      .toReversed()
      .flatMap((encoding, index) => createStreams(encoding, index === 0 ? firstChunk : undefined))
    for (const [index, stream] of streams.entries()) {
      stream.on('error', (error) => this.#sink.onDecodeError(error))
      const next = streams[index + 1]
      if (next) stream.pipe(next)
    }
    const first = streams[0]!
    const last = streams.at(-1)!
    first.on('drain', () => this.#sink.onDecoderDrain())
    last.on('data', (chunk: Buffer) => this.#sink.onDecoded(chunk))
    last.on('end', () => this.#sink.onDecodedEnd())
    if (this.#paused) last.pause()
    this.#streams = streams
    this.#first = first
    this.#last = last
    return first
  }
}

/** A stream that ends too early is an error in each of them: a piece of a body does not pass for the whole. */
function createStreams(encoding: Encoding, firstChunk: Buffer | undefined): Transform[] {
  switch (encoding) {
    case 'gzip':
      return [new DeflatedMember('gzip')]
    case 'deflate':
      // Some servers send raw deflate under this name; a zlib header starts with the method 8.
      return firstChunk === undefined || (firstChunk[0]! & 0x0f) === 0x08
        ? [zlib.createInflate({ flush: zlib.constants.Z_SYNC_FLUSH })]
        : [new DeflatedMember('raw')]
    case 'br':
      return [zlib.createBrotliDecompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH })]
    case 'zstd':
      // RFC 9659: windows above 8 MiB are not to be used on the web.
      return [
        new ZstdFrames(),
        zlib.createZstdDecompress({ params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 } }),
      ]
  }
}
