import { decodedBody } from '../../har/index.ts'

/** A response as `curl -i` writes it: the last one, where others came before. */
export interface HttpMessage {
  readonly status: number
  readonly headers: ReadonlyArray<readonly [string, string]>
  /** Decoded. */
  readonly body: Buffer
}

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
      .map(([, value]) => value)
    return { status: Number(status), headers, body: decodedBody(body, encodings) }
  }
}

function splitHead(bytes: Buffer): { readonly head: string; readonly body: Buffer } {
  const [wide, narrow] = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n')]
  const isWide = wide !== -1 && (narrow === -1 || wide < narrow)
  const at = isWide ? wide : narrow
  if (at === -1) return { head: bytes.toString('latin1').replace(/\r?\n$/, ''), body: Buffer.alloc(0) }
  return { head: bytes.toString('latin1', 0, at), body: bytes.subarray(at + (isWide ? 4 : 2)) }
}
