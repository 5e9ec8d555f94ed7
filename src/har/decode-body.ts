import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** More than this is not decoded. */
const MAX_DECODED_BYTES = 16 * 1024 * 1024

/**
 * A body without its encodings; as it is where it cannot be decoded: it was decoded before it was recorded, or has more than 16 MiB.
 *
 * @param encodings - the values of its Content-Encoding headers
 */
export function decodedBody(body: Buffer, encodings: readonly string[]): Buffer {
  let now = body
  try {
    const names = encodings.flatMap((value) => value.toLowerCase().split(','))
    for (const name of names.toReversed()) now = decode(now, name.trim())
    return now
  } catch {
    return body
  }
}

function decode(body: Buffer, encoding: string): Buffer {
  const options = { maxOutputLength: MAX_DECODED_BYTES }
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(body, options)
    case 'br':
      return brotliDecompressSync(body, options)
    case 'zstd':
      return zstdDecompressSync(body, options)
    case 'deflate':
      return ((body[0] ?? 0) & 0x0f) === 8 ? inflateSync(body, options) : inflateRawSync(body, options)
    default:
      return body
  }
}
