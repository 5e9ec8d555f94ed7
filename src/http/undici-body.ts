import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

type UndiciBody = Dispatcher.ResponseData['body']

/** A body that is there already, in the shape of undici's: for responses that did not come over undici. */
export function bufferedBody(bytes: Uint8Array): UndiciBody {
  const stream = Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false })
  return undiciBody(stream, () => new Response(new Uint8Array(bytes)))
}

/** The same for a body that arrives piece by piece. */
export function streamedBody(chunks: AsyncIterable<Uint8Array>): UndiciBody {
  const stream = Readable.from(chunks, { objectMode: false, highWaterMark: 64 * 1024 })
  return undiciBody(
    stream,
    () => new Response(Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>),
  )
}

/** Gives a stream undici's ways to read it whole. The Response behind them is made only when one of them is used. */
function undiciBody(stream: Readable, makeResponse: () => Response): UndiciBody {
  let inner: Response | undefined
  const own = (): Response => {
    if (!inner && stream.readableDidRead) throw new TypeError('Body is unusable')
    inner ??= makeResponse()
    return inner
  }
  const readers = {
    text: async () => own().text(),
    json: async () => own().json(),
    blob: async () => own().blob(),
    bytes: async () => own().bytes(),
    arrayBuffer: async () => own().arrayBuffer(),
    formData: async () => own().formData(),
    dump: async () => {
      stream.on('error', () => {}).destroy()
    },
  }
  return Object.defineProperties(Object.assign(stream, readers), {
    bodyUsed: { get: () => inner?.bodyUsed ?? stream.readableDidRead },
    body: { get: () => own().body },
  }) as unknown as UndiciBody
}
