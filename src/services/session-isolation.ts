import type { Behaviour, IsolationDecision, IsolationPlan } from '../compliance/index.ts'
import { OnejarError } from '../core/index.ts'
import type { SessionKey } from '../store/index.ts'
import type { Compliance } from './compliance.ts'

/**
 * The one place that decides what a session may do with what it holds, and that keeps each decision in the audit trail: one that
 * allows or transforms once for a session, a denial each time.
 */
export class SessionIsolation {
  readonly #plan: IsolationPlan
  readonly #session: SessionKey
  readonly #compliance: Compliance
  readonly #noted = new Set<Behaviour>()

  constructor(plan: IsolationPlan, session: SessionKey, compliance: Compliance) {
    this.#plan = plan
    this.#session = session
    this.#compliance = compliance
  }

  /** How old anything of the session may be, in milliseconds. */
  get retainMs(): number {
    return this.#plan.retainMs
  }

  /** What is decided. It says nothing in the trail: for a look ahead. */
  look(behaviour: Behaviour): IsolationDecision {
    return this.#plan.matrix[behaviour]
  }

  /** What is decided, for who does as it says. @throws OnejarError ONEJAR_AUDIT_FAILED */
  decide(behaviour: Behaviour): IsolationDecision {
    const decision = this.look(behaviour)
    if (decision === 'deny' || !this.#noted.has(behaviour)) this.#keep(behaviour, decision)
    this.#noted.add(behaviour)
    return decision
  }

  /**
   * The same for who can only do it or not.
   *
   * @param what - what was asked for
   * @throws OnejarError ONEJAR_POLICY_DENIED, ONEJAR_AUDIT_FAILED
   */
  permit(behaviour: Behaviour, what: string): IsolationDecision {
    const decision = this.decide(behaviour)
    if (decision === 'deny') throw this.denial(behaviour, what)
    return decision
  }

  denial(behaviour: Behaviour, what: string): OnejarError {
    const { jurisdiction } = this.#plan
    return new OnejarError(
      'ONEJAR_POLICY_DENIED',
      `${what}: the tenant's policy (${jurisdiction}) denies ${behaviour}`,
      {
        details: { behaviour, jurisdiction },
      },
    )
  }

  /** Whether a proxy may be used, by its host; null for none. A region that nobody has named is another one. */
  allowsProxy(host: string | null): boolean {
    const { matrix, region, proxyRegions } = this.#plan
    if (host === null || matrix.otherRegion === 'allow') return true
    return region !== undefined && Object.hasOwn(proxyRegions, host) && proxyRegions[host] === region
  }

  #keep(behaviour: Behaviour, decision: IsolationDecision): void {
    const { jurisdiction } = this.#plan
    this.#compliance.record('isolation-decision', this.#session, { behaviour, decision, jurisdiction })
  }
}
