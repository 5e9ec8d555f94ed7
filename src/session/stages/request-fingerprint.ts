import { createHash } from 'node:crypto'
import type { RouteRequest } from '../../routing/index.ts'

/**
 * A hash of what a request asks for: its method, URL and body. Undefined when the body is a stream, which cannot be read
 * twice. Costs a pass over the body.
 */
export async function requestFingerprint({
  method = 'GET',
  url,
  body,
}: Pick<RouteRequest, 'method' | 'url' | 'body'>): Promise<string | undefined> {
  const hash = createHash('sha256').update(JSON.stringify([method, url.href]))
  if (body == null) return hash.digest('base64url')
  // Node's own FormData and that of undici's package are two classes; both carry this tag.
  if (Object.prototype.toString.call(body) === '[object FormData]') {
    for (const [name, value] of body as FormData) {
      hash.update(JSON.stringify(typeof value === 'string' ? [name, value] : [name, value.name, value.type]))
      if (typeof value !== 'string') hash.update(new Uint8Array(await value.arrayBuffer()))
    }
    return hash.digest('base64url')
  }
  const bytes = await bodyBytes(body)
  return bytes === undefined ? undefined : hash.update(bytes).digest('base64url')
}

/** The bytes of a body that is one piece; undefined for forms with files and for streams. */
export async function bodyBytes(body: NonNullable<RouteRequest['body']>): Promise<Uint8Array | undefined> {
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof URLSearchParams) return Buffer.from(body.toString())
  if (body instanceof Blob) return new Uint8Array(await body.arrayBuffer())
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  return undefined
}
