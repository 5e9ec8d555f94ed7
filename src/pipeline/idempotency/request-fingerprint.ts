import { createHash } from 'node:crypto'
import { type NormalizedBody, normalizeBody } from '../../http/index.ts'
import type { RouteRequest } from '../../routing/index.ts'

/**
 * A hash of what a request asks for: its method, URL and body. Undefined when the body is a stream, which cannot be read
 * twice. Costs a pass over the body.
 */
export async function requestFingerprint({
  method = 'GET',
  url,
  body: given,
}: Pick<RouteRequest, 'method' | 'url' | 'body'>): Promise<string | undefined> {
  const hash = createHash('sha256').update(JSON.stringify([method, url.href]))
  if (given == null) return hash.digest('base64url')
  const body = normalizeBody(given)
  await body.settled()
  // The boundary of a form is another one each time.
  if (body.form !== undefined) {
    for (const entry of body.form) {
      if ('text' in entry) hash.update(JSON.stringify([entry.name, entry.text]))
      else {
        hash.update(JSON.stringify([entry.name, entry.fileName, entry.blob.type]))
        hash.update(new Uint8Array(await entry.blob.arrayBuffer()))
      }
    }
    return hash.digest('base64url')
  }
  const bytes = await bodyBytes(body)
  return bytes === undefined ? undefined : hash.update(bytes).digest('base64url')
}

/** The bytes of a body that is one piece; undefined for forms with files and for streams. */
export async function bodyBytes(body: NormalizedBody): Promise<Uint8Array | undefined> {
  return body.form !== undefined || !body.replayable ? undefined : body.bytes()
}
