import { type Clock, growingPause, LazyMap, steadyMs } from '../core/index.ts'

/**
 * What is known of one thing that fails. `closed`: it has failed, not often enough to matter. `open`: it is left alone until
 * then. `half-open`: one attempt is under way to see whether it works again; when nothing is heard of it until then, another
 * one may. `until` is on the steady clock (see `Clock`).
 */
export type Circuit<Trouble> = {
  readonly failures: number
  readonly trouble: Trouble
} & (
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly until: number }
  | { readonly state: 'half-open'; readonly until: number }
)

export interface CircuitsOptions {
  readonly clock: Clock
  /** How many failures in a row open the circuit. */
  readonly failures: number
  /** The first pause; it doubles with each attempt that fails after it. */
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  /** How long one attempt may be under way before another one is let through. */
  readonly probeMs: number
  /** As many keys are watched; then the one that failed longest ago is forgotten. */
  readonly maxKeys: number
}

export type Admission<Trouble> =
  | { readonly admitted: true; readonly isProbe: boolean }
  | { readonly admitted: false; readonly retryAfterMs: number; readonly circuit: Circuit<Trouble> }

/**
 * Keeps what fails again and again from being tried each time it is asked for: after some failures in a row it is left
 * alone for a pause, and then one attempt decides. Only what fails is held in memory.
 */
export class Circuits<Trouble> {
  readonly #options: CircuitsOptions
  readonly #circuits = new LazyMap<string, Circuit<Trouble>>()

  constructor(options: CircuitsOptions) {
    this.#options = options
  }

  /** How many things fail at the moment: none, as a rule. */
  get size(): number {
    return this.#circuits.size
  }

  /** Whether an attempt may be made. Who is let through has to say how it ended: `failed`, `succeeded` or `gaveUp`. */
  admit(key: string): Admission<Trouble> {
    const circuit = this.#circuits.get(key)
    if (circuit === undefined || circuit.state === 'closed') return ADMITTED
    const { clock, probeMs, firstPauseMs } = this.#options
    const now = steadyMs(clock)
    if (circuit.until > now) {
      // When the attempt that is under way ends is not known.
      const retryAfterMs = circuit.state === 'open' ? circuit.until - now : firstPauseMs
      return { admitted: false, retryAfterMs, circuit }
    }
    this.#circuits.set(key, { ...circuit, state: 'half-open', until: now + probeMs })
    return PROBE
  }

  /**
   * @param atLeastMs - a pause that the other side asked for
   * @returns whether the circuit opened by this
   */
  failed(key: string, trouble: Trouble, atLeastMs = 0): boolean {
    const { clock, failures: most, firstPauseMs, maxPauseMs } = this.#options
    const before = this.#circuits.get(key)
    const failures = (before?.failures ?? 0) + 1
    const now = steadyMs(clock)
    // What was on its way when the circuit opened adds nothing to what is known.
    if (before?.state === 'open' && before.until > now && atLeastMs <= 0) return false
    const opens = failures >= most
    const pauseMs = growingPause({ firstMs: firstPauseMs, longestMs: maxPauseMs }, failures - most + 1)
    this.#keep(
      key,
      opens
        ? { state: 'open', failures, trouble, until: now + Math.max(atLeastMs, pauseMs) }
        : { state: 'closed', failures, trouble },
    )
    return opens
  }

  /** What is known of a key; undefined when it does not fail. */
  get(key: string): Circuit<Trouble> | undefined {
    return this.#circuits.get(key)
  }

  /** Takes over what somebody else has seen: failures in a row, and how long it is to be left alone. */
  adopt(
    key: string,
    { failures, forMs, trouble }: { failures: number; forMs: number; trouble: Trouble },
  ): void {
    this.#keep(key, { state: 'open', failures, trouble, until: steadyMs(this.#options.clock) + forMs })
  }

  /** How long the thing is left alone from now on, in milliseconds; 0 where it is not. */
  pauseMs(key: string): number {
    const circuit = this.#circuits.get(key)
    return circuit?.state === 'open' ? Math.max(0, circuit.until - steadyMs(this.#options.clock)) : 0
  }

  /** @returns whether the circuit was open */
  succeeded(key: string): boolean {
    const state = this.#circuits.get(key)?.state
    this.#circuits.delete(key)
    return state !== undefined && state !== 'closed'
  }

  /** Whether an attempt would not be let through now. */
  isOpen(key: string): boolean {
    const circuit = this.#circuits.get(key)
    return (
      circuit !== undefined && circuit.state !== 'closed' && circuit.until > steadyMs(this.#options.clock)
    )
  }

  /** The attempt said nothing about the thing itself: the next one may see. */
  gaveUp(key: string): void {
    const circuit = this.#circuits.get(key)
    if (circuit?.state !== 'half-open') return
    this.#circuits.set(key, { ...circuit, state: 'open', until: steadyMs(this.#options.clock) })
  }

  #keep(key: string, circuit: Circuit<Trouble>): void {
    this.#circuits.delete(key)
    this.#circuits.set(key, circuit)
    if (this.#circuits.size <= this.#options.maxKeys) return
    this.#circuits.delete(this.#circuits.keys().next().value as string)
  }
}

const ADMITTED = { admitted: true, isProbe: false } as const
const PROBE = { admitted: true, isProbe: true } as const
