import { explain, type Verdict } from '../../challenge/index.ts'
import { type ErrorCode, OnejarError } from '../../core/index.ts'

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
