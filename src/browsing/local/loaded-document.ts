import { isAscii, isUtf8 } from 'node:buffer'
import type { Request as PageRequest, Response as PageResponse } from 'playwright'
import type { Verdict } from '../../challenge/index.ts'
import type { ResponseHeaders } from '../../http/index.ts'
import type { Judge } from '../judge.ts'
import type { FileDocument } from './file-documents.ts'

/** What the main frame finally showed. */
export interface LoadedDocument {
  readonly url: URL
  readonly statusCode: number
  readonly statusText: string
  readonly headers: ResponseHeaders
  readonly body: Buffer
  readonly verdict: Verdict
  /** Whether a challenge came before it. */
  readonly afterChallenge: boolean
  /** The `Cookie` header that it was asked for with. A secret: for comparing only. */
  readonly sentCookie: string
  /** It is no page, and was taken off the network: the page stays where it was. */
  readonly isFile?: boolean
}

/** Reads a main document's response and says what it is. */
export async function readDocument(
  response: PageResponse,
  classifier: Judge,
  afterChallenge: boolean,
): Promise<LoadedDocument> {
  const url = new URL(response.url())
  const body = await response.body()
  const headers = asRead(await headersOf(response), body)
  let first = response.request()
  for (let before = first.redirectedFrom(); before; before = first.redirectedFrom()) first = before
  const method = response.request().method()
  const asked =
    first === response.request() ? undefined : { url: new URL(first.url()), method: first.method() }
  const head = { url, method, statusCode: response.status(), headers, asked }
  return {
    url,
    statusCode: response.status(),
    statusText: response.statusText(),
    headers: decoded(headers),
    body,
    verdict: classifier.judgeWhole(head, body, Date.now()),
    afterChallenge,
    sentCookie: (await response.request().headerValue('cookie')) ?? '',
  }
}

/**
 * The same for a document that was taken off the network: its bytes are the server's.
 *
 * @param request - what the main frame asked for last
 */
export async function documentOfFile(
  { url, statusCode, statusText, headers, body }: FileDocument,
  request: PageRequest | undefined,
  classifier: Judge,
  afterChallenge: boolean,
): Promise<LoadedDocument> {
  const head = { url, method: 'GET', statusCode, headers, asked: undefined }
  return {
    url,
    statusCode,
    statusText,
    headers: decoded(headers),
    body,
    verdict: classifier.judgeWhole(head, body, Date.now()),
    afterChallenge,
    sentCookie: (await request?.headerValue('cookie').catch(() => null)) ?? '',
    isFile: true,
  }
}

/** The `name=value` pairs that a response sets, as a `Cookie` header has them. */
export async function pairsSetBy(response: PageResponse): Promise<string[]> {
  const headers = await response.headersArray()
  return headers
    .filter(({ name }) => name.toLowerCase() === 'set-cookie')
    .flatMap(({ value }) => value.split('\n'))
    .map((line) => line.split(';', 1)[0]?.trim() ?? '')
}

async function headersOf(response: PageResponse): Promise<ResponseHeaders> {
  const headers: Record<string, string | string[]> = {}
  for (const { name, value } of await response.headersArray()) {
    const key = name.toLowerCase()
    const held = headers[key]
    headers[key] = held === undefined ? value : Array.isArray(held) ? [...held, value] : [held, value]
  }
  return headers
}

const UTF_8 = /charset\s*=\s*["']?utf-?8/i
const TEXT = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?(?:xml|json|javascript)\b)/i

/** Chromium hands texts over in UTF-8 whatever they came in: the header says so then, and overrides what the text says. */
function asRead(headers: ResponseHeaders, body: Buffer): ResponseHeaders {
  const type = headers['content-type']
  if (typeof type !== 'string' || !TEXT.test(type) || UTF_8.test(type)) return headers
  if (!isUtf8(body) || (isAscii(body) && !(/utf-16/i.test(type) && !body.includes(0)))) return headers
  const bare = type.replace(/;\s*charset\s*=[^;]*/i, '')
  return { ...headers, 'content-type': `${bare}; charset=utf-8` }
}

/** The browser has decoded the body: its encoding headers are gone. */
function decoded({
  'content-encoding': _,
  'content-length': __,
  'transfer-encoding': ___,
  ...rest
}: ResponseHeaders) {
  return rest
}
