/** What was seen, and what could not be looked at on this machine. Each line is said once it is known, and again at the end. */
export class Results {
  readonly #checked: { readonly what: string; readonly seen: string; readonly ok: boolean }[] = []
  readonly #notRun: { readonly what: string; readonly why: string }[] = []
  readonly #say: (line: string) => void

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** How many checks failed. */
  get failed(): number {
    return this.#checked.filter(({ ok }) => !ok).length
  }

  check(what: string, ok: boolean, seen: string): void {
    this.#checked.push({ what, seen, ok })
    this.#say(`${ok ? 'ok    ' : 'WRONG '} ${what}: ${seen}`)
  }

  /** Of many alike, which all have to be so: names those that are not. */
  checkEach(what: string, all: Readonly<Record<string, string>>, wanted: RegExp): void {
    const wrong = Object.entries(all).filter(([, seen]) => !wanted.test(seen))
    const values = [...new Set(Object.values(all))]
    const seen =
      wrong.length === 0
        ? `${values.sort().join(', ')} (${Object.keys(all).length} containers)`
        : wrong.map(([name, value]) => `${name}: ${value}`).join('; ')
    this.check(what, wrong.length === 0 && values.length > 0, seen)
  }

  notRun(what: string, why: string): void {
    if (this.#notRun.some((each) => each.what === what)) return
    this.#notRun.push({ what, why })
    this.#say(`not run  ${what}: ${why}`)
  }

  /** Everything, as a table. */
  table(): string {
    const width = Math.max(...[...this.#checked, ...this.#notRun].map(({ what }) => what.length))
    const checked = this.#checked.map(
      ({ what, seen, ok }) => `  ${ok ? 'ok   ' : 'WRONG'}  ${what.padEnd(width)}  ${seen}`,
    )
    const notRun = this.#notRun.map(({ what, why }) => `  -      ${what.padEnd(width)}  ${why}`)
    const passed = this.#checked.length - this.failed
    return [
      'checked',
      ...checked,
      '',
      'not run here, and why',
      ...(notRun.length === 0 ? ['  nothing'] : notRun),
      '',
      `${passed} passed, ${this.failed} failed`,
    ].join('\n')
  }
}
