import { MAX_LINE_BYTES } from '../compliance/index.ts'
import { openRegular } from '../core/index.ts'

export interface TrailLine {
  /** Without its line feed; null for a line that is too long, which ends the reading. */
  readonly text: string | null
  /** Whether it has a line feed. */
  readonly whole: boolean
  /** Where in the file the next line begins. */
  readonly endsAt: number
}

/**
 * The lines of a file. Holds one line at a time.
 *
 * @param from - where a line begins, in bytes
 * @throws what the system says of a file that cannot be read
 */
export async function* linesOf(path: string, from = 0): AsyncGenerator<TrailLine> {
  await using file = await openRegular(path)
  let rest: Buffer = Buffer.alloc(0)
  let endsAt = from
  for await (const chunk of file.createReadStream({ autoClose: false, start: from })) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    let at = 0
    for (let feed = rest.indexOf(10); feed >= 0; feed = rest.indexOf(10, at)) {
      endsAt += feed + 1 - at
      if (feed - at >= MAX_LINE_BYTES) yield { text: null, whole: true, endsAt }
      yield { text: rest.toString('utf8', at, feed), whole: true, endsAt }
      at = feed + 1
    }
    rest = rest.subarray(at)
    if (rest.length > MAX_LINE_BYTES) {
      yield { text: null, whole: false, endsAt }
      return
    }
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), whole: false, endsAt }
}
