import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

/** A body that is there already, in the shape of undici's: for responses that did not come over undici. */
export function bufferedBody(bytes: Uint8Array): Dispatcher.ResponseData['body'] {
  const stream = Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false })
  let inner: Response | undefined
  const own = (): Response => {
    if (!inner && stream.readableDidRead) throw new TypeError('Body is unusable')
    inner ??= new Response(new Uint8Array(bytes))
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
      stream.destroy()
    },
    get bodyUsed() {
      return inner?.bodyUsed ?? stream.readableDidRead
    },
    get body() {
      return own().body
    },
  }) as unknown as Dispatcher.ResponseData['body']
}
