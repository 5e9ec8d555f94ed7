import { Transform, type TransformCallback } from 'node:stream'

type Part = 'magic' | 'descriptor' | 'header' | 'block' | 'skip-size' | 'skip' | 'checksum'

const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50

/**
 * Cuts a zstd stream behind each of its frames (RFC 8878, section 3.1) and changes nothing: Node.js's decoder takes one frame
 * in one write for the end, and begins anew with the next write. What is no frame goes on as it is, for the decoder to refuse.
 */
export class ZstdFrames extends Transform {
  #part: Part = 'magic'
  /** Bytes of a field that is not complete. */
  #field: number[] = []
  /** How many bytes the field has; for `skip` and the content of blocks, how many are to be passed over. */
  #left = 4
  #hasChecksum = false
  #lastBlock = false
  #lost = false

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0
    let at = 0
    while (!this.#lost && at < chunk.length) {
      if (this.#part === 'skip') {
        const step = Math.min(this.#left, chunk.length - at)
        at += step
        this.#left -= step
      } else {
        this.#field.push(chunk[at]!)
        at++
        this.#left--
      }
      if (this.#left > 0) continue
      if (this.#advance()) {
        this.push(chunk.subarray(from, at))
        from = at
      }
    }
    if (from < chunk.length) this.push(chunk.subarray(from))
    done()
  }

  /** A field is complete: settles what comes next. True where a frame is over. */
  #advance(): boolean {
    const field = this.#field
    this.#field = []
    switch (this.#part) {
      case 'magic':
        return this.#begin(Buffer.from(field).readUInt32LE())
      case 'skip-size':
        this.#lastBlock = true
        this.#hasChecksum = false
        return this.#skip(Buffer.from(field).readUInt32LE())
      case 'descriptor':
        return this.#readDescriptor(field[0]!)
      case 'header':
        return this.#expect('block', 3)
      case 'block':
        return this.#readBlock(field[0]! | (field[1]! << 8) | (field[2]! << 16))
      case 'skip':
        if (!this.#lastBlock) return this.#expect('block', 3)
        return this.#hasChecksum ? this.#expect('checksum', 4) : this.#end()
      case 'checksum':
        return this.#end()
    }
  }

  #begin(magic: number): boolean {
    if (magic === MAGIC) return this.#expect('descriptor', 1)
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) return this.#expect('skip-size', 4)
    this.#lost = true
    return false
  }

  #readDescriptor(descriptor: number): boolean {
    const single = (descriptor & 0x20) !== 0
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
    this.#hasChecksum = (descriptor & 4) !== 0
    const more = (single ? 0 : 1) + dictionaryBytes + sizeBytes
    return more === 0 ? this.#expect('block', 3) : this.#expect('header', more)
  }

  #readBlock(header: number): boolean {
    this.#lastBlock = (header & 1) === 1
    // A block of type 1 is one byte that is repeated.
    return this.#skip(((header >> 1) & 3) === 1 ? 1 : header >> 3)
  }

  #skip(bytes: number): boolean {
    this.#expect('skip', bytes)
    return bytes === 0 ? this.#advance() : false
  }

  #end(): boolean {
    this.#expect('magic', 4)
    return true
  }

  #expect(part: Part, bytes: number): false {
    this.#part = part
    this.#left = bytes
    return false
  }
}
