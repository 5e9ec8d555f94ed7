import type { ChangeSource, SessionRecord, SolveMemory } from '../../record/index.ts'

/** As many origins are followed; then the one whose solve ended first is forgotten. */
const MAX_ORIGINS = 10_000

const SOURCE: ChangeSource = { name: 'visits' }

export type SolveListener = (origin: string, solve: SolveMemory, by: 'us' | 'others') => void

/** How the solves to each origin ended, whichever process made them. Kept in the record, so that all of them know. */
export class SolveHistory {
  readonly #record: SessionRecord
  readonly #through: () => string | undefined
  /** With when this process learned of it, on the clock of `performance.now()`. */
  readonly #ends = new Map<string, { readonly at: number; readonly solve: SolveMemory }>()
  readonly #listeners: SolveListener[] = []

  /** @param through - the network path of the session now (see `SolveMemory`) */
  constructor(record: SessionRecord, through: () => string | undefined) {
    this.#record = record
    this.#through = through
    record.follow((delta, source) => {
      for (const { kind, id, value } of delta) {
        if (kind !== 'visit' || value === null) continue
        this.#ends.delete(id)
        this.#ends.set(id, { at: performance.now(), solve: value })
        if (this.#ends.size > MAX_ORIGINS) this.#ends.delete([...this.#ends.keys()][0] as string)
        for (const listener of this.#listeners) listener(id, value, source === SOURCE ? 'us' : 'others')
      }
    })
  }

  /** Calls back at each end of a solve, once the record has it, and with the last one of each origin first. */
  listen(listener: SolveListener): void {
    for (const [origin, { solve }] of this.#ends) listener(origin, solve, 'others')
    this.#listeners.push(listener)
  }

  /** What is remembered of the origin; undefined when it was never solved. */
  last(origin: string): SolveMemory | undefined {
    return this.#record.value('visit', origin)
  }

  /** The last solve to the origin, when it ended after this moment (on the clock of `performance.now()`). */
  endedSince(origin: string, at: number): SolveMemory | undefined {
    const end = this.#ends.get(origin)
    return end !== undefined && end.at > at ? end.solve : undefined
  }

  write(origin: string, solve: SolveMemory): void {
    this.#record.write([{ kind: 'visit', id: origin, value: solve }], SOURCE)
  }

  /** The site let the browser through. */
  passed(origin: string, end: PassedSolve): void {
    const { at, clearance, observedLifeMs, page } = end
    const through = this.#through()
    this.write(origin, {
      outcome: 'passed',
      endedAt: at,
      code: null,
      reason: 'the site let the browser through',
      failures: 0,
      pausedUntil: 0,
      clearance: clearance.slice(0, MAX_CLEARANCE),
      observedLifeMs,
      ...(through === undefined ? {} : { through }),
      ...(page === undefined || page.length > MAX_PAGE_CHARS ? {} : { page }),
    })
  }

  /** The page of the origin that was solved last; its root when that is not known. */
  page(origin: string): URL {
    const page = this.last(origin)?.page ?? origin
    const url = URL.canParse(page) ? new URL(page) : new URL(origin)
    return url.origin === origin ? url : new URL(origin)
  }
}

export interface PassedSolve extends Pick<SolveMemory, 'clearance' | 'observedLifeMs' | 'page'> {
  /** Epoch milliseconds. */
  readonly at: number
}

/** What the history keeps of a URL that was solved. */
export function pageOf({ origin, pathname }: URL): string {
  return origin + pathname
}

const MAX_CLEARANCE = 32
const MAX_PAGE_CHARS = 2048
