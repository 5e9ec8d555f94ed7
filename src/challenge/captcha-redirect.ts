import type { Evidence } from './verdict.ts'

/** A part of a path that is the name of such a page, and no title that only speaks of one. */
const PUZZLE_PAGE =
  /\/(?:(?:re|show)?captcha|robot-?check|(?:human|robot|bot)-?(?:check|verification|verify)|verify-?human|are-?you-?(?:human|a-?robot)|anti-?bot|anti-?robot|risk[-_]?(?:handler|control))(?=[/.?]|$)/
/** A query that says which puzzle a page of another name shows. */
const CHECK_PAGE = /\/(?:challenge|verif\w{1,8}|risk\w{0,8}|security\w{0,8})\b/
const PUZZLE_QUESTION = /[?&][\w-]{0,16}captcha[\w-]{0,16}=/
/** Hosts that only serve puzzles; and for hosts that serve more, the parameters of a puzzle. */
const PUZZLE_HOST = /^https?:\/\/(?:[\w-]{1,32}\.)?(?:captcha|challenge|anti-?bot)[.-]/
const CHECK_HOST = /^https?:\/\/(?:[\w-]{1,32}\.)?(?:verify|risk|validate|safe|sec)[.-]/
const SPEAKS_OF_BOTS = /spider|crawl|robot|\bbot\b|punish|captcha/
/** HUMAN's block page is sent these three, whatever its address. */
const HUMAN_QUESTION = /[?&]url=[^#]{0,2000}&uuid=[\da-f-]{0,64}&vid=/

/**
 * A redirect that sends a reader to a page that asks for a person, instead of the page that was asked for.
 *
 * @param location - lower case
 * @param asked - the path that was asked for, lower case: such a page may send to another of its kind
 */
export function readCaptchaRedirect(method: string, location: string, asked: string): Evidence | null {
  if (method !== 'GET' && method !== 'HEAD') return null
  const path = location.split('?', 1)[0] ?? ''
  const question = location.slice(path.length, path.length + 4_096)
  // It has to know what to lead back to.
  if (PUZZLE_PAGE.test(asked.slice(0, 512))) return null
  const atHost = PUZZLE_HOST.test(location) && PUZZLE_PAGE.test(path.slice(0, 512))
  if (question === '' && !atHost) return null
  const sent = CHECK_HOST.test(location) && SPEAKS_OF_BOTS.test(question)
  const human = HUMAN_QUESTION.test(question)
  const named = PUZZLE_PAGE.test(path.slice(0, 512))
  const asksPuzzle = PUZZLE_QUESTION.test(question) && CHECK_PAGE.test(path.slice(0, 512))
  if (!human && !named && !asksPuzzle && !sent) return null
  return {
    signal: human ? 'human-redirect' : 'captcha-redirect',
    vendor: human ? 'human' : null,
    where: 'url',
    verdict: 'captcha',
    weight: 0.7,
    note: 'redirects to a page that asks for a person, which leads back',
  }
}
