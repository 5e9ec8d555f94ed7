import { copyHttpUrl, OnejarError, unknownKey } from '../../core/index.ts'

/** What a timer can wait; a longer time would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * What comes in at one call of the public face. Everything is read once and copied before the call returns, so that what the
 * caller changes afterwards changes nothing; what has another form is refused with its path.
 */
export class Input {
  readonly what: string

  /** @param what - the call, as the caller knows it */
  constructor(what: string) {
    this.what = what
  }

  /** The error that names a path. */
  bad(issue: string, cause?: unknown): OnejarError {
    return new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      `${this.what}: ${issue}`,
      cause === undefined ? undefined : { cause },
    )
  }

  /**
   * The members of an object by these names, each read once: it may have getters.
   *
   * @param ignored - names that mean nothing here and may be given
   * @param path - of the object within the call
   * @throws OnejarError ONEJAR_BAD_OPTIONS for what is no object, and for a name that is not known
   */
  members<Name extends string>(
    value: unknown,
    names: readonly Name[],
    { ignored = [], path = '' }: { readonly ignored?: readonly string[]; readonly path?: string } = {},
  ): { [K in Name]?: unknown } {
    const taken: { [K in Name]?: unknown } = {}
    if (value === undefined || value === null) return taken
    try {
      if (typeof value !== 'object' || Symbol.iterator in value)
        throw this.bad(`${path || 'options'}: expected an object`)
      for (const name in value) {
        if (names.includes(name as Name) || ignored.includes(name)) continue
        throw this.bad(unknownKey(name, names, path))
      }
      for (const name of names) {
        const member = (value as { readonly [K in Name]?: unknown })[name]
        if (member !== undefined) taken[name] = member
      }
    } catch (error) {
      throw error instanceof OnejarError
        ? error
        : this.bad(`${path || 'options'}: they cannot be read`, error)
    }
    return taken
  }

  /** An absolute http(s) URL, copied. @throws OnejarError ONEJAR_BAD_URL */
  url(value: unknown): URL {
    return copyHttpUrl(value as string | URL)
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS */
  text(value: unknown, path: string, maxChars = Number.POSITIVE_INFINITY): string {
    if (typeof value !== 'string') throw this.bad(`${path}: expected a text`)
    if (value.length > maxChars) throw this.bad(`${path}: expected a text of up to ${maxChars} characters`)
    return value
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS */
  flag(value: unknown, path: string): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value
    throw this.bad(`${path}: expected true or false`)
  }

  /** What a timer can wait. @throws OnejarError ONEJAR_BAD_OPTIONS */
  timeout(value: unknown, path = 'timeoutMs'): number | undefined {
    if (value === undefined) return undefined
    if (typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS) return value
    throw this.bad(`${path}: expected a number above 0, up to ${MAX_TIMER_MS}`)
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS */
  signal(value: unknown): AbortSignal | undefined {
    if (value == null) return undefined
    const { addEventListener, aborted } = value as Partial<AbortSignal>
    if (typeof addEventListener === 'function' && typeof aborted === 'boolean') return value as AbortSignal
    throw this.bad('signal: expected an AbortSignal')
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS */
  oneOf<Value extends string>(value: unknown, path: string, values: readonly Value[]): Value | undefined {
    if (value === undefined || values.includes(value as Value)) return value as Value | undefined
    throw this.notOneOf(path, values)
  }

  /** The same where something has to be said. @throws OnejarError ONEJAR_BAD_OPTIONS */
  required<Value extends string>(value: unknown, path: string, values: readonly Value[]): Value {
    if (values.includes(value as Value)) return value as Value
    throw this.notOneOf(path, values)
  }

  private notOneOf(path: string, values: readonly string[]): OnejarError {
    return this.bad(`${path}: expected ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`)
  }
}
