import { inspect } from 'node:util'

const MASK = '[secret]'

/**
 * A string that must not leak by accident: printing it, JSON and concatenation give a mask. Only `reveal()` returns the
 * value.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Keep it out of logs and messages. */
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
