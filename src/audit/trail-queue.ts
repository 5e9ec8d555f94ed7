import type { AuditFacts, PolicyRule } from '../compliance/index.ts'
import type { Clock } from '../core/index.ts'
import { type AuditTrail, type Decision, MAX_AT_ONCE } from './audit-trail.ts'
import { pruneTrail } from './prune-trail.ts'

/** What is to be kept; the pseudonym is asked for when it is written. */
interface Note extends Omit<Decision, 'session'> {
  readonly session: () => string | null
}

export interface TrailQueueOptions {
  readonly clock: Clock
  /** Notes could not be written; they are kept for the next time. Called once until they can be. Must not throw. */
  readonly onFailure: (error: unknown) => void
}

/** How long notes wait for others, in milliseconds. */
const BATCH_MS = 50
/** With so many they wait no longer. */
const MAX_WAITING = 256
/** As many are kept of a trail that cannot be written; then the oldest go. */
const MAX_KEPT = 10_000

/** Queues of this process that have something to write: it is written when the process ends, however it is ended but by a kill. */
const unwritten = new Set<TrailQueue>()
let watched = false

/**
 * Writes what has happened to a trail a little later, many records at the cost of one and off the way of requests. What must not
 * happen without being kept is written at once. A process that is killed loses the notes of its last 50 ms at most.
 */
export class TrailQueue {
  readonly #trail: AuditTrail
  readonly #options: TrailQueueOptions
  #notes: Note[] = []
  #timer: NodeJS.Timeout | undefined
  #failed = false

  constructor(trail: AuditTrail, options: TrailQueueOptions) {
    this.#trail = trail
    this.#options = options
  }

  /** Keeps what has happened. Costs nothing but a place in a list. Never throws. */
  note(rule: PolicyRule, session: () => string | null, facts: AuditFacts): void {
    this.#notes.push({ at: this.#options.clock.now(), rule, session, facts })
    if (this.#notes.length >= MAX_WAITING && !this.#failed) this.flush()
    else if (this.#timer === undefined) this.#wait()
  }

  /**
   * Keeps what is about to happen: it is in the trail, after all that was noted before, when this returns.
   *
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  record(rule: PolicyRule, session: () => string | null, facts: AuditFacts): void {
    this.#write([{ at: this.#options.clock.now(), rule, session, facts }])
  }

  /** Writes what waits. Never throws. */
  flush(): void {
    try {
      this.#write([])
    } catch (error) {
      if (!this.#failed) this.#options.onFailure(error)
      this.#failed = true
    }
  }

  /**
   * Deletes the records before an instant (epoch milliseconds).
   *
   * @returns how many those were
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  async prune(before: number): Promise<number> {
    return (await pruneTrail(this.#trail, before, this.#options.clock.now()))?.records ?? 0
  }

  get path(): string {
    return this.#trail.path
  }

  /** Writes what waits, and closes the trail. */
  close(): void {
    this.flush()
    unwritten.delete(this)
    this.#trail.close()
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.flush(), BATCH_MS).unref()
    unwritten.add(this)
    if (watched) return
    watched = true
    process.on('exit', () => {
      for (const queue of unwritten) queue.flush()
    })
  }

  #write(more: readonly Note[]): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const notes = [...this.#notes, ...more]
    if (notes.length === 0) return
    let written = 0
    try {
      for (; written < notes.length; written += MAX_AT_ONCE) {
        const batch = notes.slice(written, written + MAX_AT_ONCE)
        this.#trail.recordAll(batch.map(({ session, ...note }) => ({ ...note, session: session() })))
      }
    } catch (error) {
      // What was about to happen does not, so it is not kept either.
      this.#notes = this.#notes.slice(written).slice(-MAX_KEPT)
      throw error
    }
    this.#notes = []
    this.#failed = false
    unwritten.delete(this)
  }
}
