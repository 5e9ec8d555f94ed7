import { LifeCycle } from '../../core/index.ts'
import type { LoadedDocument } from './loaded-document.ts'

/**
 * How far a page is that may have to pass a challenge: loading -> at-work -> settling -> over. Each document that comes begins
 * a new round of work, whatever was settling; it can be over at any time.
 */
type State =
  /** No document has come. */
  | { readonly phase: 'loading' }
  /** What the scripts of the last document do decides. `resort`: to be taken for what was asked for when the time is up. */
  | { readonly phase: 'at-work'; readonly resort: LoadedDocument | undefined }
  /** It is decided, unless another document comes in time. */
  | { readonly phase: 'settling'; readonly timer: NodeJS.Timeout }
  | { readonly phase: 'over' }

/** The stage of a page load. What comes too late changes nothing. */
export class LoadStage {
  readonly #life = new LifeCycle<State>(
    'A page load',
    { phase: 'loading' },
    {
      loading: ['at-work', 'over'],
      'at-work': ['at-work', 'settling', 'over'],
      settling: ['at-work', 'settling', 'over'],
      over: [],
    },
  )

  get over(): boolean {
    return this.#life.state.phase === 'over'
  }

  /** Whether a document's scripts are all that can bring it on. */
  get atWork(): boolean {
    return this.#life.state.phase === 'at-work'
  }

  /** What is to be taken for what was asked for when the time is up. */
  get resort(): LoadedDocument | undefined {
    const { state } = this.#life
    return state.phase === 'at-work' ? state.resort : undefined
  }

  /** A document has come: what was to be decided by the one before is not. */
  documentCame(): void {
    this.#set({ phase: 'at-work', resort: undefined })
  }

  /** What looks like a challenge and may be the page: a script may still be at work on it. */
  mayBeWanted(resort: LoadedDocument): void {
    if (this.atWork) this.#set({ phase: 'at-work', resort })
  }

  /** Decides when no other document comes for so long. Nothing happens before the first has come. */
  settle(ms: number, decide: () => void): void {
    if (this.#life.state.phase === 'loading' || this.over) return
    this.#set({ phase: 'settling', timer: setTimeout(decide, ms) })
  }

  end(): void {
    this.#set({ phase: 'over' })
  }

  #set(next: State): void {
    const { state } = this.#life
    if (state.phase === 'over') return
    if (state.phase === 'settling') clearTimeout(state.timer)
    this.#life.setState(next)
  }
}
