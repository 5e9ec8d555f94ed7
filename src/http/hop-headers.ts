import type { RequestContext } from '../record/index.ts'
import { ACCEPT_ENCODING } from './content-decoder.ts'
import type { HttpRequest } from './http-request.ts'
import { placeOwnHeaders } from './own-headers.ts'
import {
  getHeader,
  type HeaderList,
  indexOfHeader,
  mergeCookies,
  NO_HEADERS,
  overlayHeaders,
  toHeaderList,
  withoutHeaders,
} from './request-headers.ts'

/** What differs from hop to hop. */
export interface Hop {
  readonly url: URL
  /** Of the URL. */
  readonly origin: string
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
 * Chromium has them, over HTTP/2 the priority, and last what the session itself adds.
 */
export function hopHeaders(request: HttpRequest<unknown>, hop: Hop): HeaderList {
  const { omitHeaders, sessionHeaders } = request
  const added = sessionHeaders?.(hop.url, hop.origin)
  const others = allHeaders(request, hop)
  const list = added === undefined ? others : withAdded(others, added, hop.callerHeaders)
  return omitHeaders === undefined ? list : withoutHeaders(list, (name) => omitHeaders.has(name))
}

/** A caller's header of the same name is replaced; of all others none has one. */
function withAdded(others: HeaderList, added: HeaderList, caller: HeaderList): HeaderList {
  return caller.length === 0 ? others.concat(added) : overlayHeaders(others, added)
}

function allHeaders(request: HttpRequest<unknown>, hop: Hop): HeaderList {
  const { identity, extraHeaders, cookies } = request
  const { url, context, callerHeaders: caller, contentType } = hop
  const addType = contentType !== undefined && indexOfHeader(caller, 'content-type') === -1
  const cookie = mergeCookies(cookies.header(url, context), getHeader(caller, 'cookie'))
  let own: HeaderList = extraHeaders === undefined ? NO_HEADERS : toHeaderList(extraHeaders(url))
  if (caller.length > 0)
    own = overlayHeaders(
      own,
      withoutHeaders(caller, (name) => name === 'cookie'),
    )
  if (addType) own = [...own, 'Content-Type', typeOfForm(contentType, context)]
  const list =
    identity === undefined
      ? overlayHeaders(DEFAULT_HEADERS, own)
      : placeOwnHeaders(identity.headersFor(url, context), own, isScript(context))
  const priority = hop.http2 ? identity?.priorityFor?.(context) : undefined
  return withCookies(list, cookie, { http2: hop.http2, priority })
}

/** Whether a page's script or element asks, and not a navigation. */
export function isScript(context: RequestContext | undefined): boolean {
  return context?.kind === 'fetch' || context?.kind === 'img'
}

/**
 * The cookies after all other headers, and over HTTP/2 as Chromium sends them: one field for each cookie (RFC 9113, section
 * 8.2.3), and after them the priority.
 */
export function withCookies(
  list: HeaderList,
  cookie: string,
  { http2, priority }: { readonly http2: boolean; readonly priority: string | undefined },
): HeaderList {
  const addsPriority = priority !== undefined && indexOfHeader(list, 'priority') === -1
  const range = getHeader(list, 'range')
  if (cookie === '' && !addsPriority && range === undefined) return list
  // A part of a document is asked for as it is, after everything else.
  const all = range === undefined ? list.slice() : asked(list)
  if (http2) for (const crumb of cookie === '' ? [] : cookie.split('; ')) all.push('cookie', crumb)
  else if (cookie !== '') all.push('Cookie', cookie)
  if (range !== undefined) all.push('Range', range)
  if (addsPriority) all.push('priority', priority)
  return all
}

/** What goes along with a Range: no encoding, whose bytes would be others than those that were meant. */
function asked(list: HeaderList): string[] {
  const rest = [...withoutHeaders(list, (name) => name === 'range')]
  const at = indexOfHeader(rest, 'accept-encoding')
  if (at >= 0) rest[at + 1] = 'identity'
  return rest
}

/** A form of HTML names no charset, which a script's URLSearchParams does. */
function typeOfForm(contentType: string, context: RequestContext | undefined): string {
  return context?.kind === 'form' ? contentType.replace(/;charset=UTF-8$/, '') : contentType
}
