import { type Clock, LazySet } from '../../core/index.ts'
import type { Write } from '../../record/index.ts'
import type { SessionEvent } from '../../routing/index.ts'

/** As many different reports are made of one session. */
const MAX_REPORTS = 100

/** Reports entries of sites and pages that a record cannot hold: once for each kind, place and reason. */
export class UnfitEntries {
  readonly #clock: Clock
  readonly #tell: (problem: Extract<SessionEvent, { type: 'store' }>) => void
  readonly #reported = new LazySet<string>()

  constructor(clock: Clock, tell: (problem: Extract<SessionEvent, { type: 'store' }>) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  report({ kind, id }: Write, why: string): void {
    const where = kind === 'local' ? ` of ${id.slice(0, Math.min(256, id.indexOf('\n')))}` : ''
    const reason = `an entry (${kind}${where}) cannot be kept: ${why}`
    if (this.#reported.has(reason) || this.#reported.size >= MAX_REPORTS) return
    this.#reported.add(reason)
    this.#tell({ type: 'store', at: this.#clock.now(), state: 'problem', reason })
  }
}
