import { OnejarError, safeUrl } from '../../core/index.ts'
import type { RoutedResponse } from '../../routing/index.ts'

/** A document that is larger is not parsed. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

/** The whole body as text, in its charset. @throws OnejarError ONEJAR_EXTRACT_FAILED where it is larger than what is parsed */
export async function bodyText({
  body,
  headers,
  url,
}: Pick<RoutedResponse, 'body' | 'headers' | 'url'>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw extractFailure(url, `the body is larger than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return decoded(Buffer.concat(chunks), headers['content-type'])
}

/** The error for a body that does not give what `extract` asks for. */
export function extractFailure(url: URL, what: string): OnejarError {
  return new OnejarError('ONEJAR_EXTRACT_FAILED', `${safeUrl(url)}: ${what}`)
}

function decoded(bytes: Buffer, contentType: string | string[] | undefined): string {
  const charset = /charset=["']?([\w:-]+)/i.exec(String(contentType ?? ''))?.[1]
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}
