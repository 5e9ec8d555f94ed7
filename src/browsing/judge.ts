import { type Classifier, certaintyOf, type Verdict } from '../challenge/index.ts'

/** The part of the classifier that judges responses. */
export type Judge = Pick<
  Classifier,
  | 'needsPeek'
  | 'peekBytes'
  | 'peekBytesFor'
  | 'wantsMore'
  | 'widePeekBytes'
  | 'early'
  | 'judge'
  | 'judgeWhole'
>

/** Whether a verdict may be a mistake: of a successful response, and not plain. A refused request got no content anyway. */
export function mayBeMistaken(statusCode: number, verdict: Verdict): boolean {
  if (statusCode < 200 || statusCode > 299) return false
  return (verdict.kind === 'js-challenge' || verdict.kind === 'captcha') && certaintyOf(verdict) !== 'plain'
}

/** The verdict in place of one that turned out to be a mistake. */
export function corrected(verdict: Verdict): Verdict {
  return { ...verdict, kind: 'ok', confidence: 1, vendor: null }
}
