import type { SessionEvent } from '../../routing/index.ts'
import type { Telemetry } from '../../telemetry/index.ts'

/** Makes measurements, spans and log lines of an event. Nothing of an event is secret, and what is logged is chosen. */
export function noteEvent(
  event: SessionEvent,
  { instruments, spans, log }: Pick<Telemetry, 'instruments' | 'spans' | 'log'>,
): void {
  switch (event.type) {
    case 'challenge':
      log?.info({ url: event.url, verdict: event.verdict }, 'the site challenges')
      return
    case 'waiting-room':
      log?.info(
        {
          url: event.url,
          ...(event.estimatedWaitMs !== null && { backoff_duration: event.estimatedWaitMs }),
        },
        'the site gives a place in line',
      )
      return
    case 'mistaken':
      log?.info({ url: event.url, verdict: event.verdict }, 'a page was taken for a challenge')
      return
    case 'unverified':
      log?.warn({ url: event.url, verdict: event.verdict }, 'a page may be a challenge; there is no browser')
      return
    case 'solve-end':
      instruments.count('browser_visits_total', { outcome: event.outcome })
      spans?.note('onejar.visit', event.at - event.ms, {
        'url.full': event.url,
        'onejar.outcome': event.outcome,
      })
      log?.info(
        {
          url: event.url,
          outcome: event.outcome,
          reason: event.reason,
          duration_ms: round(event.ms),
        },
        'solve in the browser ended',
      )
      return
    case 'blocked':
      instruments.tally('session_invalidation_triggers', 'reason', event.verdict)
      log?.warn({ origin: event.origin, verdict: event.verdict }, 'the session is blocked for an origin')
      return
    case 'quarantine':
      instruments.tally('session_invalidation_triggers', 'reason', 'quarantine')
      log?.warn(
        { ...(event.origin === null ? {} : { origin: event.origin }), reason: event.reason },
        'the session is in quarantine',
      )
      return
    case 'unblocked':
      log?.info({ origin: event.origin }, 'the session goes on at an origin')
      return
    case 'route':
      log?.info({ origin: event.origin, via: event.via, reason: event.reason }, 'a route was learned')
      return
    case 'token-binding-learned':
      log?.info({ origin: event.origin, header: event.header }, 'a token binding was learned')
      return
    case 'set-cookie':
      log?.debug({ url: event.url, cookies: event.cookies }, 'set-cookie')
      return
    case 'alert':
      instruments.count('alerts_total', { kind: event.kind, code: event.code, state: event.state })
      log?.warn(
        {
          ...(event.origin === null ? {} : { origin: event.origin }),
          outcome: event.state,
          error_class: event.code,
          reason: event.reason,
        },
        `${event.kind} alert`,
      )
      return
    case 'retry':
      instruments.record('backoff_duration_ms', event.delayMs)
      instruments.p99('backoff_duration_p99', event.delayMs)
      log?.info(
        {
          url: event.url,
          retry_attempt: event.attempt,
          backoff_duration: event.delayMs,
          reason: event.reason,
          error_class: event.errorClass,
        },
        'a request is tried again',
      )
      return
    case 'retried':
      instruments.ratio('retry_success_ratio', event.passed)
      return
    case 'rate-limit-pause':
      log?.info(
        { origin: event.origin, backoff_duration: event.delayMs },
        'a request waits because its origin asked for it',
      )
      return
    case 'session':
      log?.info({ outcome: event.state, reason: event.reason }, `session ${event.state}`)
      return
    case 'circuit':
      log?.warn({ origin: event.origin, outcome: event.state, reason: event.reason }, 'circuit of an origin')
      return
    case 'reauthentication':
      if (event.state === 'failed' || event.state === 'refused') {
        instruments.tally('session_invalidation_triggers', 'reason', 'reauth-failed')
      }
      log?.info({ origin: event.origin, outcome: event.state, reason: event.reason }, 'reauthentication')
      return
    case 'robots':
      if (event.decision !== 'waiting') {
        log?.info({ origin: event.origin, outcome: event.decision, reason: event.reason }, 'robots.txt')
      }
      return
    case 'personal-header':
      log?.warn(
        { origin: event.origin, header: event.header, outcome: event.state, reason: event.reason },
        'personal data in a header',
      )
      return
    case 'purpose-refused':
      log?.info({ origin: event.origin, outcome: event.purpose, reason: event.reason }, 'purpose refused')
      return
    case 'callback':
      log?.error({ outcome: event.state, reason: event.reason }, 'a callback')
      return
    case 'identity':
      log?.warn({ outcome: event.state, reason: event.reason }, 'identity')
      return
    case 'browser':
      log?.warn({ outcome: event.state, reason: event.reason }, 'browser')
      return
    case 'audit':
      log?.error({ outcome: event.state, reason: event.reason }, 'audit trail')
      return
    case 'store':
      if (event.payloadHash !== undefined) {
        instruments.tally('session_invalidation_triggers', 'reason', 'store-corrupt')
      }
      log?.warn(
        {
          outcome: event.state,
          reason: event.reason,
          ...(event.payloadHash !== undefined && { payload_hash: event.payloadHash }),
          ...(event.stack !== undefined && { stack: event.stack }),
        },
        'store',
      )
      return
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
