import type { WriteBehind } from '../../store/index.ts'
import type { OriginLimitPlan } from './limit-plan.ts'
import { OriginLane } from './origin-lane.ts'

/** Origins whose requests are counted; those at rest are forgotten first. */
const MAX_LANES = 10_000

/** What the sessions of a broker, or of all processes on a store, may ask of an origin together. */
export class OriginLimits {
  readonly #plans: readonly OriginLimitPlan[]
  readonly #store: Pick<WriteBehind, 'store' | 'health'>
  readonly #lanes = new Map<string, OriginLane>()

  constructor(plans: readonly OriginLimitPlan[], store: Pick<WriteBehind, 'store' | 'health'>) {
    this.#plans = plans
    this.#store = store
  }

  /** The way to an origin; undefined where there is no limit. */
  lane(origin: string): OriginLane | undefined {
    const known = this.#lanes.get(origin)
    if (known !== undefined) return known
    const plan =
      this.#plans.find((one) => one.origin === origin) ?? this.#plans.find((one) => one.origin === undefined)
    if (plan === undefined) return undefined
    if (this.#lanes.size >= MAX_LANES) this.#forget()
    const { store } = this.#store
    const isUp = () => this.#store.health.state === 'up'
    const lane = new OriginLane(origin, plan, plan.shared ? { store, isUp } : undefined)
    this.#lanes.set(origin, lane)
    return lane
  }

  #forget(): void {
    for (const [origin, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(origin)
  }
}
