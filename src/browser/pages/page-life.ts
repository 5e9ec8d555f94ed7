import { LifeCycle } from '../../core/index.ts'

/**
 * The life of a page in its binding: attaching -> watched -> finishing -> finished -> closed. It may be closed at any time; a
 * page that does not stop when it is to be finished is watched on.
 */
type State<Agent> =
  /** Its target is being attached to: it may write already, and cannot be asked. */
  | { readonly phase: 'attaching' }
  /** It could not be attached to, or has crashed before it was: nothing is waited for. */
  | { readonly phase: 'unwatched' }
  | { readonly phase: 'watched'; readonly agent: Agent }
  /** It is asked for its last word. */
  | { readonly phase: 'finishing'; readonly agent: Agent; readonly done: Promise<boolean> }
  /** It has said its last word. There is an agent where it is read all the same: its scripts go on when an answer comes. */
  | { readonly phase: 'finished'; readonly agent: Agent | undefined; readonly done: Promise<boolean> }
  | { readonly phase: 'closed' }

/** Whether a page can be asked, and whether it has said its last word. */
export class PageLife<Agent> {
  readonly #life = new LifeCycle<State<Agent>>(
    'A page',
    { phase: 'attaching' },
    {
      attaching: ['unwatched', 'watched', 'closed'],
      unwatched: ['watched', 'closed'],
      watched: ['finishing', 'closed'],
      finishing: ['watched', 'finished', 'closed'],
      finished: ['closed'],
      closed: [],
    },
  )
  readonly #attached = Promise.withResolvers<void>()

  get attaching(): boolean {
    return this.#life.state.phase === 'attaching'
  }

  /** Resolves when it is watched, or will not be; undefined where nobody has to wait for that. */
  get attached(): Promise<void> | undefined {
    return this.attaching ? this.#attached.promise : undefined
  }

  /** Who asks its documents; undefined where they cannot be asked, or need not be any more. */
  get agent(): Agent | undefined {
    const { state } = this.#life
    return 'agent' in state ? state.agent : undefined
  }

  /** Resolves to whether it stopped; undefined where nobody finishes it. */
  get finishing(): Promise<boolean> | undefined {
    const { state } = this.#life
    return 'done' in state ? state.done : undefined
  }

  watched(agent: Agent): void {
    this.#life.setState({ phase: 'watched', agent })
  }

  /** It does not answer: nobody waits for it any more, unless it is watched after all. */
  lost(): void {
    if (this.attaching) this.#life.setState({ phase: 'unwatched' })
  }

  /** The attempt to attach to it is over, successful or not. */
  attachEnded(): void {
    this.lost()
    this.#attached.resolve()
  }

  /** @param done - resolves to whether it stopped */
  finishes(agent: Agent, done: Promise<boolean>): void {
    this.#life.setState({ phase: 'finishing', agent, done })
  }

  /**
   * How finishing it ended. Nothing changes where it was closed in the meantime.
   *
   * @param end - `running`: it does not stop; `answering`: its scripts go on with the next answer; `silent`: they do not
   */
  finished(end: 'running' | 'answering' | 'silent'): void {
    const { state } = this.#life
    if (state.phase !== 'finishing') return
    const { agent, done } = state
    if (end === 'running') this.#life.setState({ phase: 'watched', agent })
    else this.#life.setState({ phase: 'finished', agent: end === 'answering' ? agent : undefined, done })
  }

  closed(): void {
    if (this.#life.state.phase !== 'closed') this.#life.setState({ phase: 'closed' })
  }
}
