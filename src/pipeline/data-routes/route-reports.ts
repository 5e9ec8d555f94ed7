import { type Clock, safeUrl } from '../../core/index.ts'
import { patternText } from '../../discovery/index.ts'
import type { DataRoute } from '../../record/index.ts'
import type { EventHub, SessionEvent } from '../../routing/index.ts'

type DataRouteState = Extract<SessionEvent, { type: 'data-route' }>['state']

/** Reports what happens to data routes as events of their session. */
export class RouteReports {
  readonly #events: EventHub
  readonly #clock: Clock

  constructor(events: EventHub, clock: Clock) {
    this.#events = events
    this.#clock = clock
  }

  /** @param unchecked - answers that may be wrong */
  report(
    state: DataRouteState,
    { pattern, fields }: Pick<DataRoute, 'pattern' | 'fields'>,
    reason: string,
    unchecked: number,
  ): void {
    this.#emit(
      state,
      pattern.origin,
      patternText(pattern),
      fields.map(({ name }) => name),
      reason,
      unchecked,
    )
  }

  /** Pages of a kind are left to rendering. */
  notLearned(page: URL, fields: readonly string[], reason: string): void {
    this.#emit('not-learned', page.origin, safeUrl(page), fields, reason, 0)
  }

  #emit(
    state: DataRouteState,
    origin: string,
    pattern: string,
    fields: readonly string[],
    reason: string,
    unchecked: number,
  ): void {
    this.#events.emit({
      type: 'data-route',
      at: this.#clock.now(),
      state,
      origin,
      pattern,
      fields,
      unchecked,
      reason,
    })
  }
}
