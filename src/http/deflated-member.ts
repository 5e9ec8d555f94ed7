import { Transform, type TransformCallback } from 'node:stream'
import * as zlib from 'node:zlib'

/** What stands around the deflated data: gzip's header and its trailer, or nothing. */
export type MemberForm = 'gzip' | 'raw'

/** Checksum and length at the end of a gzip member (RFC 1952, section 2.3.1). */
const GZIP_TRAILER_BYTES = 8
/** Chromium reads raw deflate as zlib without its header: four bytes more are a checksum, and a wrong one. */
const RAW_TRAILER_BYTES = 4
/** A header has texts of any length in it; nobody needs a longer one. */
const MAX_HEADER_BYTES = 64 * 1024

/**
 * Inflates one member, as Chromium does: of gzip what follows the first member is left out, be it another one or garbage, and
 * its checksum is not compared. Data that ends before its end mark, or within the trailer, is an error: Chromium gives the
 * piece as if it were all.
 */
export class DeflatedMember extends Transform {
  readonly #form: MemberForm
  readonly #inflate = zlib.createInflateRaw({ flush: zlib.constants.Z_SYNC_FLUSH })
  /** What has come of a header that is not complete. */
  #head: Buffer | undefined
  #ended = false
  /** Bytes after the deflated data. */
  #trailing = 0

  constructor(form: MemberForm) {
    super()
    this.#form = form
    this.#head = form === 'gzip' ? Buffer.alloc(0) : undefined
    this.#inflate.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.#inflate.pause()
    })
    this.#inflate.on('error', (error) => this.destroy(error))
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#head === undefined) {
      this.#take(chunk, done)
      return
    }
    const head = Buffer.concat([this.#head, chunk])
    const length = gzipHeaderLength(head)
    if (length === 'bad' || (length === 'short' && head.length > MAX_HEADER_BYTES)) {
      done(new Error('The data does not begin as gzip does'))
    } else if (length === 'short') {
      this.#head = head
      done()
    } else {
      this.#head = undefined
      this.#take(head.subarray(length), done)
    }
  }

  override _flush(done: TransformCallback): void {
    const inflate = this.#inflate
    if (this.#head !== undefined) done(new Error('The data ends within the header'))
    else if (this.#ended) done(this.#trailerFault())
    else {
      inflate.once('end', () => done(this.#trailerFault()))
      inflate.end()
    }
  }

  override _read(size: number): void {
    this.#inflate.resume()
    super._read(size)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#inflate.destroy()
    callback(error)
  }

  #take(data: Buffer, done: TransformCallback): void {
    if (this.#ended) {
      this.#trailing += data.length
      done()
    } else if (data.length === 0) done()
    else {
      const before = this.#inflate.bytesWritten
      this.#inflate.write(data, () => {
        const used = this.#inflate.bytesWritten - before
        // What is left of the data is behind its end mark.
        this.#ended = used < data.length
        this.#trailing += data.length - used
        done()
      })
    }
  }

  #trailerFault(): Error | null {
    if (this.#form === 'gzip' && this.#trailing < GZIP_TRAILER_BYTES) {
      return new Error('The data ends within the trailer')
    }
    if (this.#form === 'raw' && this.#trailing >= RAW_TRAILER_BYTES) {
      return new Error('Something follows the data')
    }
    return null
  }
}

/** The length of the header of a gzip member (RFC 1952, section 2.3). */
function gzipHeaderLength(bytes: Buffer): number | 'short' | 'bad' {
  const start = [0x1f, 0x8b, 8]
  if (start.some((byte, at) => at < bytes.length && bytes[at] !== byte)) return 'bad'
  if (bytes.length < 10) return 'short'
  const flags = bytes[3]!
  let at = 10
  if ((flags & 4) !== 0) {
    if (bytes.length < at + 2) return 'short'
    at += 2 + bytes.readUInt16LE(at)
  }
  for (const text of [8, 16]) {
    if ((flags & text) === 0) continue
    const end = at <= bytes.length ? bytes.indexOf(0, at) : -1
    if (end === -1) return 'short'
    at = end + 1
  }
  if ((flags & 2) !== 0) at += 2
  return at <= bytes.length ? at : 'short'
}
