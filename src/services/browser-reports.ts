import type { BrowserHostParts } from '../browser/index.ts'
import type { Clock } from '../core/index.ts'
import { errorClass } from '../telemetry/index.ts'
import type { Warnings } from './warnings.ts'

/** Makes what a host finds out about its browsers into warnings and events. Messages of errors are left out: an address may be in them. */
export function browserReports(
  warnings: Pick<Warnings, 'announce' | 'notify'>,
  clock: Clock,
): Required<Pick<BrowserHostParts, 'onLacking' | 'onFailed'>> {
  const reported = new Set<string>()
  return {
    onLacking: (commands) => {
      const fresh = commands.filter(({ method }) => !reported.has(method))
      if (fresh.length === 0) return
      for (const { method } of fresh) reported.add(method)
      const losses = [...new Set(fresh.map(({ without }) => without))]
      const reason = `a browser at a DevTools endpoint does not carry out ${fresh.map(({ method }) => method).join(', ')}: ${losses.join('; ')}`
      warnings.announce({ type: 'browser', at: clock.now(), state: 'limited', reason })
    },
    onFailed: (error) => {
      const reason = `a rented browser is not used any more: ${errorClass(error)}`
      warnings.notify({ type: 'browser', at: clock.now(), state: 'failed', reason })
    },
  }
}
