/** How a request ended, as its caller sees it. */
export type Outcome =
  | { readonly kind: 'done' }
  /** An error with a code, and its tier where the code is one of Onejar's. */
  | { readonly kind: 'refused'; readonly code: string; readonly tier: string | undefined }
  /** The connection broke, or what came cannot be understood. */
  | { readonly kind: 'unknown'; readonly why: string }

const MAX_NAMED = 50

/** The requests of a run and how each ended: none may be without an end, and none may end in a way that says nothing. */
export class Outcomes {
  readonly #underway = new Map<number, { readonly what: string; readonly ended: Promise<void> }>()
  readonly #counts = new Map<string, number>()
  readonly #broken: string[] = []
  #next = 0

  /** Runs a request and notes how it ended. */
  async run(what: string, request: () => Promise<Outcome>): Promise<Outcome> {
    const id = this.#next++
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#underway.set(id, { what, ended: promise })
    try {
      const outcome = await request()
      this.#note(what, outcome)
      return outcome
    } finally {
      this.#underway.delete(id)
      resolve()
    }
  }

  /** Resolves when everything has ended that is under way now. */
  async settled(): Promise<void> {
    await Promise.all([...this.#underway.values()].map(({ ended }) => ended))
  }

  /** What has no end yet. */
  get underway(): readonly string[] {
    return [...this.#underway.values()].map(({ what }) => what)
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => a.localeCompare(b)))
  }

  /** Promises that were not kept. */
  get broken(): readonly string[] {
    return this.#broken
  }

  /** Notes a promise that was not kept. */
  break(text: string): void {
    if (this.#broken.length < MAX_NAMED) this.#broken.push(text)
  }

  #note(what: string, outcome: Outcome): void {
    const name = outcome.kind === 'refused' ? outcome.code : outcome.kind
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    if (outcome.kind === 'unknown') this.break(`${what}: ${outcome.why}`)
    // What time mends is what faults cause; anything else would be a wrong answer.
    if (outcome.kind === 'refused' && outcome.tier !== 'recoverable') this.break(`${what}: ${outcome.code}`)
  }
}
