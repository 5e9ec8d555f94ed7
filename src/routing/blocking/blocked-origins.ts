import { explain, type Verdict } from '../../challenge/index.ts'
import { type Clock, LazyMap, OnejarError } from '../../core/index.ts'
import type { ChangeSource, Halt, SessionRecord } from '../../record/index.ts'
import type { EventHub } from '../events.ts'

interface Held {
  readonly error: OnejarError
  /** Of the error: filled in when there is a picture. */
  readonly details: Record<string, unknown>
}

/** As many origins are kept; then the one that was met first goes. */
const MAX_ORIGINS = 1_000
const MAX_REASON_CHARS = 1_000

const SOURCE: ChangeSource = { name: 'halts' }

/**
 * The origins at which the session has to stop: a puzzle for a person, or a firm refusal. Kept in the record until `lift`: a
 * session that is opened again, and every other process that has it, stops there too, and goes on when one of them does.
 */
export class BlockedOrigins {
  readonly #record: SessionRecord
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #halted = new LazyMap<string, Held>()

  constructor(record: SessionRecord, events: EventHub, clock: Clock) {
    this.#record = record
    this.#events = events
    this.#clock = clock
    // What was there before was told when it was met.
    let isNews = false
    record.follow((delta) => {
      for (const entry of delta) {
        if (entry.kind !== 'halt') continue
        if (entry.value === null) this.#gone(entry.id)
        else this.#heard(entry.id, entry.value, isNews)
      }
    })
    isNews = true
  }

  /** Whether the session is halted anywhere. */
  get any(): boolean {
    return this.#halted.size > 0
  }

  /** The error that requests to a halted origin get: ONEJAR_CAPTCHA or ONEJAR_BLOCKED; undefined when it is not halted. */
  at(origin: string): OnejarError | undefined {
    return this.#halted.size === 0 ? undefined : this.#halted.get(origin)?.error
  }

  /** BlockedOrigins the session for an origin. Returns the error that this and every later request there gets. */
  halt(origin: string, verdict: Verdict): OnejarError {
    const known = this.#halted.get(origin)
    if (known) return known.error
    const reason = (explain(verdict).split('\n')[0] ?? verdict.kind).slice(0, MAX_REASON_CHARS)
    const { kind, vendor, evidence } = verdict
    const value: Halt = {
      at: this.#clock.now(),
      verdict: kind === 'captcha' ? 'captcha' : 'block',
      vendor,
      reason,
    }
    const { error } = this.#hold(origin, value, { verdict: kind, evidence })
    this.#record.write([{ kind: 'halt', id: origin, value }, ...this.#surplus()], SOURCE)
    return error
  }

  /** Another process was stopped there in a visit for this session. */
  adopt(origin: string, { code }: OnejarError): void {
    if (this.#halted.has(origin)) return
    const verdict = code === 'ONEJAR_CAPTCHA' ? 'captcha' : 'block'
    const value: Halt = { at: this.#clock.now(), verdict, vendor: null, reason: ELSEWHERE }
    this.#hold(origin, value, {})
    this.#record.write([{ kind: 'halt', id: origin, value }, ...this.#surplus()], SOURCE)
  }

  /** There is a picture of what halted the session. */
  picture(origin: string, path: string): void {
    const halt = this.#halted.get(origin)
    if (halt) halt.details['screenshotPath'] = path
  }

  /** A person says that the session goes on there. */
  lift(origin: string): void {
    this.#record.write([{ kind: 'halt', id: origin, value: null }], SOURCE)
  }

  #heard(origin: string, halt: Halt, isNews: boolean): void {
    if (!this.#halted.has(origin)) this.#hold(origin, halt, {}, isNews)
  }

  #gone(origin: string): void {
    if (this.#halted.delete(origin)) this.#events.emit({ type: 'unblocked', at: this.#clock.now(), origin })
  }

  #hold(origin: string, halt: Halt, more: Record<string, unknown>, isNews = true): Held {
    const { verdict, vendor, reason, at } = halt
    const details = { origin, verdict, vendor, haltedAt: at, evidence: [], ...more }
    const code = verdict === 'captcha' ? 'ONEJAR_CAPTCHA' : 'ONEJAR_BLOCKED'
    const error = new OnejarError(code, `${origin} stops this session: ${reason}`, { details })
    const held = { error, details }
    this.#halted.set(origin, held)
    if (isNews) this.#events.emit({ type: 'blocked', at: this.#clock.now(), origin, verdict, reason })
    return held
  }

  /** The deletions that keep the record's bound. */
  *#surplus() {
    const [oldest] = this.#halted.size > MAX_ORIGINS ? this.#halted.keys() : []
    if (oldest !== undefined) yield { kind: 'halt', id: oldest, value: null } as const
  }
}

const ELSEWHERE = 'another process of this session was stopped'
