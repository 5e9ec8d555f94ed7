import { type Clock, type Random, safeUrl } from '../../core/index.ts'
import { decideRetry, type RetryPlan, retryPolicy } from '../../resilience/index.ts'
import {
  discard,
  type EventHub,
  hasOneShotBody,
  type RoutedResponse,
  type RouteRequest,
  type Send,
  type Stage,
} from '../../routing/index.ts'
import type { Alerts } from './alerts.ts'
import { noteAttempts } from './attempt-count.ts'
import { type Attempts, attemptOf } from './attempts.ts'
import { pauseFor } from './pause.ts'

export interface RetryingParts {
  readonly attempts: Attempts
  readonly alerts: Alerts
  readonly events: EventHub
  readonly clock: Clock
  readonly random: Random
  /** For requests that do not say. */
  readonly plan: RetryPlan | false
  /** Fires when the session is released. */
  readonly closing: AbortSignal
}

/** How one attempt ended. */
type Outcome = { readonly response: RoutedResponse } | { readonly error: unknown }

/** Sends a request again when it failed in a way that time may mend; see `decideRetry`. */
export function retrying(parts: RetryingParts): Stage {
  const { attempts, alerts, plan: usual } = parts
  return (next) => async (request) => {
    const startedAt = performance.now()
    const { quiet } = attempts
    let first: Outcome
    try {
      const response = await (quiet ? next(request) : attempts.send(request, next))
      if (isFine(response)) return response
      first = { response }
    } catch (error) {
      first = { error }
    }
    if (quiet) attempts.note(request.url.origin, 'error' in first ? first.error : first.response)
    const plan = request.retry ?? usual
    const last =
      plan === false || plan.attempts === 1
        ? first
        : await again(parts, next, request, first, { plan, deadline: startedAt + request.timeoutMs })
    if ('response' in last) return last.response
    alerts.look(request.url.origin, last.error)
    throw last.error
  }
}

function again(
  { attempts, events, clock, random, closing }: RetryingParts,
  next: Send,
  request: RouteRequest,
  first: Outcome,
  { plan, deadline }: { readonly plan: RetryPlan; readonly deadline: number },
): Promise<Outcome> {
  const { url, method = 'GET', idempotencyKey } = request
  const shown = safeUrl(url)
  let sent = 1
  let waitMs = 0
  const policy = retryPolicy<Outcome>({
    plan,
    random,
    decide: (outcome, backoffMs) => {
      const attempt = attemptOf('error' in outcome ? outcome.error : outcome.response)
      if (attempt === null || attempts.isOpen(url.origin)) return { retry: false, why: 'not transient' }
      return decideRetry(attempt, {
        method,
        hasKey: idempotencyKey !== undefined,
        isReplayable: !hasOneShotBody(request),
        leftMs: deadline - performance.now(),
        backoffMs,
      })
    },
    onRetry: (outcome, attempt, { delayMs, reason }) => {
      if ('response' in outcome) discard(outcome.response)
      waitMs = delayMs
      sent = attempt
      events.emit({ type: 'retry', at: clock.now(), url: shown, attempt, delayMs, reason })
    },
  })
  const ended = policy.execute(async () => {
    if (sent === 1) return first
    return outcomeOf(
      (async () => {
        await pauseFor(waitMs, request, closing)
        const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()))
        return attempts.send({ ...request, timeoutMs }, next)
      })(),
    )
  })
  return ended.then((outcome) => {
    const passed = 'response' in outcome && isFine(outcome.response)
    if (sent > 1) {
      noteAttempts('error' in outcome ? outcome.error : outcome.response, sent)
      events.emit({ type: 'retried', at: clock.now(), url: shown, attempts: sent, passed })
    }
    return outcome
  })
}

function outcomeOf(work: Promise<RoutedResponse>): Promise<Outcome> {
  return work.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  )
}

/** Most are: nothing else is looked at then. */
function isFine({ statusCode, verdict }: RoutedResponse): boolean {
  return statusCode < 400 && verdict?.kind !== 'rate-limited'
}
