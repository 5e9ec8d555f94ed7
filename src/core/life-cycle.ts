/**
 * The life of something: it is in one phase at a time, and has what belongs to that phase. `setState` is the only place where
 * it changes.
 */
export class LifeCycle<State extends { readonly phase: string }> {
  readonly #what: string
  readonly #next: Readonly<Record<State['phase'], readonly State['phase'][]>>
  #state: State

  /**
   * @param what - whose life it is, for messages: `A session`
   * @param next - which phases may follow each phase
   */
  constructor(what: string, first: State, next: Readonly<Record<State['phase'], readonly State['phase'][]>>) {
    this.#what = what
    this.#next = next
    this.#state = first
  }

  get state(): State {
    return this.#state
  }

  /** @throws Error where this phase cannot follow the present one: a fault of the program */
  setState(next: State): void {
    const from: State['phase'] = this.#state.phase
    const to: State['phase'] = next.phase
    if (!this.#next[from].includes(to)) throw new Error(`${this.#what} that is ${from} cannot be ${to}`)
    this.#state = next
  }
}
