import { type Clock, type Random, safeUrl } from '../../core/index.ts'
import { backoff, decideRetry, type RetryDecision, type RetryPlan } from '../../resilience/index.ts'
import {
  discard,
  type EventHub,
  hasOneShotBody,
  type RoutedResponse,
  type RouteRequest,
  type Send,
  type Stage,
} from '../../routing/index.ts'
import { errorClass } from '../../telemetry/index.ts'
import type { Alerts } from '../retries/alerts.ts'
import { type Attempts, attemptOf } from '../retries/attempts.ts'
import { pauseFor } from '../retries/pause.ts'

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
    if (quiet) attempts.note(request.url.origin, 'error' in first ? first.error : first.response, startedAt)
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

/** Sends the request again until an attempt passes, or no further attempt is allowed; gives the outcome of the last one. */
async function again(
  { attempts, events, clock, random, closing }: RetryingParts,
  next: Send,
  request: RouteRequest,
  first: Outcome,
  { plan, deadline }: { readonly plan: RetryPlan; readonly deadline: number },
): Promise<Outcome> {
  const url = safeUrl(request.url)
  const nextPauseMs = backoff(plan, random)
  let outcome = first
  let sent = 1
  while (sent < plan.attempts) {
    const decision = decide(outcome, request, attempts, deadline, nextPauseMs())
    if (!decision.retry) break
    if ('response' in outcome) discard(outcome.response)
    sent++
    const { delayMs, reason } = decision
    const failedWith = errorClassOf(outcome)
    events.emit({
      type: 'retry',
      at: clock.now(),
      url,
      attempt: sent,
      delayMs,
      reason,
      errorClass: failedWith,
    })
    outcome = await outcomeOf(async () => {
      await pauseFor(delayMs, request, closing)
      const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()))
      return attempts.send({ ...request, timeoutMs, attempt: sent }, next)
    })
  }
  if (sent > 1) {
    if (request.sent !== undefined) request.sent.attempts = sent
    const passed = 'response' in outcome && isFine(outcome.response)
    events.emit({ type: 'retried', at: clock.now(), url, attempts: sent, passed })
  }
  return outcome
}

function decide(
  outcome: Outcome,
  request: RouteRequest,
  attempts: Attempts,
  deadline: number,
  backoffMs: number,
): RetryDecision {
  const attempt = attemptOf('error' in outcome ? outcome.error : outcome.response)
  if (attempt === null || attempts.wouldRefuse(request.url)) return { retry: false, why: 'not transient' }
  return decideRetry(attempt, {
    method: request.method ?? 'GET',
    hasKey: request.idempotencyKey !== undefined,
    isReplayable: !hasOneShotBody(request),
    leftMs: deadline - performance.now(),
    backoffMs,
  })
}

/** As OpenTelemetry's `error.type` has it: a status, or a code. */
function errorClassOf(outcome: Outcome): string {
  return 'error' in outcome ? errorClass(outcome.error) : String(outcome.response.statusCode)
}

async function outcomeOf(send: () => Promise<RoutedResponse>): Promise<Outcome> {
  try {
    return { response: await send() }
  } catch (error) {
    return { error }
  }
}

/** Most are: nothing else is looked at then. */
function isFine({ statusCode, verdict }: RoutedResponse): boolean {
  return statusCode < 400 && verdict?.kind !== 'rate-limited'
}
