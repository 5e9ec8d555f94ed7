import type { BrokerOptions } from '../client/index.ts'
import type { Log } from '../telemetry/index.ts'

/** Has what a broker warns of be lines of the log, and no warnings of the process. What sessions log themselves is left to them. */
export function logWarnings(log: Log): NonNullable<BrokerOptions['onWarning']> {
  return (warning) => {
    const { type, state, reason } = warning
    if (type === 'alert') return
    const level = type === 'store' && state === 'back' ? 'info' : 'warn'
    log[level]({ outcome: state, reason }, type)
  }
}
