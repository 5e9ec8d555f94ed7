import { acceptLanguageOf, isTrustworthy, languagesOf, requestTarget } from '../core/index.ts'
import { type Identity, type RequestContext, siteOfHost } from '../record/index.ts'
import type { IdentitySource } from './http-request.ts'
import type { HeaderList } from './request-headers.ts'

type Kind = NonNullable<RequestContext['kind']>
type Site = 'none' | 'same-origin' | 'same-site' | 'cross-site'

/** What Chromium sends for one kind of request. */
interface KindSpec {
  readonly document: boolean
  readonly accept: string
  readonly mode: string
  readonly dest: string
  /** Sec-Fetch-User: the request follows from a person's deed. */
  readonly user: boolean
  /** RFC 9218, sent over HTTP/2 only. */
  readonly priority: string
}

const ACCEPT_IMAGE = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'
const ACCEPT_DOCUMENT =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'

const DOCUMENT: KindSpec = {
  document: true,
  accept: ACCEPT_DOCUMENT,
  mode: 'navigate',
  dest: 'document',
  user: true,
  priority: 'u=0, i',
}

/** Seen on Chromium 156; a test compares them with the browser that is installed. */
const KINDS: Readonly<Record<Kind, KindSpec>> = {
  navigate: DOCUMENT,
  link: DOCUMENT,
  form: DOCUMENT,
  'window-open': DOCUMENT,
  iframe: { ...DOCUMENT, dest: 'iframe', user: false },
  fetch: { document: false, accept: '*/*', mode: 'cors', dest: 'empty', user: false, priority: 'u=1, i' },
  img: { document: false, accept: ACCEPT_IMAGE, mode: 'no-cors', dest: 'image', user: false, priority: 'i' },
}

/** JPEG XL is in the Accept of the 156 that was seen; older ones do not name it. */
const FIRST_MAJOR_WITH_JXL = 156

/** Encodings that Chromium asks for only where nobody on the way can meddle. */
const ACCEPT_ENCODING_PLAIN = 'gzip, deflate'
const ACCEPT_ENCODING_SECURE = 'gzip, deflate, br, zstd'

/** Client hints that lead a document's headers; of the others the platform comes first for a subresource. */
const MAIN_HINTS = ['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform']

/**
 * The headers by which a site knows the browser, in Chromium's order for the kind of request: client hints and
 * sec-fetch-* only to origins that a browser trusts (https and this machine). Made once per kind, and reused.
 */
export class IdentityHeaders implements IdentitySource {
  readonly #identity: Identity
  readonly #lists = new Map<string, HeaderList>()
  readonly #typedIn: HeaderList
  readonly #typedInPlain: HeaderList
  readonly #jxl: boolean

  constructor(identity: Identity) {
    // Weighted as a page of this identity weighs them.
    this.#identity = { ...identity, acceptLanguage: acceptLanguageOf(languagesOf(identity.acceptLanguage)) }
    const major = /Chrom(?:e|ium)\/(\d+)/.exec(identity.userAgent)?.[1]
    this.#jxl = major !== undefined && Number(major) >= FIRST_MAJOR_WITH_JXL
    this.#typedIn = this.#build(DOCUMENT, true, 'none', undefined, undefined)
    this.#typedInPlain = this.#build(DOCUMENT, false, 'none', undefined, undefined)
  }

  /** Cheap without a context, and for contexts that name no initiator. */
  headersFor(url: URL, context: RequestContext | undefined): HeaderList {
    const trusted = isTrustworthy(url)
    if (context === undefined) return trusted ? this.#typedIn : this.#typedInPlain
    const kind = context.kind ?? 'navigate'
    const spec = KINDS[kind]
    const initiator = initiatorOf(context, spec)
    if (initiator === undefined) {
      const site = spec.document && spec.dest === 'document' ? 'none' : 'same-origin'
      const list = this.#cached(kind, spec, trusted, site)
      return submits(context) ? [...NO_CACHE, ...list] : list
    }
    const site = siteBetween(initiator, url)
    const origin = sendsOrigin(spec, context.method, site) ? initiator.origin : undefined
    const list = this.#build(spec, trusted, site, origin, refererFrom(initiator, url))
    return submits(context) ? [...NO_CACHE, ...list] : list
  }

  /** The `priority` header of this kind of request, for HTTP/2. */
  priorityFor(context: RequestContext | undefined): string {
    return KINDS[context?.kind ?? 'navigate'].priority
  }

  #cached(kind: Kind, spec: KindSpec, trusted: boolean, site: Site): HeaderList {
    const key = `${kind} ${trusted}`
    let list = this.#lists.get(key)
    if (list === undefined) {
      list = this.#build(spec, trusted, site, undefined, undefined)
      this.#lists.set(key, list)
    }
    return list
  }

  #build(
    spec: KindSpec,
    trusted: boolean,
    site: Site,
    origin: string | undefined,
    referer: string | undefined,
  ): HeaderList {
    const { userAgent, clientHints, acceptLanguage } = this.#identity
    const list: string[] = []
    const hint = (name: string) => {
      const value = clientHints[name]
      if (trusted && value !== undefined) list.push(name, value)
    }
    const others = Object.keys(clientHints).filter((name) => !MAIN_HINTS.includes(name))
    const accept = this.#jxl ? spec.accept.replace('image/avif', 'image/jxl,image/avif') : spec.accept
    if (spec.document) {
      for (const name of MAIN_HINTS) hint(name)
      for (const name of others) hint(name)
      list.push('Upgrade-Insecure-Requests', '1', 'User-Agent', userAgent)
      if (origin !== undefined) list.push('Origin', origin)
      list.push('Accept', accept)
    } else {
      hint('sec-ch-ua-platform')
      list.push('User-Agent', userAgent)
      hint('sec-ch-ua')
      hint('sec-ch-ua-mobile')
      for (const name of others) hint(name)
      list.push('Accept', accept)
      if (origin !== undefined) list.push('Origin', origin)
    }
    if (trusted) {
      list.push('Sec-Fetch-Site', site, 'Sec-Fetch-Mode', spec.mode)
      if (spec.user) list.push('Sec-Fetch-User', '?1')
      list.push('Sec-Fetch-Dest', spec.dest)
      // Third-party cookies are blocked, so what a page gets from another site has no access to its storage.
      if (site === 'cross-site' && spec.dest !== 'document') {
        list.push('Sec-Fetch-Storage-Access', 'none')
      }
    }
    if (referer !== undefined) list.push('Referer', referer)
    list.push('Accept-Encoding', trusted ? ACCEPT_ENCODING_SECURE : ACCEPT_ENCODING_PLAIN)
    if (acceptLanguage !== '') list.push('Accept-Language', acceptLanguage)
    return list
  }
}

/** What a form that is sent says of caches on its way. */
const NO_CACHE: HeaderList = ['Cache-Control', 'max-age=0']

/** Whether a form sends something. */
function submits({ kind, method }: RequestContext): boolean {
  return kind === 'form' && method !== undefined && method !== 'GET'
}

/** A page without an origin of its own (`null`): cross-site to everything. */
const OPAQUE = new URL('data:,')

/** The page that asks; none for a typed-in address, whatever the context says of the address bar. */
function initiatorOf(context: RequestContext, spec: KindSpec): URL | undefined {
  const topLevel = spec.dest === 'document'
  const text = context.initiator === undefined && !topLevel ? context.topLevelUrl : context.initiator
  if (text == null) return undefined
  return URL.canParse(text) ? new URL(text) : OPAQUE
}

function siteBetween(initiator: URL, target: URL): Site {
  if (initiator.origin === target.origin) return 'same-origin'
  return initiator.protocol === target.protocol &&
    siteOfHost(initiator.hostname) === siteOfHost(target.hostname)
    ? 'same-site'
    : 'cross-site'
}

/** Fetch standard, "append a request Origin header": CORS requests to others, and methods that change something. */
function sendsOrigin(spec: KindSpec, method: string | undefined, site: Site): boolean {
  if (method !== undefined && method !== 'GET' && method !== 'HEAD') return true
  return spec.mode === 'cors' && site !== 'same-origin'
}

/** strict-origin-when-cross-origin, Chromium's default. */
function refererFrom(initiator: URL, target: URL): string | undefined {
  if (initiator.protocol !== 'http:' && initiator.protocol !== 'https:') return undefined
  if (initiator.origin === target.origin) return initiator.origin + requestTarget(initiator)
  if (initiator.protocol === 'https:' && !isTrustworthy(target)) return undefined
  return `${initiator.origin}/`
}
