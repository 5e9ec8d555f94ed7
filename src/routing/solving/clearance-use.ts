import { type Clock, steadyMs } from '../../core/index.ts'
import type { Cookie, SessionRecord, SolveMemory } from '../../record/index.ts'
import { type ClearanceLife, clearanceLife, observedLife } from './clearance-life.ts'
import type { SolveHistory } from './solve-history.ts'

/** A clearance that is in use. */
interface Use {
  /** On the steady clock: before it nothing is to be done. */
  lookAt: number
  /** Epoch milliseconds: when it was to be renewed as it was known then; null when unknown. */
  renewAt: number | null
  /** On the steady clock. */
  endsAt: number
  /** Epoch milliseconds: when a request passed last. */
  usedAt: number
}

/** A clearance that is to be renewed now. */
export interface DueClearance {
  /** What to load: it was challenged before. */
  readonly url: URL
  readonly last: SolveMemory
  /** Whether nothing but experience says when it ends. */
  readonly observed: boolean
}

/** As many origins are followed; then the one that was solved first is forgotten. */
const MAX_ORIGINS = 10_000

/** Follows how long the clearances of a session last, and when requests used them. */
export class ClearanceUse {
  readonly #record: SessionRecord
  readonly #history: SolveHistory
  readonly #clock: Clock
  readonly #uses = new Map<string, Use>()
  /**
   * The URL that this process solved last for each origin: loaded again, as no other URL is sure to be harmless, and to be
   * challenged. The history has it from other processes, without the query.
   */
  readonly #solved = new Map<string, URL>()

  constructor(record: SessionRecord, history: SolveHistory, clock: Clock) {
    this.#record = record
    this.#history = history
    this.#clock = clock
    history.listen((origin, end) => {
      const life = clearanceLife(this.#cookies(end), end)
      this.#uses.delete(origin)
      if (end.outcome === 'failed' || end.clearance.length === 0) return
      // How long one lasts that does not tell may show yet. Known is only that it was good when the solve ended.
      this.#uses.set(origin, { ...this.#times(life), usedAt: end.endedAt })
      if (this.#uses.size > MAX_ORIGINS) this.#uses.delete([...this.#uses.keys()][0] as string)
    })
  }

  /** A request to this URL has passed over HTTP. Returns a clearance whose time for renewal has come, once. */
  used(url: URL): DueClearance | null {
    if (this.#uses.size === 0) return null
    const use = this.#uses.get(url.origin)
    if (use === undefined) return null
    use.usedAt = this.#clock.now()
    const now = steadyMs(this.#clock)
    if (now < use.lookAt) return null
    const last = this.#history.last(url.origin)
    const life = last ? clearanceLife(this.#cookies(last), last) : null
    // The site may have prolonged it in the meantime.
    if (life !== null && life.renewAt !== use.renewAt) Object.assign(use, this.#times(life))
    if (now < use.lookAt) return null
    use.lookAt = Infinity
    if (!last || !life || use.endsAt <= now) return null
    const solved = this.#solved.get(url.origin) ?? this.#history.page(url.origin)
    return { url: solved, last, observed: life.observed }
  }

  /** The clearance of a solve that ended then (epoch milliseconds), where it is the last one and still holds. */
  renewable(url: URL, endedAt: number): DueClearance | null {
    const last = this.#history.last(url.origin)
    const life = last?.endedAt === endedAt ? clearanceLife(this.#cookies(last), last) : null
    return last && life && life.endsAt > this.#clock.now() ? { url, last, observed: life.observed } : null
  }

  /**
   * The site challenges (again), and this URL is solved for it.
   *
   * @returns how long the last clearance of the origin lasted; null when that is not known
   */
  challenged(url: URL): number | null {
    const { origin } = url
    this.#solved.delete(origin)
    this.#solved.set(origin, url)
    if (this.#solved.size > MAX_ORIGINS) this.#solved.delete([...this.#solved.keys()][0] as string)
    const [last, use] = [this.#history.last(origin), this.#uses.get(origin)]
    return last && use ? observedLife(last, use.usedAt, this.#clock.now()) : null
  }

  /** On the clock that nobody sets: the site's own goes on when the one here is set. */
  #times(life: ClearanceLife | null): Pick<Use, 'lookAt' | 'renewAt' | 'endsAt'> {
    if (life === null) return { lookAt: Infinity, renewAt: null, endsAt: Infinity }
    const ahead = steadyMs(this.#clock) - this.#clock.now()
    return { lookAt: life.renewAt + ahead, renewAt: life.renewAt, endsAt: life.endsAt + ahead }
  }

  #cookies({ clearance }: SolveMemory): Cookie[] {
    return clearance.flatMap((id) => this.#record.cookie(id) ?? [])
  }
}
