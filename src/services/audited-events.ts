import type { AuditFacts, PolicyRule } from '../compliance/index.ts'
import type { SessionEvent } from '../routing/index.ts'

/** What the audit trail has of a session's event; null for those that decide nothing. */
export function decisionOf(
  event: SessionEvent,
): { readonly rule: PolicyRule; readonly facts: AuditFacts } | null {
  switch (event.type) {
    case 'blocked': {
      const { origin, verdict } = event
      return { rule: verdict === 'captcha' ? 'captcha-met' : 'site-blocked', facts: { origin, verdict } }
    }
    case 'alert': {
      const { origin, code, state, reason, kind } = event
      if (kind === 'refusal') return null
      const rule = kind === 'security' ? 'security-alert' : 'rate-limit-alert'
      return { rule, facts: { origin: origin ?? 'all', code, state, reason } }
    }
    case 'unblocked':
      return { rule: 'session-resumed', facts: { origin: event.origin } }
    case 'retry': {
      const { url, attempt, delayMs, reason, errorClass } = event
      return {
        rule: 'request-repeated',
        facts: { url: maskedPath(url), attempt, delayMs, reason, error: errorClass },
      }
    }
    case 'reauthentication': {
      const { origin, state, reason } = event
      return { rule: 'session-reauthenticated', facts: { origin, state, reason } }
    }
    case 'session':
      return { rule: LIFE[event.state], facts: { state: event.state, reason: event.reason } }
    default:
      return null
  }
}

/** Segments of a path that are more than a name of something: a reset link's token, an address. */
const TELLING = /@|%40|^[^/]{24,}$/

/** Origin and path, with what may be a secret or a person in the path left out. */
function maskedPath(url: string): string {
  const { origin, pathname } = new URL(url)
  const segments = pathname.split('/').map((segment) => (TELLING.test(segment) ? '[masked]' : segment))
  return `${origin}${segments.join('/')}`
}

const LIFE = {
  created: 'session-begun',
  opened: 'session-begun',
  parked: 'session-released',
  rotated: 'session-rotated',
  removed: 'session-removed',
} as const satisfies Record<Extract<SessionEvent, { type: 'session' }>['state'], PolicyRule>
