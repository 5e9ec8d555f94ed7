import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { maskHeader, maskQuery } from '../mask.ts'

const SENT = 'undici:client:sendHeaders'
const RECEIVED = 'undici:request:headers'

export interface HeaderLogOptions {
  readonly say: (line: string) => void
  /** Show values that are secret. */
  readonly reveal: boolean
}

/**
 * Shows the headers of every HTTP request that this process sends and of every response, redirects included, as they are
 * on the wire: `>` for what goes out, `<` for what comes in.
 *
 * @returns what ends it
 */
export function logHeaders({ say, reveal }: HeaderLogOptions): () => void {
  const show = (mark: string, name: string, value: string) =>
    say(`${mark} ${name}: ${reveal ? value : maskHeader(name, value)}`)

  const onSent = (message: unknown) => {
    const lines = (message as { headers: string }).headers.split('\r\n')
    for (const line of lines) {
      // HTTP/2 writes its request line as headers that begin with a colon.
      const at = line.indexOf(':', 1)
      const requestLine = /^[A-Z-]+ \S* HTTP\/\d/.test(line)
      if (line === '') continue
      if (requestLine || line.startsWith(':')) say(`> ${reveal ? line : maskQuery(line)}`)
      else show('>', line.slice(0, at), line.slice(at + 1).trim())
    }
    say('>')
  }

  const onReceived = (message: unknown) => {
    const { statusCode, statusText, headers } = (message as { response: ResponseMessage }).response
    say(`< ${statusCode} ${statusText ?? ''}`.trimEnd())
    for (const [name, value] of pairs(headers)) show('<', name, value)
    say('<')
  }

  subscribe(SENT, onSent)
  subscribe(RECEIVED, onReceived)
  return () => {
    unsubscribe(SENT, onSent)
    unsubscribe(RECEIVED, onReceived)
  }
}

interface ResponseMessage {
  readonly statusCode: number
  readonly statusText?: string
  readonly headers: readonly (Buffer | string)[] | Readonly<Record<string, string | string[]>>
}

/** undici gives HTTP/1.1 headers as a flat list of bytes, and those of HTTP/2 as an object. */
function* pairs(headers: ResponseMessage['headers']): Generator<[string, string]> {
  if (Array.isArray(headers)) {
    const texts = headers.map((part: Buffer | string | string[]) =>
      Buffer.isBuffer(part) ? part.toString('latin1') : String(part),
    )
    for (let at = 0; at + 1 < texts.length; at += 2) yield [texts[at]!, texts[at + 1]!]
    return
  }
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) yield [name, String(one)]
  }
}
