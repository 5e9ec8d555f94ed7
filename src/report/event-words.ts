import type { SessionEvent } from '../routing/index.ts'

/** An event for people: what it is, and what happened. */
export interface EventWords {
  /** Two or three words. */
  readonly title: string
  /** A sentence, without secrets: events hold none. */
  readonly words: string
}

/** Says in words what an event is, where each type has its own. */
export function eventWords(event: SessionEvent): EventWords {
  switch (event.type) {
    case 'request':
      return say(
        'Request',
        `${event.method} ${event.url} by ${event.via}: ${event.status} (${event.verdict}) in ${ms(event.ms)}; ${event.reason}`,
      )
    case 'request-failed':
      return say(
        'Request failed',
        `${event.method} ${event.url} by ${event.via}: ${event.code} after ${ms(event.ms)}; ${event.reason}`,
      )
    case 'challenge':
      return say('Challenge', `${event.url} answered with ${what(event.verdict, event.vendor)}`)
    case 'waiting-room':
      return say('Waiting room', `${event.url} gave a place in line; ${waits(event)}`)
    case 'mistaken':
      return say('No challenge', `${event.url} was taken for ${event.verdict} by mistake: ${event.reason}`)
    case 'unverified':
      return say(
        'Not verified',
        `${event.url} looks like ${what(event.verdict, event.vendor)}, and may be the page: ${event.reason}`,
      )
    case 'solve-start':
      return say('Solve begins', `the browser goes to ${event.url}: ${event.reason}`)
    case 'solve-end':
      return say('Solve ended', `${event.outcome} at ${event.url} after ${ms(event.ms)}: ${event.reason}`)
    case 'drop-back':
      return say('Back to HTTP', `${event.url}: ${event.reason}`)
    case 'route':
      return say('Route learned', `${event.origin} goes by ${event.via}: ${event.reason}`)
    case 'data-route':
      return say(
        `Data route ${event.state.replace('-', ' ')}`,
        `${event.pattern} (${event.fields.join(', ')}): ${event.reason}${event.unchecked > 0 ? `; ${event.unchecked} answers since the last check` : ''}`,
      )
    case 'blocked':
      return say('Blocked', `${event.origin} (${event.verdict}): ${event.reason}`)
    case 'unblocked':
      return say('Unblocked', `${event.origin} is asked again`)
    case 'quarantine':
      return say(
        'Quarantine',
        `${event.origin ?? 'the whole session'} until ${instant(event.until)}: ${event.reason}`,
      )
    case 'manual-intervention':
      return say(
        'A person',
        `${{ begun: 'was asked to help', done: 'is done', 'given-up': 'has given up' }[event.state]} at ${event.origin}: ${event.reason}`,
      )
    case 'token-binding-learned':
      return say(
        'Token learned',
        `${event.origin}: the header ${event.header} takes its value from ${SOURCES[event.source]}`,
      )
    case 'token-binding-used':
      return say('Token used', `${event.origin} gets the header ${event.header} over HTTP`)
    case 'token-binding-empty':
      return say(
        'Token missing',
        `${event.origin} gets no header ${event.header}: ${SOURCES[event.source]} is ${event.state}; ${event.reason}`,
      )
    case 'token-binding-retired':
      return say('Token given up', `${event.origin} gets the header ${event.header} no more: ${event.reason}`)
    case 'robots':
      return say(
        'robots.txt',
        `${event.decision} at ${event.origin}${event.waitMs > 0 ? ` for ${ms(event.waitMs)}` : ''}: ${event.reason}`,
      )
    case 'purpose-refused':
      return say('Use refused', `${event.origin} forbids ${event.purpose}: ${event.reason}`)
    case 'personal-header':
      return say(
        'Personal data',
        `${event.state} for the header ${event.header} to ${event.origin} (${event.kinds.join(', ')}): ${event.reason}`,
      )
    case 'retry':
      return say(
        'Retry',
        `${event.url} is sent for the ${ordinal(event.attempt)} time in ${ms(event.delayMs)}, after ${event.errorClass}: ${event.reason}`,
      )
    case 'retried':
      return say(
        'Retries over',
        `${event.url} ${event.passed ? 'was answered' : 'failed'} after ${event.attempts} attempts`,
      )
    case 'rate-limit-pause':
      return say('Rate limit', `${event.origin} asked for a pause of ${ms(event.delayMs)}`)
    case 'reauthentication':
      return say('Login', `${event.state} at ${event.origin}: ${event.reason}`)
    case 'alert':
      return say(
        `Alert ${event.state}`,
        `${event.kind} at ${event.origin ?? 'all origins'} (${event.code}): ${event.reason}`,
      )
    case 'dead-letter':
      return say(
        'Dead letter',
        `${event.method} ${event.url} failed for good with ${event.code}${event.status === null ? '' : `, status ${event.status}`}, and is kept`,
      )
    case 'idempotent-replay':
      return say('Not sent again', `${event.url} had its response (${event.status}) before`)
    case 'circuit':
      return say(`Circuit ${event.state}`, `${event.origin}: ${event.reason}`)
    case 'store':
      return say(
        `Store ${event.state}`,
        `${event.reason}${event.payloadHash === undefined ? '' : ` (${event.payloadHash})`}`,
      )
    case 'browser':
      return say(`Browser ${event.state}`, event.reason)
    case 'identity':
      return say('No identity', event.reason)
    case 'audit':
      return say('Audit trail', `a decision could not be written: ${event.reason}`)
    case 'set-cookie':
      return say(
        'Set-Cookie',
        `${event.url}: ${event.cookies.map(({ line, outcome, reason }) => `${line} was ${outcome}${reason === undefined ? '' : ` (${reason})`}`).join('; ')}`,
      )
    case 'callback':
      return say('Callback', `${event.callback} failed: ${event.reason}`)
    case 'session':
      return say('Session', `${event.state === 'parked' ? 'released' : event.state}: ${event.reason}`)
    case 'lost':
      return say('Events lost', `${event.count} events were dropped, as nobody read them in time`)
    default:
      return unknown(event)
  }
}

const SOURCES = {
  cookie: 'a cookie',
  local: 'an item of localStorage',
  session: 'an item of sessionStorage',
  meta: 'a meta element',
  memory: 'the memory of the page',
} as const

function say(title: string, words: string): EventWords {
  return { title, words }
}

/** Of another version of this package, from a service. */
function unknown(event: never): EventWords {
  return say(String((event as SessionEvent).type), 'this version has no words for it')
}

function what(verdict: string, vendor: string | null): string {
  return vendor === null ? verdict : `${verdict} by ${vendor}`
}

function waits({ estimatedWaitMs, askAgainMs }: Extract<SessionEvent, { type: 'waiting-room' }>): string {
  const wait = estimatedWaitMs === null ? 'how long is not known' : `about ${ms(estimatedWaitMs)}`
  return askAgainMs === null ? wait : `${wait}, asked again after ${ms(askAgainMs)}`
}

/** A duration for people. */
export function ms(value: number): string {
  if (value < 1_000) return `${Math.round(value)} ms`
  if (value < 120_000) return `${Number((value / 1_000).toPrecision(3))} s`
  return `${Math.round(value / 60_000)} min`
}

function instant(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString()
}

function ordinal(n: number): string {
  return n === 2 ? 'second' : n === 3 ? 'third' : `${n}th`
}
