import type { Evidence } from './verdict.ts'

/** A part of a path that is the name of such a page, and no title that only speaks of one. */
const PUZZLE_PAGE =
  /\/(?:(?:re|show)?captcha|robot-?check|(?:human|robot|bot)-?(?:check|verification|verify)|verify-?human|are-?you-?(?:human|a-?robot)|anti-?bot|anti-?robot)(?=[/.?]|$)/

/**
 * A redirect that sends a reader to a page that asks for a person, instead of the page that was asked for.
 *
 * @param location - lower case
 * @param asked - the path that was asked for, lower case: such a page may send to another of its kind
 */
export function readCaptchaRedirect(method: string, location: string, asked: string): Evidence | null {
  if (method !== 'GET' && method !== 'HEAD') return null
  const path = location.split('?', 1)[0] ?? ''
  // It has to know what to lead back to.
  if (path === location || !PUZZLE_PAGE.test(path.slice(0, 512)) || PUZZLE_PAGE.test(asked.slice(0, 512)))
    return null
  return {
    signal: 'captcha-redirect',
    vendor: null,
    where: 'url',
    verdict: 'captcha',
    weight: 0.7,
    note: 'redirects to a page that asks for a person, which leads back',
  }
}
