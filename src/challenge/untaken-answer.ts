import type { HtmlFacts } from './html-facts.ts'
import { pathOf } from './subject.ts'
import type { Evidence, ResponseHead } from './verdict.ts'

/** Where a challenge takes its answer. */
const ANSWER_PATH =
  /\/pass-challenge\b|\/[._]{0,2}(?:challenge|captcha|pow|proof)s?[-_/](?:\w{1,24}[-_/]){0,2}(?:pass|answer|solve[rd]?|solution|submit|verify|validate|check|response|result|redeem)\b|\/(?:pass|answer|solve|solution|submit|verify|validate|check|redeem)[-_/]?(?:challenge|captcha|pow|proof|solution|answer|nonce)\b/
const NOT_TAKEN =
  /\b(?:invalid|incorrect|wrong|expired|missing|bad|unknown) (?:challenge )?(?:response|answer|solution|nonce|proof|challenge|token|signature)\b|\b(?:challenge|verification|validation|proof(?: of work)?|solution|answer|response) (?:has |was |is |could )?(?:not |n't )?(?:been )?(?:be )?(?:failed|fails|expired|invalid|incorrect|wrong|rejected|accepted|taken|verified|validated)\b|\bfailed to (?:verify|validate|solve|pass)\b|oh noes/

/**
 * The page that an answer was not taken: it is shown where the challenge takes its answers, looks like a refusal, and says
 * nothing about whoever asks. The next challenge may be passed.
 */
export function readUntakenAnswer(
  head: ResponseHead,
  facts: HtmlFacts | null,
  evidence: readonly Evidence[],
): Evidence | null {
  if (head.statusCode < 400 || !ANSWER_PATH.test(pathOf(head.url).toLowerCase())) return null
  const says = facts !== null && NOT_TAKEN.test(`${facts.title} ${facts.text}`)
  const known = evidence.find(({ vendor, verdict }) => vendor !== null && verdict !== 'present')
  if (!says && known === undefined) return null
  return {
    signal: UNTAKEN_ANSWER,
    vendor: known?.vendor ?? null,
    where: 'structure',
    verdict: 'js-challenge',
    weight: 0.8,
    note: 'the answer to a challenge was not taken',
  }
}

/** The id of that signal: nothing more comes of such a page. */
export const UNTAKEN_ANSWER = 'answer-not-taken'
