import { tooLarge } from '../../http/index.ts'

/**
 * Lets no body of a page be larger than one over HTTP may be.
 *
 * @param max - 0 where there is no limit
 * @throws OnejarError ONEJAR_BODY_TOO_LARGE
 */
export function withinLimit(bytes: Buffer, max: number, url: URL): Buffer {
  if (max > 0 && bytes.length > max) throw tooLarge(url, max)
  return bytes
}

/** The same for a body that comes in pieces: what is beyond the limit is neither held nor asked for. */
export async function* limited(
  chunks: AsyncGenerator<Buffer, void, void>,
  max: number,
  url: URL,
): AsyncGenerator<Buffer, void, void> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (max > 0 && size > max) throw tooLarge(url, max)
    yield chunk
  }
}
