import { bytesOf, NormalizedBody, normalizeBody } from './body.ts'

/** Beyond it a body is sent as it comes. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024
/** A text is there in the first turn, a form or a Blob within a few; a stream that has to wait for something is not. */
const TURNS = 8

/**
 * The body of a Request, which is a stream whatever it was made of. What comes at once, as a text or a form does, is taken as
 * bytes, so that it can be sent again on a redirect, after a challenge or a login. Anything else stays a stream.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when it is locked or used up
 */
export function requestBody(stream: ReadableStream<Uint8Array>): NormalizedBody {
  normalizeBody(stream)
  return new NormalizedBody({ foreign: () => readAtOnce(stream.getReader()) })
}

type Reader = ReadableStreamDefaultReader<unknown>

async function readAtOnce(reader: Reader) {
  const chunks: Uint8Array[] = []
  let size = 0
  for (let turns = TURNS; ; ) {
    const reading = reader.read()
    let isThere = false
    const settle = () => {
      isThere = true
    }
    // What it fails with is found when it is sent.
    const arrived = reading.then(settle, settle)
    while (!isThere && turns-- > 0) await Promise.race([arrived, nextLoopTurn()])
    if (!isThere || size > MAX_KEPT_BYTES) return { source: resumed(chunks, reader, reading) }
    try {
      const { done, value } = await reading
      if (done) return { payload: Buffer.concat(chunks) }
      const chunk = bytesOf(value)
      chunks.push(chunk)
      size += chunk.length
    } catch {
      return { source: resumed(chunks, reader, reading) }
    }
  }
}

/** What was read, and then the rest as it comes. */
async function* resumed(
  chunks: readonly Uint8Array[],
  reader: Reader,
  reading: ReturnType<Reader['read']>,
): AsyncGenerator<unknown, void, void> {
  let ended = false
  try {
    yield* chunks
    for (let next = await reading; !next.done; next = await reader.read()) yield next.value
    ended = true
  } finally {
    if (!ended) await reader.cancel().catch(() => {})
  }
}

function nextLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
