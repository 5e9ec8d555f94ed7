import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

/** A body that arrives piece by piece, in the shape of undici's: for responses that did not come over undici. */
export function streamedBody(chunks: AsyncIterable<Uint8Array>): Dispatcher.ResponseData['body'] {
  const stream = Readable.from(chunks, { objectMode: false, highWaterMark: 64 * 1024 })
  let inner: Response | undefined
  const own = (): Response => {
    if (!inner && stream.readableDidRead) throw new TypeError('Body is unusable')
    inner ??= new Response(Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>)
    return inner
  }
  return Object.assign(stream, {
    text: async () => own().text(),
    json: async () => own().json(),
    blob: async () => own().blob(),
    bytes: async () => own().bytes(),
    arrayBuffer: async () => own().arrayBuffer(),
    formData: async () => own().formData(),
    dump: async () => {
      stream.on('error', () => {}).destroy()
    },
    get bodyUsed() {
      return inner?.bodyUsed ?? stream.readableDidRead
    },
    get body() {
      return own().body
    },
  }) as unknown as Dispatcher.ResponseData['body']
}
