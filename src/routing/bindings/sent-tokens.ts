import { LazyMap, LazySet } from '../../core/index.ts'
import { type HeaderList, type HeadersInput, toHeaderList } from '../../http/index.ts'
import { siteOfHost, siteOfText, type TokenBinding } from '../../record/index.ts'
import type { Asker } from './asker.ts'
import type { TokenBindings } from './token-bindings.ts'
import { isTellingName } from './token-value.ts'

/**
 * The token headers that one exchange sent, per origin: asked for at each hop, so that none follows a redirect elsewhere, and
 * none that pages taught is sent because another site redirected here: in a browser no site has another's page speak.
 */
export class SentTokens {
  readonly #bindings: TokenBindings
  readonly #headers: HeadersInput | undefined
  readonly #asker: Asker
  #names: ReadonlySet<string> | undefined
  /** The hops before, by URL. */
  readonly #hops: URL[] = []
  readonly #sent = new LazyMap<string, HeaderList>()
  /** Origins that a redirect led to from a site which may not have their pages speak. */
  readonly #withheld = new LazySet<string>()

  /** @param headers - the caller's own: they go before those of a binding */
  constructor(bindings: TokenBindings, headers: HeadersInput | undefined, asker: Asker = 'user') {
    this.#bindings = bindings
    this.#headers = headers
    this.#asker = asker
  }

  headersFor(url: URL): HeaderList | undefined {
    const list: string[] = []
    const bindings = this.#bindings.empty ? [] : this.#bindings.of(url.origin, this.#asker)
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

  /** Whether the caller brought this header. */
  brings(header: string): boolean {
    return this.#own.has(header)
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
   * Whether tokens of this origin decide over the request: it is bound, and the caller did not bring all headers; or it
   * has a token, nobody has seen what pages send with it, and the caller brought none.
   */
  concern(origin: string): boolean {
    if (this.#withheld.has(origin)) return false
    const bindings = this.#bindings.of(origin, this.#asker)
    if (bindings.length > 0) {
      return bindings.some(
        (binding) => !this.#own.has(binding.header) && this.#bindings.token(binding) !== undefined,
      )
    }
    return ![...this.#own].some(isTellingName) && this.#bindings.unlearned(origin, this.#asker) !== undefined
  }

  /** Whether this origin's tokens are others now than when the request was sent, and there are some. */
  outdated(origin: string): boolean {
    const now = this.#bindings.headersFor(origin, this.#asker)
    return now !== undefined && now.join('\n') !== (this.#sent.get(origin) ?? []).join('\n')
  }
}
