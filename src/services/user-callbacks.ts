import { type Clock, systemClock, UserCode } from '../core/index.ts'
import { errorClass } from '../telemetry/index.ts'
import type { BrokerWarning } from './broker-warning.ts'

/** A later one would not fit into a stamp. */
const MAX_NOW_MS = 8e12

/**
 * The functions that a broker was given to tell things to, and the clock that it was given to ask: whatever they do, work
 * goes on. The first failure of each is a warning and, for sessions that are open, an event.
 */
export class UserCallbacks {
  readonly code: UserCode
  /** Never throws. */
  readonly onWarning: (warning: BrokerWarning) => void
  /** Never throws: the system's time stands in for one that is none. */
  readonly clock: Clock
  /** Called for failures, once there is a listener. Must not throw. */
  onFailure: ((failure: BrokerWarning) => void) | undefined

  constructor(onWarning: (warning: BrokerWarning) => void, clock: Clock | undefined) {
    this.code = new UserCode((callback, error) => this.#tell(callback, error))
    this.onWarning = (warning) => void this.code.run('onWarning', () => onWarning(warning))
    this.clock = clock === undefined ? systemClock : this.#contained(clock)
  }

  #contained(clock: Clock): Clock {
    const asked = (ask: () => number, instead: () => number) => () => {
      const now: unknown = this.code.run('clock', ask)
      if (typeof now === 'number' && now >= 0 && now <= MAX_NOW_MS) return now
      if (now !== undefined) this.code.failed('clock', new RangeError('no milliseconds'))
      return instead()
    }
    const now = asked(() => clock.now(), Date.now)
    if (clock.steady === undefined) return { now }
    return {
      now,
      steady: asked(
        () => clock.steady?.() ?? Number.NaN,
        () => performance.now(),
      ),
    }
  }

  #tell(callback: string, error: unknown): void {
    const reason = `the function ${callback} failed (${errorClass(error)}) and is not waited for; this is reported once`
    const failure: BrokerWarning = { type: 'callback', at: Date.now(), state: 'failed', callback, reason }
    if (callback === 'onWarning') process.emitWarning(reason, 'OnejarWarning')
    else this.onWarning(failure)
    this.onFailure?.(failure)
  }
}
