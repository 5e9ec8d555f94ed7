import { OnejarError } from '../../core/index.ts'
import { FRAME_BYTES, type Line } from '../../queue/index.ts'

/** Says bytes in as many parts as they need; the other end takes them as fast as it can. */
export async function sendParts(line: Line, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
    await line.send({ type: 'part' }, bytes.subarray(at, at + FRAME_BYTES))
  }
}

/** Collects parts until so many bytes are there that were said to come. */
export class PartsOf {
  readonly #chunks: Buffer[] = []
  readonly #size: number
  #held = 0

  constructor(size: number) {
    this.#size = size
  }

  get complete(): boolean {
    return this.#held === this.#size
  }

  /** @throws OnejarError ONEJAR_BROWSER_FAILED where more comes than was said */
  add(chunk: Buffer): void {
    this.#held += chunk.length
    if (this.#held > this.#size || chunk.length === 0) {
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'A worker said other things than it had announced')
    }
    this.#chunks.push(chunk)
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}
