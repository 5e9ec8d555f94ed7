import { randomBytes } from 'node:crypto'
import { type Clock, ERRORS, isOnejarError } from '../../core/index.ts'
import type { ChangeSource, SessionRecord } from '../../record/index.ts'
import {
  becomesDeadLetter,
  type DeadLetterPlan,
  isNamedFailure,
  transientReason,
} from '../../resilience/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Send, Stage } from '../../routing/index.ts'
import { deadLetterOf, type LetterFacts } from '../dead-letters/dead-letter-of.ts'
import { attemptOf } from '../retries/attempts.ts'

export interface DeadLetterParts {
  readonly record: SessionRecord
  readonly events: EventHub
  readonly clock: Clock
  /** For requests that do not say. */
  readonly wanted: DeadLetterPlan
  /** How long a letter is kept. */
  readonly lifeMs: number
}

/** Who the changes of dead letters are by. */
export const DEAD_LETTERS: ChangeSource = { name: 'dead letters' }
/** As many letters are kept in a session; then the oldest goes. */
const MAX_LETTERS = 100

/** Keeps requests that fail for good, where that is wanted, in the session's record. */
export function keepingDeadLetters(parts: DeadLetterParts): Stage {
  return (next) => (request) => {
    const { deadLetter = parts.wanted } = request
    return deadLetter === false ? next(request) : watch(parts, next, request, deadLetter)
  }
}

async function watch(
  parts: DeadLetterParts,
  next: Send,
  request: RouteRequest,
  plan: Exclude<DeadLetterPlan, false>,
): Promise<RoutedResponse> {
  const sent = { attempts: 1 }
  try {
    const response = await next({ ...request, sent })
    const attempt = response.statusCode < 400 ? null : attemptOf(response)
    const isFailure = attempt !== null && (transientReason(attempt) !== null || isNamedFailure(attempt, plan))
    if (isFailure) {
      const limited = response.statusCode === 429 || response.verdict?.kind === 'rate-limited'
      const code = limited ? 'ONEJAR_RATE_LIMITED' : 'ONEJAR_BAD_RESPONSE'
      // What the answer to the same request will be is the site's to say: time alone mends no 404.
      const tier = isNamedFailure(attempt, plan) ? 'non-recoverable' : ERRORS[code].tier
      await keep(parts, request, { code, tier, status: response.statusCode, attempts: sent.attempts })
    }
    return response
  } catch (error) {
    if (isOnejarError(error)) {
      const { code } = error
      const status = typeof error.details['status'] === 'number' ? error.details['status'] : null
      await keep(parts, request, { code, tier: ERRORS[code].tier, status, attempts: sent.attempts })
    }
    throw error
  }
}

async function keep(
  { record, events, clock, lifeMs }: DeadLetterParts,
  request: RouteRequest,
  failure: Pick<LetterFacts, 'code' | 'tier' | 'status' | 'attempts'>,
): Promise<void> {
  const { code, tier, status } = failure
  if (!becomesDeadLetter(code, tier)) return
  const at = clock.now()
  const letter = await deadLetterOf(request, { at, expiresAt: at + lifeMs, ...failure })
  if (letter === null) return
  const id = `${at.toString(36)}-${randomBytes(4).toString('hex')}`
  const newestFirst = [...record.valuesOf('dead-letter')].sort(([, a], [, b]) => b.at - a.at)
  const gone = newestFirst.slice(MAX_LETTERS - 1)
  record.write(
    [
      { kind: 'dead-letter', id, value: letter },
      ...gone.map(([id]) => ({ kind: 'dead-letter', id, value: null }) as const),
    ],
    DEAD_LETTERS,
  )
  const { method, url } = letter
  events.emit({ type: 'dead-letter', at, id, method, url, code, tier, status })
}
