import type { ResponseHeaders } from './ports.ts'

/** The headers of a response as fetch gives them: a Headers that cannot be changed. */
export class ImmutableHeaders extends Headers {
  /** @param headers - as they were on the wire; what the Headers class does not take is left out */
  constructor(headers: ResponseHeaders) {
    super()
    for (const name of Object.keys(headers)) {
      const value = headers[name]
      if (typeof value === 'string') this.#add(name, value)
      else if (value !== undefined) for (const item of value) this.#add(name, item)
    }
  }

  #add(name: string, value: string): void {
    try {
      super.append(name, value)
    } catch {
      // HTTP/2 servers can send names that are no tokens; fetch drops them too.
    }
  }

  override append(): void {
    throw new TypeError('immutable')
  }

  override set(): void {
    throw new TypeError('immutable')
  }

  override delete(): void {
    throw new TypeError('immutable')
  }
}
