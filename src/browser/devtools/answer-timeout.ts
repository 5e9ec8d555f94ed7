/** How long a document may take to answer before the barrier goes on without it. */
const ANSWER_TIMEOUT_MS = 2000
/** The same while its target is navigating: Chromium holds commands back until the new document is there. */
const NAVIGATING_TIMEOUT_MS = 100

/** Waits for the answers of one target, but not for ever: a busy or navigating document must not hold up the session. */
export class AnswerTimeout {
  #navigating = false
  /** Requests for documents of the target that the gate has not let go. */
  #held = 0
  readonly #interrupts = new Set<() => void>()
  /** Calls that were given up and have not been answered since. */
  #unanswered = 0

  /** Whether a new document was asked for: until it is there, the target does not answer. */
  get navigating(): boolean {
    return this.#navigating || this.#held > 0
  }

  /** A new document was asked for, and is held at the gate. What is waited for now is given up. */
  held(): void {
    this.#held++
    this.#navigating = true
    this.interrupt()
  }

  /** The gate lets it go. */
  letGo(): void {
    this.#held--
  }

  /** A document is there, or none will come. The old one's end is reported late: it says nothing of one that is held. */
  arrived(): void {
    if (this.#held === 0) this.#navigating = false
  }

  /** Gives up what is being waited for now. */
  interrupt(): void {
    for (const release of this.#interrupts) release()
  }

  /**
   * The answer; undefined when it does not come in time.
   *
   * @param anew - whether it is waited for as if the target had left nothing unanswered
   */
  async within<T>(answer: Promise<T>, anew = false): Promise<T | undefined> {
    // A target that left calls unanswered is asked again, and waited for only shortly until it answers.
    const short = this.navigating || (this.#unanswered > 0 && !anew)
    const limit = short ? NAVIGATING_TIMEOUT_MS : ANSWER_TIMEOUT_MS
    const { promise: given, resolve } = Promise.withResolvers<undefined>()
    const release = () => resolve(undefined)
    const timer = setTimeout(release, limit)
    this.#interrupts.add(release)
    let late = false
    const settled = answer.finally(() => {
      if (late) this.#unanswered--
    })
    settled.catch(() => {})
    try {
      const result = await Promise.race([settled.then((value) => ({ value })), given])
      if (result) return result.value
      late = true
      this.#unanswered++
      return undefined
    } finally {
      clearTimeout(timer)
      this.#interrupts.delete(release)
    }
  }
}
