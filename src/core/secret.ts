import { inspect } from 'node:util'

const MASK = '[secret]'

/**
 * A text that must not get out by accident: whatever prints it, makes JSON of it or joins it to another text shows a mask.
 * Only `reveal()` gives it.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [Symbol.toPrimitive](): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}
