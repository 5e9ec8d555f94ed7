import { LifeCycle } from '../core/index.ts'

/**
 * The life of a context binding: awake <-> asleep -> closing -> closed. A context may also end by itself, at any time. While it
 * is being closed its pages can still wake it, or be the last.
 */
type State =
  /** Something in the browser may write: a barrier reads it. */
  | { readonly phase: 'awake' }
  /** Everything that the pages wrote is in the record, and no page is left to write more. */
  | { readonly phase: 'asleep' }
  | { readonly phase: 'closing'; readonly asleep: boolean; readonly done: Promise<void> }
  /** The context is gone. */
  | { readonly phase: 'closed' }

/** Whether a binding has anything to read, and whether it is over. */
export class BindingLife {
  readonly #life = new LifeCycle<State>(
    'A context binding',
    { phase: 'awake' },
    {
      awake: ['asleep', 'closing', 'closed'],
      asleep: ['awake', 'closing', 'closed'],
      closing: ['closing', 'closed'],
      closed: [],
    },
  )

  /** Whether nothing in the browser can write or read now. */
  get asleep(): boolean {
    const { state } = this.#life
    return state.phase === 'closing' ? state.asleep : state.phase !== 'awake'
  }

  get closed(): boolean {
    return this.#life.state.phase === 'closed'
  }

  get ending(): boolean {
    const { phase } = this.#life.state
    return phase === 'closing' || phase === 'closed'
  }

  /** Something in the browser may write from now on. Nothing changes in a context that is gone. */
  wake(): void {
    const { state } = this.#life
    if (state.phase === 'asleep') this.#life.setState({ phase: 'awake' })
    else if (state.phase === 'closing') this.#life.setState({ ...state, asleep: false })
  }

  /** Nothing in the browser can write any more, and what was written is in the record. */
  fallAsleep(): void {
    const { state } = this.#life
    if (state.phase === 'awake') this.#life.setState({ phase: 'asleep' })
    else if (state.phase === 'closing') this.#life.setState({ ...state, asleep: true })
  }

  /** Begins to close it. Whoever asks while it is being closed waits for the same; nothing happens once it is closed. */
  close(work: () => Promise<void>): Promise<void> {
    const { state } = this.#life
    if (state.phase === 'closed') return Promise.resolve()
    if (state.phase === 'closing') return state.done
    const done = Promise.resolve().then(work)
    this.#life.setState({ phase: 'closing', asleep: this.asleep, done })
    return done
  }

  /** The context is gone. @returns false where that was known */
  ended(): boolean {
    if (this.closed) return false
    this.#life.setState({ phase: 'closed' })
    return true
  }
}
