import type { LoadFailure } from '../../browsing/index.ts'
import { explain, type Verdict } from '../../challenge/index.ts'
import { type ErrorCode, OnejarError } from '../../core/index.ts'

/** Why a place in line fails a request. */
export const NOT_YET = 'the session has not been admitted yet'

/** The error of a challenge that did not end well; it says what was seen, in the classifier's words. */
export function challengeError(
  url: URL,
  verdict: Verdict | null,
  why: string,
  code: ErrorCode = 'ONEJAR_CHALLENGE_UNSOLVED',
): OnejarError {
  const evidence = verdict ? ` (${explain(verdict).split('\n')[0]})` : ''
  const retryAfterMs = verdict?.estimatedWaitMs ?? verdict?.retryAfterMs ?? verdict?.askAgainMs
  return new OnejarError(code, `The challenge of ${url.origin} was not passed: ${why}${evidence}`, {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    details: {
      origin: url.origin,
      verdict: verdict?.kind ?? null,
      vendor: verdict?.vendor ?? null,
      evidence: verdict?.evidence ?? [],
    },
  })
}

/** The error of a page that the site did not let through, where that is no block. */
export function loadError(
  { verdict, at, why }: Pick<LoadFailure, 'verdict' | 'at' | 'why'>,
  url: URL,
  solveTimeoutMs: number,
): OnejarError {
  if (verdict?.kind === 'rate-limited') {
    return challengeError(url, verdict, 'the site asked to slow down', 'ONEJAR_RATE_LIMITED')
  }
  if (verdict?.kind === 'waiting-room')
    return challengeError(at ?? url, verdict, NOT_YET, 'ONEJAR_WAITING_ROOM')
  if (why === 'answer') return challengeError(url, verdict, 'the site did not take the answer')
  if (why === 'loop') return challengeError(url, verdict, 'it comes again and again', 'ONEJAR_CHALLENGE_LOOP')
  return challengeError(url, verdict, `no pass within ${solveTimeoutMs} ms`)
}
