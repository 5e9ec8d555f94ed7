import { randomBytes } from 'node:crypto'
import { type Clock, ERRORS, type ErrorCode, isOnejarError } from '../../core/index.ts'
import type { ChangeSource, SessionRecord } from '../../record/index.ts'
import { becomesDeadLetter, transientReason } from '../../resilience/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Send, Stage } from '../../routing/index.ts'
import { deadLetterOf } from '../dead-letters/dead-letter-of.ts'
import { attemptOf } from '../retries/attempts.ts'

export interface DeadLetterParts {
  readonly record: SessionRecord
  readonly events: EventHub
  readonly clock: Clock
  /** For requests that do not say. */
  readonly wanted: boolean
}

/** Who the changes of dead letters are by. */
export const DEAD_LETTERS: ChangeSource = { name: 'dead letters' }
/** As many letters are kept in a session; then the oldest goes. */
const MAX_LETTERS = 100
const LIFE_MS = 30 * 24 * 3_600_000

/** Keeps requests that fail for good, where that is wanted, in the session's record. */
export function keepingDeadLetters(parts: DeadLetterParts): Stage {
  return (next) => (request) => {
    const { deadLetter = parts.wanted } = request
    return deadLetter ? watch(parts, next, request) : next(request)
  }
}

async function watch(parts: DeadLetterParts, next: Send, request: RouteRequest): Promise<RoutedResponse> {
  const sent = { attempts: 1 }
  try {
    const response = await next({ ...request, sent })
    const attempt = response.statusCode < 400 ? null : attemptOf(response)
    if (attempt !== null && transientReason(attempt) !== null) {
      const limited = response.statusCode === 429 || response.verdict?.kind === 'rate-limited'
      const code = limited ? 'ONEJAR_RATE_LIMITED' : 'ONEJAR_BAD_RESPONSE'
      await keep(parts, request, code, sent.attempts)
    }
    return response
  } catch (error) {
    if (isOnejarError(error)) await keep(parts, request, error.code, sent.attempts)
    throw error
  }
}

async function keep(
  { record, events, clock }: DeadLetterParts,
  request: RouteRequest,
  code: ErrorCode,
  attempts: number,
): Promise<void> {
  const { tier } = ERRORS[code]
  if (!becomesDeadLetter(code, tier)) return
  const at = clock.now()
  const letter = await deadLetterOf(request, { at, expiresAt: at + LIFE_MS, code, tier, attempts })
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
  events.emit({ type: 'dead-letter', at, id, method, url, code, tier })
}
