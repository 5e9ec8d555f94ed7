import { getHeader, type HeaderList, indexOfHeader, overlayHeaders } from './request-headers.ts'

/*
 * Where Chromium 156 sends the headers that a request has of its own. A script's headers stand among the browser's in the
 * order of a hash table, which moves with how many there are: the places below are those of one or two, as they were seen.
 * undici keeps these for itself: the place of `content-length` (it comes last; Chromium sends it first), and the spelling
 * of `host` and `connection` (lower case; Chromium's is `Host` and `Connection` over HTTP/1.1).
 */

/** A script's own header, and the browser's header that follows it. */
const SCRIPT_PLACES: ReadonlyMap<string, string> = new Map([
  ['accept', 'sec-ch-ua'],
  ['content-type', 'sec-ch-ua-mobile'],
  ['x-api-key', 'sec-ch-ua-mobile'],
  ['if-none-match', 'sec-ch-ua-platform'],
  ['x-access-token', 'sec-ch-ua-platform'],
  ['x-auth-token', 'sec-ch-ua-platform'],
])

/**
 * A request's own headers among those of the identity, which they replace where both have one, in Chromium's order. Neither
 * list is changed.
 *
 * @param script - whether a page's script asks; else a document is navigated to
 */
export function placeOwnHeaders(identity: HeaderList, own: HeaderList, script: boolean): HeaderList {
  if (own.length === 0) return identity
  return script ? placeInScript(identity, own) : placeInDocument(identity, own)
}

/** What a form's body is stands before the user agent; other headers are nothing that a navigation has. */
function placeInDocument(identity: HeaderList, own: HeaderList): HeaderList {
  const list = overlayHeaders(identity, own)
  const from = indexOfHeader(list, 'content-type')
  const to = indexOfHeader(list, 'user-agent')
  if (from < to || to < 0) return list
  const moved = list.slice()
  moved.splice(to, 0, ...moved.splice(from, 2))
  return moved
}

function placeInScript(identity: HeaderList, own: HeaderList): HeaderList {
  const hasHints = indexOfHeader(identity, 'sec-ch-ua') >= 0
  const list = [...identity]
  for (const [name, value] of hasHints ? pairsOf(own) : typeFirst(own)) {
    const lower = name.toLowerCase()
    const at = indexOfHeader(list, lower)
    if (at >= 0 && !(lower === 'accept' && hasHints)) {
      list.splice(at, 2, name, value)
      continue
    }
    if (at >= 0) list.splice(at, 2)
    const place = hasHints ? (SCRIPT_PLACES.get(lower) ?? 'user-agent') : plainPlace(lower, own)
    const to = indexOfHeader(list, place)
    list.splice(to < 0 ? list.length : to, 0, name, value)
  }
  return list
}

/** To an origin that gets no client hints. */
function plainPlace(name: string, own: HeaderList): string {
  const crowded = own.length > 4 && getHeader(own, 'content-type') !== undefined
  return crowded && name !== 'content-type' ? 'user-agent' : 'accept'
}

function pairsOf(list: HeaderList): (readonly [string, string])[] {
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]!] as const] : []))
}

function typeFirst(own: HeaderList): (readonly [string, string])[] {
  const rank = ([name]: readonly [string, string]) => (name.toLowerCase() === 'content-type' ? 0 : 1)
  return pairsOf(own).sort((a, b) => rank(a) - rank(b))
}
