import type { ContextBinding } from '../../../browser/index.ts'
import { LazySet } from '../../../core/index.ts'
import type { WireExchange, WireObserver } from '../../../http/index.ts'

/** What records a session's traffic. */
export interface TrafficRecorder {
  readonly wire: WireObserver
  /** A browser context is the session's from now on. */
  watch(binding: ContextBinding): void
  /** The session ends. */
  stop(): Promise<void>
}

/** Brings what a session sends over HTTP and in its pages to those who record it. Costs nothing while nobody does. */
export class Traffic {
  readonly #recorders = new LazySet<TrafficRecorder>()
  #binding: ContextBinding | undefined
  /** For requests over HTTP; undefined where nobody records. */
  wire: WireObserver | undefined

  /** @returns what ends it */
  add(recorder: TrafficRecorder): () => void {
    this.#recorders.add(recorder)
    this.#choose()
    if (this.#binding?.closed === false) recorder.watch(this.#binding)
    return () => {
      this.#recorders.delete(recorder)
      this.#choose()
    }
  }

  contextOpened(binding: ContextBinding): void {
    this.#binding = binding
    for (const recorder of this.#recorders) recorder.watch(binding)
  }

  /** Ends all recordings. @throws what one of them throws, when all have ended */
  async close(): Promise<void> {
    const ends = await Promise.allSettled([...this.#recorders].map((recorder) => recorder.stop()))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
  }

  #choose(): void {
    const wires = [...this.#recorders].map(({ wire }) => wire)
    this.wire = wires.length > 1 ? toAll(wires) : wires[0]
  }
}

function toAll(wires: readonly WireObserver[]): WireObserver {
  return {
    begin(request): WireExchange {
      const all = wires.map((wire) => wire.begin(request))
      return {
        onHead: (...head) => {
          for (const each of all) each.onHead(...head)
        },
        onData: (chunk) => {
          for (const each of all) each.onData(chunk)
        },
        onEnd: () => {
          for (const each of all) each.onEnd()
        },
        onError: (error) => {
          for (const each of all) each.onError(error)
        },
      }
    },
  }
}
