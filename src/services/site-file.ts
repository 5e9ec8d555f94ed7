import { isOnejarError } from '../core/index.ts'
import type {
  CookieSource,
  HttpResponse,
  HttpTransport,
  IdentitySource,
  SessionHeadersAt,
} from '../http/index.ts'

/** How a session asks for a file that is the same for everybody: its own sockets, proxy and identity. */
export interface SiteFileRequester {
  readonly http: HttpTransport
  readonly identity: () => IdentitySource | undefined
  /** Headers that the session itself adds. */
  readonly sessionHeaders?: SessionHeadersAt | undefined
}

const MAX_REDIRECTS = 5
/** Beside the request that waits for it; that has a deadline of its own. */
const ASK_TIMEOUT_MS = 15_000

/** The file is the same for everybody: neither are cookies sent for it, nor are any taken. */
const NO_COOKIES: CookieSource = { header: () => '', receive: () => {} }

/** A file of a site, as robots.txt is one: the response, and the beginning of its body. */
export async function askSiteFile(
  url: URL,
  { http, identity, sessionHeaders }: SiteFileRequester,
  { signal, maxBytes }: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<{ readonly response: HttpResponse; readonly body: Buffer }> {
  const response = await http.send({
    url,
    identity: identity(),
    sessionHeaders,
    cookies: NO_COOKIES,
    timeoutMs: ASK_TIMEOUT_MS,
    signal,
    maxRedirects: MAX_REDIRECTS,
  })
  return { response, body: await readUpTo(response.body, maxBytes) }
}

/** The first bytes of a body; the rest is given up. */
async function readUpTo(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= maxBytes) break
    }
  } catch (error) {
    // Larger than the broker takes: what has come until then is the beginning that counts.
    if (size === 0 || !isOnejarError(error, 'ONEJAR_BODY_TOO_LARGE')) throw error
  }
  return Buffer.concat(chunks)
}
