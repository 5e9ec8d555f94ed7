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
 * The origins at which the session is blocked: a puzzle for a person, or a firm refusal. Kept in the record until `unblock`, as
 * entries of the kind `halt`: a session that is opened again, and every other process that has it, is blocked there too.
 */
export class BlockedOrigins {
  readonly #record: SessionRecord
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #blocked = new LazyMap<string, Held>()

  constructor(record: SessionRecord, events: EventHub, clock: Clock) {
    this.#record = record
    this.#events = events
    this.#clock = clock
    // What the record held before had its event when it was met.
    let isNew = false
    record.follow((delta) => {
      for (const entry of delta) {
        if (entry.kind !== 'halt') continue
        if (entry.value === null) this.#gone(entry.id)
        else this.#learn(entry.id, entry.value, isNew)
      }
    })
    isNew = true
  }

  /** Whether the session is blocked anywhere. */
  get any(): boolean {
    return this.#blocked.size > 0
  }

  /** The error that requests to a blocked origin get: ONEJAR_CAPTCHA or ONEJAR_BLOCKED; undefined when it is not blocked. */
  at(origin: string): OnejarError | undefined {
    return this.#blocked.size === 0 ? undefined : this.#blocked.get(origin)?.error
  }

  /** Blocks the session at an origin. Returns the error that this and every later request there gets. */
  block(origin: string, verdict: Verdict): OnejarError {
    const known = this.#blocked.get(origin)
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

  /** Another process was blocked there in a solve for this session. */
  adopt(origin: string, { code }: OnejarError): void {
    if (this.#blocked.has(origin)) return
    const verdict = code === 'ONEJAR_CAPTCHA' ? 'captcha' : 'block'
    const value: Halt = { at: this.#clock.now(), verdict, vendor: null, reason: ELSEWHERE }
    this.#hold(origin, value, {})
    this.#record.write([{ kind: 'halt', id: origin, value }, ...this.#surplus()], SOURCE)
  }

  /** There is a picture of what blocked the session. */
  picture(origin: string, path: string): void {
    const known = this.#blocked.get(origin)
    if (known) known.details['screenshotPath'] = path
  }

  /** A person has taken care of it. */
  unblock(origin: string): void {
    this.#record.write([{ kind: 'halt', id: origin, value: null }], SOURCE)
  }

  #learn(origin: string, block: Halt, isNew: boolean): void {
    if (!this.#blocked.has(origin)) this.#hold(origin, block, {}, isNew)
  }

  #gone(origin: string): void {
    if (this.#blocked.delete(origin)) this.#events.emit({ type: 'unblocked', at: this.#clock.now(), origin })
  }

  #hold(origin: string, block: Halt, more: Record<string, unknown>, isNew = true): Held {
    const { verdict, vendor, reason, at } = block
    const details = { origin, verdict, vendor, blockedAt: at, evidence: [], ...more }
    const code = verdict === 'captcha' ? 'ONEJAR_CAPTCHA' : 'ONEJAR_BLOCKED'
    const error = new OnejarError(code, `${origin} stops this session: ${reason}`, { details })
    const held = { error, details }
    this.#blocked.set(origin, held)
    if (isNew) this.#events.emit({ type: 'blocked', at: this.#clock.now(), origin, verdict, reason })
    return held
  }

  /** The deletions that keep the record's bound. */
  *#surplus() {
    const [oldest] = this.#blocked.size > MAX_ORIGINS ? this.#blocked.keys() : []
    if (oldest !== undefined) yield { kind: 'halt', id: oldest, value: null } as const
  }
}

const ELSEWHERE = 'another process of this session was blocked'
