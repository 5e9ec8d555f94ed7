import type { Readable } from 'node:stream'

/**
 * The same chunks as they come; `read` gets the first so many bytes of them, once, when they are there or the chunks end. It
 * must not throw. Giving it up gives the body up.
 */
export function tapBody(
  body: Readable,
  maxBytes: number,
  read: (head: Buffer) => void,
): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const head: Uint8Array[] = []
  let size = 0
  let done = false
  const finish = () => {
    if (done) return
    done = true
    read(Buffer.concat(head).subarray(0, maxBytes))
    head.length = 0
  }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const result = await chunks.next()
    if (result.done) finish()
    else if (!done) {
      head.push(result.value)
      size += result.value.length
      if (size >= maxBytes) finish()
    }
    return result
  }
  const giveUp = async (): Promise<IteratorResult<Uint8Array>> => {
    // An iterator that has not begun would leave it open.
    body.on('error', () => {}).destroy()
    return { done: true, value: undefined }
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: giveUp }) }
}
