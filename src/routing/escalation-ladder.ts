import type { Via } from '../http/index.ts'
import type { Outcome } from './outcome.ts'

/** What is done after an outcome. */
export type Step =
  /** The response is the answer. */
  | 'return'
  /** The request fails. */
  | 'throw'
  /** The origin is blocked until a person has taken care of it. */
  | 'block'
  /** Wait in line, then the same request again. */
  | 'wait'
  /** A browser passes the challenge, then the same request again. */
  | 'solve'
  /** The document that the browser got while it solved is the answer. */
  | 'document'
  | 'page-fetch'
  /** The same from a page that is opened anew: the clearance of the old one has ended. */
  | 'fresh-page-fetch'
  | 'page'

/** What a step depends on besides the outcome. */
export interface Circumstances {
  /** The request may go to the browser. */
  readonly mayEscalate: boolean
  /** It only reads. */
  readonly isSafe: boolean
  /** The site says that it is in trouble. */
  readonly siteFails: boolean
  /** The challenge is a place in line. */
  readonly inLine: boolean
  /** The challenge is a puzzle, and comes after a solve. */
  readonly puzzleAgain: boolean
  /** The place in line is a redirect, which the caller follows. */
  readonly isRedirect: boolean
  /** The origin is known to need pages. */
  readonly pageKnown: boolean
  /** Another solve may help. */
  readonly solvesLeft: boolean
  /** The challenge proves that the site has not processed the request, which can be sent again. */
  readonly replayable: boolean
  /** A page that was not fresh was challenged. */
  readonly firstPage: boolean
  /** What failed may go well in a page that navigates. */
  readonly mayNavigate: boolean
  /** A solve of this request has brought the document that was asked for. */
  readonly documentHeld: boolean
}

type Rule = readonly [
  transport: Via,
  outcome: Outcome['kind'],
  when: readonly (keyof Circumstances | `!${keyof Circumstances}`)[],
  step: Step,
]

/** From outcome to step: the first rule that fits. Each row further down costs more, or is the end. */
export const ESCALATION_LADDER: readonly Rule[] = [
  ['http', 'response', ['siteFails', 'documentHeld'], 'document'],
  ['http', 'response', [], 'return'],
  ['http', 'refused', [], 'block'],
  ['http', 'failed', ['documentHeld'], 'document'],
  ['http', 'failed', [], 'throw'],
  ['http', 'challenged', ['inLine', '!mayEscalate'], 'return'],
  ['http', 'challenged', ['inLine', 'isRedirect'], 'return'],
  ['http', 'challenged', ['inLine'], 'wait'],
  ['http', 'challenged', ['puzzleAgain'], 'block'],
  ['http', 'challenged', ['!mayEscalate'], 'return'],
  ['http', 'challenged', ['!replayable'], 'throw'],
  ['http', 'challenged', ['isSafe', 'pageKnown'], 'page'],
  ['http', 'challenged', ['solvesLeft'], 'solve'],
  ['http', 'challenged', [], 'page-fetch'],

  ['page-fetch', 'response', [], 'return'],
  ['page-fetch', 'refused', [], 'block'],
  ['page-fetch', 'failed', ['mayNavigate', 'documentHeld'], 'document'],
  ['page-fetch', 'failed', ['mayNavigate'], 'page'],
  ['page-fetch', 'failed', [], 'throw'],
  ['page-fetch', 'challenged', ['!inLine', 'firstPage', 'replayable'], 'fresh-page-fetch'],
  ['page-fetch', 'challenged', ['isSafe', 'documentHeld'], 'document'],
  ['page-fetch', 'challenged', ['isSafe'], 'page'],
  ['page-fetch', 'challenged', [], 'throw'],

  ['page', 'response', [], 'return'],
  ['page', 'refused', [], 'block'],
  ['page', 'failed', [], 'throw'],
]

/** What is done next with a request, after this outcome over this transport. */
export function nextStep(transport: Via, outcome: Outcome['kind'], circumstances: Circumstances): Step {
  for (const [ofTransport, ofOutcome, when, step] of ESCALATION_LADDER) {
    if (ofTransport !== transport || ofOutcome !== outcome) continue
    const fits = when.every((one) =>
      one.startsWith('!')
        ? !circumstances[one.slice(1) as keyof Circumstances]
        : circumstances[one as keyof Circumstances],
    )
    if (fits) return step
  }
  return 'throw'
}
