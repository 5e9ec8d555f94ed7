import type { Writable } from 'node:stream'

type Env = Readonly<Record<string, string | undefined>>

/** Colours of a terminal; plain text anywhere else, and where `NO_COLOR` asks for that. */
export class Style {
  static readonly plain = new Style(false)
  readonly #colours: boolean

  private constructor(colours: boolean) {
    this.#colours = colours
  }

  static of(stream: Writable & { readonly isTTY?: boolean }, env: Env): Style {
    const { NO_COLOR, TERM } = env
    const isPlain = stream.isTTY !== true || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb'
    return isPlain ? Style.plain : new Style(true)
  }

  /** Something went wrong. */
  bad(text: string): string {
    return this.#colour(text, 31)
  }

  /** Something is as it should be. */
  good(text: string): string {
    return this.#colour(text, 32)
  }

  /** Something that one should know. */
  note(text: string): string {
    return this.#colour(text, 33)
  }

  /** The head of a table. */
  head(text: string): string {
    return this.#colour(text, 1)
  }

  #colour(text: string, code: number): string {
    return this.#colours ? `\x1b[${code}m${text}\x1b[0m` : text
  }
}
