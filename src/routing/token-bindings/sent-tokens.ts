import { LazyMap, LazySet } from '../../core/index.ts'
import { isTellingName } from '../../credentials/index.ts'
import { type HeaderList, type HeadersInput, toHeaderList } from '../../http/index.ts'
import { siteOfHost, siteOfText, type TokenBinding } from '../../record/index.ts'
import type { Requester } from './requester.ts'
import type { TokenBindings } from './token-bindings.ts'
import { isAgainstForgery, type TokenNeed } from './token-need.ts'

/**
 * The token headers that one exchange sent, per origin: asked for at each hop, so that none follows a redirect elsewhere, and
 * none that pages taught is sent because another site redirected here: in a browser no site has another's page speak.
 */
export class SentTokens {
  readonly #bindings: TokenBindings
  readonly #headers: HeadersInput | undefined
  readonly #requester: Requester
  #names: ReadonlySet<string> | undefined
  /** The hops before, by URL. */
  readonly #hops: URL[] = []
  readonly #sent = new LazyMap<string, HeaderList>()
  /** Origins that a redirect led to from a site which may not have their pages speak. */
  readonly #withheld = new LazySet<string>()

  /** @param headers - the caller's own: they take precedence over those of a binding */
  constructor(bindings: TokenBindings, headers: HeadersInput | undefined, requester: Requester = 'user') {
    this.#bindings = bindings
    this.#headers = headers
    this.#requester = requester
  }

  headersFor(url: URL): HeaderList | undefined {
    const list: string[] = []
    const bindings = this.#bindings.empty ? [] : this.#bindings.of(url.origin, this.#requester)
    for (const binding of bindings) {
      if (!this.#passes(binding, url)) {
        this.#withheld.add(url.origin)
        continue
      }
      if (!this.#own.has(binding.header)) this.#bindings.noteUse(binding)
      const value = this.#bindings.header(binding)
      if (value !== undefined) list.push(binding.header, value)
    }
    if (this.#hops.at(-1)?.href !== url.href) this.#hops.push(url)
    if (list.length === 0) return undefined
    this.#sent.set(url.origin, list)
    return list
  }

  /** Whether the hops before are of this site, or of the one that taught. A site's move to https is no other site. */
  #passes({ learned, page }: TokenBinding, url: URL): boolean {
    if (!learned || this.#hops.length === 0) return true
    const teacher = siteOfText(page)
    return this.#hops.every(
      (hop) => siteOfHost(hop.hostname) === siteOfHost(url.hostname) || siteOfText(hop.origin) === teacher,
    )
  }

  get #own(): ReadonlySet<string> {
    this.#names ??= new Set(
      toHeaderList(this.#headers)
        .filter((_, at) => at % 2 === 0)
        .map((name) => name.toLowerCase()),
    )
    return this.#names
  }

  /**
   * What a page is to renew before a request is sent: what is known to be over, or in the memory of pages only; and for one that does more than read, what is
   * there against forged requests and has no value yet, as the document that has it was not loaded. Null where there is nothing.
   */
  over(origin: string, reads: boolean): TokenNeed | null {
    const isOver = (binding: TokenBinding) => {
      const state = this.#bindings.state(binding)
      // Only the page can say what it has in memory.
      if (state === 'gone' && binding.source.kind === 'memory') return true
      if (state === 'gone') return !reads && binding.source.kind === 'meta' && isAgainstForgery(binding)
      return state === 'expired'
    }
    return this.#need(origin, this.#open(origin).filter(isOver))
  }

  /**
   * What a page is to renew after a refusal, where tokens of this origin decide over the request: it is bound, and the caller
   * did not bring all headers; or it has a token, nobody has seen what pages send with it, and the caller brought none. Null
   * where there is nothing.
   */
  refused(origin: string, refusal: 'token' | 'forgery'): TokenNeed | null {
    if (this.#withheld.has(origin)) return null
    const open = this.#open(origin)
    const against = open.filter(isAgainstForgery)
    if (refusal === 'forgery') return this.#need(origin, against)
    const kept = open.filter((one) => one.source.kind === 'memory' || this.#bindings.token(one) !== undefined)
    const logins = kept.filter((binding) => !against.includes(binding))
    if (kept.length > 0) return this.#need(origin, logins.length > 0 ? logins : kept)
    if (this.#bindings.of(origin, this.#requester).length > 0 || [...this.#own].some(isTellingName))
      return null
    const held = this.#bindings.unlearned(origin, this.#requester)
    return held ? { origin, requester: this.#requester, headers: [], inMemory: false } : null
  }

  /**
   * What a page is to renew as the answer brings it anew: a header that only pages' memory has, and that the server hands out by one
   * of the same name. Null where there is nothing.
   */
  replaced(origin: string, handed: (header: string) => boolean): TokenNeed | null {
    if (this.#withheld.has(origin)) return null
    const open = this.#open(origin)
    return this.#need(
      origin,
      open.filter(({ header, source }) => source.kind === 'memory' && handed(header)),
    )
  }

  /** The site has refused what was sent: what only pages' memory has of it is not sent again. */
  noteRefused(origin: string): void {
    const sent = this.#sent.get(origin)
    if (sent) this.#bindings.refused(origin, this.#requester, sent)
  }

  /** Whether tokens are others now than when the request was sent, and there are some. */
  outdated({ origin, headers }: TokenNeed): boolean {
    const sent = this.#sent.get(origin) ?? []
    return this.#bindings.of(origin, this.#requester).some((binding) => {
      if (!headers.includes(binding.header) || this.#own.has(binding.header)) return false
      const now = this.#bindings.header(binding)
      return now !== undefined && now !== valueIn(sent, binding.header)
    })
  }

  /** The bindings of an origin whose headers the caller did not bring. */
  #open(origin: string): TokenBinding[] {
    return this.#bindings.of(origin, this.#requester).filter(({ header }) => !this.#own.has(header))
  }

  #need(origin: string, bindings: readonly TokenBinding[]): TokenNeed | null {
    if (bindings.length === 0) return null
    const inMemory = bindings.some(({ source }) => source.kind === 'memory')
    return { origin, requester: this.#requester, headers: bindings.map(({ header }) => header), inMemory }
  }
}

function valueIn(list: HeaderList, name: string): string | undefined {
  const at = list.indexOf(name)
  return at === -1 ? undefined : list[at + 1]
}
