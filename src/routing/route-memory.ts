import type { Clock } from '../core/index.ts'
import type { Via } from '../http/index.ts'
import type { ChangeSource, SessionRecord } from '../record/index.ts'
import type { EventHub } from './events.ts'

/** How long it is remembered that a route needs more than HTTP, before HTTP is tried again. */
export const REMEMBER_MS = 10 * 60_000

/** As many routes are remembered. */
const MAX_ROUTES = 1_000

/**
 * Which transport a route is known to need. Kept in the record, so that it survives with the session. A route is an origin,
 * or (for what a caller expects) a pattern of paths there.
 */
export class RouteMemory {
  readonly #record: SessionRecord
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #source: ChangeSource
  /** Whether the record has ever held a route: most never do, and then a request costs no look. */
  #any = false

  constructor(record: SessionRecord, events: EventHub, clock: Clock, source: ChangeSource) {
    this.#record = record
    this.#events = events
    this.#clock = clock
    this.#source = source
    record.follow((delta) => {
      if (!this.#any) this.#any = delta.some(({ kind }) => kind === 'route')
    })
  }

  /** `http` unless something else was learned and still holds. */
  transport(route: string): Via {
    if (!this.#any) return 'http'
    const known = this.#record.value('route', route)
    return known !== undefined && this.#holds(known) ? known.transport : 'http'
  }

  /** Why, in a sentence; undefined where nothing was learned. */
  reason(route: string): string | undefined {
    return this.#any ? this.#record.value('route', route)?.reason : undefined
  }

  /** Whether something was learned that no longer holds: the next request there is a probe. */
  isStale(route: string): boolean {
    if (!this.#any) return false
    const known = this.#record.value('route', route)
    return known !== undefined && !this.#holds(known)
  }

  /** What would hold for longer than anything is remembered comes of a clock that was set back. */
  #holds({ until }: { readonly until: number }): boolean {
    const leftMs = until - this.#clock.now()
    return leftMs > 0 && leftMs <= REMEMBER_MS
  }

  learn(route: string, transport: Via, reason: string): void {
    const until = this.#clock.now() + REMEMBER_MS
    const value = { transport, reason, until }
    this.#record.write([{ kind: 'route', id: route, value }, ...this.#surplus(route)], this.#source)
    this.#events.emit({ type: 'route', at: this.#clock.now(), origin: route, via: transport, reason })
  }

  /** Keeps that something was learned of a route that needs no other transport than HTTP. */
  remember(route: string, reason: string, forMs: number): void {
    const until = this.#clock.now() + forMs
    const value = { transport: 'http', reason, until } as const
    this.#record.write([{ kind: 'route', id: route, value }, ...this.#surplus(route)], this.#source)
  }

  /** Whether that was kept, and still holds. */
  knows(route: string): boolean {
    if (!this.#any) return false
    const known = this.#record.value('route', route)
    return known !== undefined && known.until > this.#clock.now()
  }

  /** The deletions that make room for one more: of the routes that were learned first. */
  #surplus(route: string) {
    const known = [...this.#record.valuesOf('route')].filter(([id]) => id !== route)
    if (known.length < MAX_ROUTES) return []
    known.sort(([, a], [, b]) => a.until - b.until)
    const over = known.slice(0, known.length - MAX_ROUTES + 1)
    return over.map(([id]) => ({ kind: 'route', id, value: null }) as const)
  }

  forget(route: string): void {
    this.#record.write([{ kind: 'route', id: route, value: null }], this.#source)
  }
}

/** The route of paths like this one: parts that look like a number or an id stand for any. */
export function routePattern(url: Pick<URL, 'origin' | 'pathname'>): string {
  const parts = url.pathname.split('/').map((part) => (/\d|^.{24,}$/.test(part) ? '*' : part))
  return url.origin + parts.join('/')
}
