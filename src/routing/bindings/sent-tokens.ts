import { LazyMap } from '../../core/index.ts'
import { type HeaderList, type HeadersInput, toHeaderList } from '../../http/index.ts'
import type { TokenBindings } from './token-bindings.ts'
import { isTellingName } from './token-value.ts'

/** The token headers that one exchange sent, per origin: asked for at each hop, so that none follows a redirect elsewhere. */
export class SentTokens {
  readonly #bindings: TokenBindings
  readonly #headers: HeadersInput | undefined
  #names: ReadonlySet<string> | undefined
  readonly #sent = new LazyMap<string, HeaderList>()

  /** @param headers - the caller's own: they go before those of a binding */
  constructor(bindings: TokenBindings, headers: HeadersInput | undefined) {
    this.#bindings = bindings
    this.#headers = headers
  }

  headersFor(url: URL): HeaderList | undefined {
    const list = this.#bindings.headersFor(url.origin)
    if (list === undefined) return undefined
    this.#sent.set(url.origin, list)
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i] as string
      if (!this.#own.has(name)) this.#bindings.noteUse(url.origin, name)
    }
    return list
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
    const bindings = this.#bindings.of(origin)
    if (bindings.length > 0) {
      return bindings.some(
        (binding) => !this.#own.has(binding.header) && this.#bindings.token(binding) !== undefined,
      )
    }
    return ![...this.#own].some(isTellingName) && this.#bindings.unlearned(origin) !== undefined
  }

  /** Whether this origin's tokens are others now than when the request was sent, and there are some. */
  outdated(origin: string): boolean {
    const now = this.#bindings.headersFor(origin)
    return now !== undefined && now.join('\n') !== (this.#sent.get(origin) ?? []).join('\n')
  }
}
