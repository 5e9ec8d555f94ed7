import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** A response as `curl -i` writes it: the last one, where others came before. */
export interface HttpMessage {
  readonly status: number
  readonly headers: ReadonlyArray<readonly [string, string]>
  /** Decoded. */
  readonly body: Buffer
}

/** More than this is not decoded: the classifier looks at the beginning only. */
const MAX_DECODED_BYTES = 16 * 1024 * 1024

const STATUS_LINE = /^HTTP\/\d+(?:\.\d+)? (\d{3})(?: [^\r\n]*)?$/

/**
 * Reads a recorded HTTP message: a status line, headers, an empty line, a body. Heads of redirects, of tunnels and of 1xx
 * responses before the last one are passed over.
 *
 * @throws Error that says what is wrong with it, without quoting values
 */
export function readHttpMessage(bytes: Buffer): HttpMessage {
  let rest = bytes
  for (;;) {
    const { head, body } = splitHead(rest)
    const [first = '', ...lines] = head.split(/\r?\n/)
    const status = STATUS_LINE.exec(first)?.[1]
    if (status === undefined) throw new Error('it does not begin with a status line, as HTTP/1.1 200 OK')
    if (STATUS_LINE.test(body.toString('latin1', 0, 100).split(/\r?\n/, 1)[0] ?? '')) {
      rest = body
      continue
    }
    const headers = lines.map((line, at): readonly [string, string] => {
      const colon = line.indexOf(':')
      if (colon < 1) throw new Error(`line ${at + 2} is no header, and no empty line comes before it`)
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    })
    const encodings = headers
      .filter(([name]) => name.toLowerCase() === 'content-encoding')
      .flatMap(([, value]) => value.toLowerCase().split(','))
    return { status: Number(status), headers, body: decoded(body, encodings) }
  }
}

function splitHead(bytes: Buffer): { readonly head: string; readonly body: Buffer } {
  const [wide, narrow] = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n')]
  const isWide = wide !== -1 && (narrow === -1 || wide < narrow)
  const at = isWide ? wide : narrow
  if (at === -1) return { head: bytes.toString('latin1').replace(/\r?\n$/, ''), body: Buffer.alloc(0) }
  return { head: bytes.toString('latin1', 0, at), body: bytes.subarray(at + (isWide ? 4 : 2)) }
}

/** A body that its header calls encoded and that is not was decoded before it was recorded. */
function decoded(body: Buffer, encodings: readonly string[]): Buffer {
  let now = body
  try {
    for (const name of encodings.toReversed()) now = decode(now, name.trim())
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
