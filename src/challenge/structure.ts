import type { HtmlFacts } from './html-facts.ts'
import { ASKS_PERSON, SAYS_CHECKING, SAYS_REFUSED } from './phrases.ts'
import { hasMountPoint, type Shape } from './shape.ts'
import type { Evidence } from './verdict.ts'

const SETS_COOKIE =
  /cookiestore\s?\.\s?set\s?\(|document\s?\.\s?cookie\s?=[^=]|document\[['"]cookie['"]\]\s?=/
/** Asks for the same address again: what a script does that has just earned a pass. */
const RELOADS =
  /location\s?\.\s?reload\b|history\.go\(0\)|location(?:\.href)?\s?=\s?(?:(?:window|document|top)\.)?location|location\.(?:replace|assign)\s?\(\s?(?:(?:window|document|top)\.)?location/
/** Goes anywhere: a redirect does that too. */
const GOES_ON = /location\s?\.\s?(?:replace|assign)\b|location(?:\s?\.\s?href)?\s?=[^=]|\.\s?submit\s?\(/
const WORKS = /crypto\s?\.\s?subtle|sha-?256|sha-?1\(|proof-?of-?work|scrypt|argon2/
const POSTS = /method['"]?\s?:\s?['"`]post|\.\s?open\s?\(\s?['"`]post|sendbeacon/
const SUBMITS = /\.\s?(?:request)?submit\s?\(/
const ASKS_FOR_SCRIPT =
  /(?:enable|turn on|activate|requires?|without) (?:your )?(?:javascript|js\b)|javascript is (?:required|disabled)/
/** Statuses of a firm no; others are about how much was asked, or about the server. */
const REFUSES_CLIENT = new Set([403, 405, 406, 418, 444, 451, 456, 468, 493, 567, 999])

/** Spells `document.cookie` through a table of strings, as scripts do that do not want to be read. */
const HIDES_COOKIE = /document\s?\[[^'"=]{1,60}\]\s?=/
const GOES_TO_LOGIN = /location[\w .=('"`]{1,60}\/(?:[\w-]{1,30}\/){0,4}(?:log-?in|sign-?in|sso|authwall)\b/

/**
 * What the build of a document says, whoever made it: observations that join several facts, which a row of the table
 * cannot. Patterns are free of nested repeats, so that they are linear in the length of the script.
 */
export function readStructure(facts: HtmlFacts, shape: Shape, statusCode: number): Evidence[] {
  const found: Evidence[] = []
  const add = (
    signal: string,
    verdict: Evidence['verdict'],
    weight: number,
    note: string,
    vendor: string | null = null,
  ) => found.push({ signal, vendor, verdict, weight, note })
  if (facts.passwordFields > 0 && (statusCode === 401 || statusCode === 403)) {
    add('login-form', 'unauthorised', 0.65, 'a refusal that holds a login form')
  }
  if ((shape !== 'gate' && shape !== 'bare') || isFailure(statusCode)) return found

  const { inline, elements, text } = facts
  const refused = statusCode >= 400
  const tiny = text.length <= 400 && facts.links <= 3
  const mounts = hasMountPoint(facts)
  const said = `${facts.title} ${text}`
  const setsCookie = SETS_COOKIE.test(inline)
  const reloads = RELOADS.test(inline)
  const goesOn = reloads || GOES_ON.test(inline)
  /** A choice that a person makes (a language, an age) sets a cookie and reloads too. */
  const offersChoice = facts.buttons > 0 || facts.links > 1
  if (tiny && setsCookie && goesOn && !mounts) {
    const weight = reloads && !offersChoice ? 0.75 : refused ? 0.55 : 0.4
    add('cookie-reload', 'js-challenge', weight, 'a small document whose script sets a cookie and goes on')
  }
  if (tiny && goesOn && !mounts && WORKS.test(inline) && !inline.includes('code_challenge')) {
    add('work-reload', 'js-challenge', 0.55, 'a small document whose script computes a hash and goes on')
  }
  if (tiny && refused && reloads && !mounts && POSTS.test(inline)) {
    add('post-reload', 'js-challenge', 0.55, 'a refusal whose script sends something and asks again')
  }
  if (tiny && refused && facts.buttons === 0 && SUBMITS.test(inline)) {
    add('submits-itself', 'js-challenge', text === '' ? 0.4 : 0.25, 'a refusal whose form submits itself')
  }
  if (tiny && facts.refresh !== null && setsCookie) {
    const weight = facts.refresh === '' ? 0.6 : 0.3
    add(
      'refresh-script',
      'js-challenge',
      weight,
      'a small document whose script sets a cookie, with a meta refresh',
    )
  }
  if (tiny && !mounts && facts.links === 0 && hidesCookie(inline)) {
    add(
      'hidden-cookie',
      'js-challenge',
      0.6,
      'a small document whose obscured script sets a cookie and goes on',
    )
  }
  if (tiny && !mounts && ASKS_FOR_SCRIPT.test(facts.noscript)) {
    add(
      'noscript-gate',
      'js-challenge',
      refused ? 0.35 : 0.2,
      'asks to enable JavaScript and shows nothing else',
    )
  }
  if (tiny && refused && GOES_TO_LOGIN.test(inline)) {
    add('script-login', 'unauthorised', 0.75, 'a refusal whose script goes to a login page')
  } else if (text === '' && facts.scripts > 0 && !mounts && refused) {
    const note = 'a refusal that holds nothing but scripts'
    add('script-only', 'js-challenge', goesOn ? 0.55 : 0.4, goesOn ? `${note}, and goes on` : note)
  }
  if (facts.scripts > 0 && text.length <= 800 && SAYS_CHECKING.test(said)) {
    add(
      'checks-browser',
      'js-challenge',
      refused || tiny ? 0.55 : 0.35,
      'says that the browser is being checked',
    )
  }
  if (text.length <= 800 && ASKS_PERSON.test(said)) {
    add('asks-person', 'captcha', refused ? 0.5 : 0.35, 'asks to prove that one is a person')
  }
  if (REFUSES_CLIENT.has(statusCode) && text.length <= 2_000 && SAYS_REFUSED.test(said)) {
    add('says-refused', 'block', 0.6, 'says that it is this client that is refused')
  }
  if (facts.captchaFields > 0) {
    add('captcha-field', 'captcha', 0.65, 'asks to fill in the answer to a puzzle, and nothing else')
  }
  if (elements.has('altcha-widget')) {
    if (altchaNeedsPerson(facts))
      add('altcha-click', 'captcha', 0.6, 'an ALTCHA box that waits for a click', 'altcha')
    else add('altcha-gate', 'js-challenge', 0.75, 'the page is nothing but an ALTCHA proof of work', 'altcha')
  }
  if (!refused && facts.scripts > 0 && text.length <= (mounts ? 400 : 60)) {
    add('app-shell', 'present', 0, 'an application shell without content')
  }
  return found
}

/**
 * ALTCHA's proof of work runs without a person when it starts by itself (`auto`, `display=invisible`, or a script that
 * calls `verify`); a box beside a button that has to be pressed waits for one.
 */
function altchaNeedsPerson({ elements, inline, buttons }: HtmlFacts): boolean {
  const startsItself =
    elements.has('[auto=onload]') ||
    elements.has('[auto=onsubmit]') ||
    elements.has('[display=invisible]') ||
    /\.\s?verify\s?\(|auto['"]?\s?:\s?['"]on(?:load|submit)/.test(inline)
  return !startsItself && buttons > 0
}

/** A server that fails: it says so in a few words too, and may well reload. Vendors' own codes are above 520. */
function isFailure(statusCode: number): boolean {
  return statusCode >= 500 && statusCode <= 520 && statusCode !== 503
}

function hidesCookie(inline: string): boolean {
  return /['"]cookie['"]/.test(inline) && HIDES_COOKIE.test(inline) && /reload|location/.test(inline)
}
