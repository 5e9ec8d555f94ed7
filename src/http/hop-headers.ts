import type { RequestContext } from '../record/index.ts'
import { ACCEPT_ENCODING } from './content-decoder.ts'
import type { HttpRequest } from './http-request.ts'
import {
  getHeader,
  type HeaderList,
  indexOfHeader,
  mergeCookies,
  overlayHeaders,
  toHeaderList,
  withoutHeaders,
} from './request-headers.ts'

/** What differs from hop to hop. */
export interface Hop {
  readonly url: URL
  readonly context: RequestContext | undefined
  /** What is left of the caller's headers. */
  readonly callerHeaders: HeaderList
  /** Of the body that goes along, if any. */
  readonly contentType: string | undefined
  /** Whether the origin is known to speak HTTP/2. */
  readonly http2: boolean
}

/** What is sent where nothing of an identity is known. */
export const DEFAULT_HEADERS: HeaderList = ['Accept', '*/*', 'Accept-Encoding', ACCEPT_ENCODING]

/**
 * The headers of one hop: the identity's, over them the origin's tokens, over them the caller's, then the cookies, as
 * Chromium has them, and over HTTP/2 the priority.
 */
export function hopHeaders(request: HttpRequest<unknown>, hop: Hop): HeaderList {
  const { omitHeaders } = request
  const list = allHeaders(request, hop)
  return omitHeaders === undefined ? list : withoutHeaders(list, (name) => omitHeaders.has(name))
}

function allHeaders(request: HttpRequest<unknown>, hop: Hop): HeaderList {
  const { identity, extraHeaders, cookies } = request
  const { url, context, callerHeaders: caller, contentType } = hop
  let list = identity === undefined ? DEFAULT_HEADERS : identity.headersFor(url, context)
  if (extraHeaders !== undefined) list = overlayHeaders(list, toHeaderList(extraHeaders(url)))
  let cookie = cookies.header(url, context)
  if (caller.length > 0) {
    cookie = mergeCookies(cookie, getHeader(caller, 'cookie'))
    list = overlayHeaders(
      list,
      withoutHeaders(caller, (name) => name === 'cookie'),
    )
  }
  const addType = contentType !== undefined && indexOfHeader(caller, 'content-type') === -1
  const priority = hop.http2 ? identity?.priorityFor?.(context) : undefined
  if (cookie === '' && !addType && priority === undefined) return list
  const all = list.slice()
  if (addType) all.push('Content-Type', contentType)
  if (cookie !== '') all.push('Cookie', cookie)
  if (priority !== undefined && indexOfHeader(caller, 'priority') === -1) all.push('priority', priority)
  return all
}
