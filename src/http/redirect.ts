import { chromiumUrl, OnejarError, safeUrl } from '../core/index.ts'
import type { RequestContext } from '../record/index.ts'
import type { ResponseHeaders } from './ports.ts'
import { getHeader, type HeaderList, withoutHeaders } from './request-headers.ts'

/** The next request of a redirect chain. */
export interface RedirectStep {
  readonly url: URL
  readonly method: string
  /** Whether the body and the headers that describe it are dropped. */
  readonly dropBody: boolean
  /** Whether scheme, host or port change, so that credentials stay behind. */
  readonly crossOrigin: boolean
}

/** The statuses that the fetch standard calls a redirect status. */
export function isRedirectStatus(status: number): boolean {
  return status === 302 || status === 301 || status === 303 || status === 307 || status === 308
}

/**
 * Where a redirect response leads (fetch standard, "HTTP-redirect fetch"; Chromium for empty and repeated Locations).
 *
 * @returns undefined when the response has no Location, and so is no redirect
 * @throws OnejarError ONEJAR_BAD_REDIRECT when the target is no http(s) URL or the Locations contradict each other
 */
export function planRedirect(
  status: number,
  headers: ResponseHeaders,
  url: URL,
  method: string,
): RedirectStep | undefined {
  const location = readLocation(headers['location'], url)
  if (location === undefined) return undefined
  const next = resolveLocation(location, url)
  const toGet =
    ((status === 301 || status === 302) && method === 'POST') ||
    (status === 303 && method !== 'GET' && method !== 'HEAD')
  return {
    url: next,
    method: toGet ? 'GET' : method,
    dropBody: toGet,
    crossOrigin: next.origin !== url.origin,
  }
}

/** The caller's headers that go on to the next hop. What was dropped once does not come back. */
export function headersAfterRedirect(headers: HeaderList, step: RedirectStep, from: URL): HeaderList {
  let kept = headers
  if (step.dropBody) kept = withoutHeaders(kept, (name) => name.startsWith('content-'))
  if (step.crossOrigin) {
    kept = withoutHeaders(
      kept,
      (name) =>
        name === 'authorization' || name === 'cookie' || name === 'proxy-authorization' || name === 'host',
    )
  }
  const referer = getHeader(kept, 'referer')
  if (referer === undefined) return kept
  const next = refererFor(referer, step.url, from)
  kept = withoutHeaders(kept, (name) => name === 'referer')
  return next === undefined ? kept : [...kept, 'referer', next]
}

/** The initiator stays, redirect hops do not count for same-site; the address bar follows a navigation. */
export function contextAfterRedirect(
  context: RequestContext | undefined,
  step: RedirectStep,
  method: string,
): RequestContext | undefined {
  if (context === undefined) return undefined
  const kind = context.kind ?? 'navigate'
  const topLevel = kind === 'navigate' || kind === 'link' || kind === 'form' || kind === 'window-open'
  const moves = topLevel && context.topLevelUrl != null
  if (!moves && step.method === method) return context
  return { ...context, method: step.method, ...(moves ? { topLevelUrl: step.url.href } : {}) }
}

/** Chromium's default policy, strict-origin-when-cross-origin. */
function refererFor(referer: string, target: URL, from: URL): string | undefined {
  if (!URL.canParse(referer)) return undefined
  const source = new URL(referer)
  if (source.protocol === 'https:' && target.protocol === 'http:') return undefined
  if (from.protocol === 'https:' && target.protocol === 'http:') return undefined
  return source.origin === target.origin ? referer : `${source.origin}/`
}

function readLocation(value: string | string[] | undefined, url: URL): string | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string') return value
  const given = value.filter((item) => item !== '')
  if (given.some((item) => item !== given[0])) {
    throw new OnejarError('ONEJAR_BAD_REDIRECT', `${safeUrl(url)} sent several Location headers that differ`)
  }
  return given[0]
}

function resolveLocation(location: string, url: URL): URL {
  // Chromium encodes each byte above ASCII as it stands, whatever the charset.
  const text = location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
  let next: URL
  try {
    next = new URL(text, url)
  } catch {
    throw new OnejarError('ONEJAR_BAD_REDIRECT', `${safeUrl(url)} redirects to something that is no URL`)
  }
  if (next.protocol !== 'http:' && next.protocol !== 'https:') {
    throw new OnejarError('ONEJAR_BAD_REDIRECT', `${safeUrl(url)} redirects to the scheme ${next.protocol}`)
  }
  // A server must not choose the credentials that are sent.
  next.username = ''
  next.password = ''
  next = chromiumUrl(next)
  if (next.hash === '' && url.hash !== '') next.hash = url.hash
  return next
}
