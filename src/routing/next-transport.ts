import { mayBeMistaken } from '../browsing/index.ts'
import type { Verdict } from '../challenge/index.ts'
import type { Via } from '../http/index.ts'
import { type Circumstances, nextStep, type Step } from './escalation-ladder.ts'
import type { Outcome } from './outcome.ts'

/** What a session would do after a response over HTTP. */
export interface NextTransport {
  /** The transport that would bring the answer; null where none would be tried. */
  readonly via: Via | null
  /** In a sentence. */
  readonly words: string
}

const STEPS: Readonly<Record<Step, NextTransport>> = {
  return: { via: 'http', words: 'HTTP is enough: it is the answer' },
  document: { via: 'page', words: 'the document of the solve is the answer' },
  wait: { via: 'http', words: 'its wait in line is waited for, then HTTP again' },
  solve: {
    via: 'http',
    words:
      'a browser passes the challenge, then HTTP again; where that is challenged still, a fetch in a page, then a page',
  },
  'page-fetch': { via: 'page-fetch', words: 'a fetch in a page of the browser' },
  'fresh-page-fetch': { via: 'page-fetch', words: 'a fetch in a page that is opened anew' },
  page: { via: 'page', words: 'a page of the browser' },
  block: { via: null, words: 'none: the origin is blocked until a person calls unblock()' },
  throw: {
    via: null,
    words: 'none: the site may have taken the request before it challenged, so that it is not sent again',
  },
}

/** Which transport a session would use after this response, which came over HTTP for a request that may escalate. */
export function transportAfter(method: string, status: number, verdict: Verdict): NextTransport {
  const isSafe = method === 'GET' || method === 'HEAD'
  const circumstances: Circumstances = {
    mayEscalate: true,
    isSafe,
    siteFails: status >= 500,
    inLine: verdict.kind === 'waiting-room',
    puzzleAgain: false,
    isRedirect: false,
    pageKnown: false,
    solvesLeft: true,
    replayable: isSafe || status >= 400 || status === 202 || mayBeMistaken(status, verdict),
    firstPage: true,
    mayNavigate: false,
    documentHeld: false,
  }
  return STEPS[nextStep('http', kindOf(status, verdict), circumstances)]
}

function kindOf(status: number, verdict: Verdict): Outcome['kind'] {
  switch (verdict.kind) {
    case 'block':
      return 'refused'
    case 'captcha':
      return mayBeMistaken(status, verdict) ? 'challenged' : 'refused'
    case 'waiting-room':
    case 'js-challenge':
      return 'challenged'
    default:
      return 'response'
  }
}
