import { type Gate, seen } from './gate.ts'
import type { Evidence } from './verdict.ts'

const SETS_COOKIE =
  /cookiestore\s?\.\s?set\s?\(|document\s?\.\s?cookie\s?=[^=]|document\[['"]cookie['"]\]\s?=/
/** Spells `document.cookie` through a table of strings, as scripts do that do not want to be read. */
const HIDES_COOKIE = /document\s?\[[^'"=]{1,60}\]\s?=/
/** Asks for the same address again: what a script does that has just earned a pass. */
const RELOADS =
  /location\s?\.\s?reload\b|history\.go\(0\)|location(?:\.href)?\s?=\s?(?:(?:window|document|top)\.)?location|location\.(?:replace|assign)\s?\(\s?(?:(?:window|document|top)\.)?location/
/** Goes anywhere: a redirect does that too. */
const GOES_ON = /location\s?\.\s?(?:replace|assign)\b|location(?:\s?\.\s?href)?\s?=[^=]|\.\s?submit\s?\(/
const GOES_TO_LOGIN = /location[\w .=('"`]{1,60}\/(?:[\w-]{1,30}\/){0,4}(?:log-?in|sign-?in|sso|authwall)\b/
const WORKS = /crypto\s?\.\s?subtle|sha-?(?:256|384|512)|sha-?1\(|proof-?of-?work|scrypt|argon2/
const POSTS = /method['"]?\s?:\s?['"`]post|\.\s?open\s?\(\s?['"`]post|sendbeacon/
const SUBMITS = /\.\s?(?:request)?submit\s?\(/
/** Statuses that a second request changes nothing about, unless something was left with the first. */
const REFUSES_FIRST = new Set([403, 405, 406, 418])
/** Runs when the document is there, not when somebody presses something. */
const STARTS_ITSELF =
  /domcontentloaded|(?:addeventlistener\s?\(\s?|on\s?\(\s?)['"`]load|\bonload\b|settimeout\s?\(/
const SAYS_WHY = /\b(?:check|verify|validat|examin)ing\b/
const WORK_DATA = /challenge|nonce|hashcash|\bpow\b/
const HIDDEN_CHARS = 8_000
const PACKED = /eval\s?\(\s?function\s?\(p,\s?a,\s?c,\s?k/
const FILLS = /\.\s?value\s?=[^=]/
/** What came with the address is handed on in the same way. */
const HANDS_ON = /location\s?\.\s?(?:hash|search)/
const ASKS_FOR_SCRIPT =
  /(?:enable|turn on|activate|requires?|without) (?:your )?(?:javascript|js\b)|javascript is (?:required|disabled)/

/**
 * What the scripts of a gate do: the build of documents that a browser passes by itself, whoever made them. Patterns
 * are free of nested repeats, so that they are linear in the length of the script.
 */
export function readScripts({ facts, shape, statusCode, refused, tiny, mounts }: Gate): Evidence[] {
  const bare = shape === 'bare'
  const found: Evidence[] = []
  const add = (signal: string, weight: number, note: string) =>
    found.push(seen(signal, 'js-challenge', weight, note))
  if (!tiny) return found
  const { text, refresh } = facts
  const inline = unhide(facts.inline)
  const setsCookie = SETS_COOKIE.test(inline)
  const reloads = RELOADS.test(inline)
  const goesOn = reloads || GOES_ON.test(inline)
  /** A choice that a person makes (a language, an age) sets a cookie and reloads too. */
  const offersChoice = facts.buttons > 0 || facts.links > 1
  if (!mounts) {
    if (setsCookie && goesOn) {
      const weight = reloads && !offersChoice ? 0.75 : refused ? 0.55 : 0.4
      add('cookie-reload', weight, 'a small document whose script sets a cookie and goes on')
    }
    if (facts.links === 0 && hidesCookie(inline)) {
      add('hidden-cookie', 0.6, 'a small document whose obscured script sets a cookie and goes on')
    }
    if (facts.links === 0 && isPacked(inline)) {
      add('packed-cookie', 0.6, 'a small document whose packed script speaks of a cookie and of the address')
    }
    if (goesOn && WORKS.test(inline) && !inline.includes('code_challenge')) {
      add('work-reload', 0.55, 'a small document whose script computes a hash and goes on')
    }
    if (reloads && POSTS.test(inline)) {
      if (refused) add('post-reload', 0.55, 'a refusal whose script sends something and asks again')
      else if (bare && SAYS_WHY.test(`${facts.title} ${text}`)) {
        add('post-reload', 0.5, 'says that it checks, sends something and asks again')
      }
    }
    if (bare && inline.includes('difficulty') && WORK_DATA.test(inline)) {
      add('work-data', 0.6, 'nothing but the data of a proof of work, and its script')
    }
    if (ASKS_FOR_SCRIPT.test(facts.noscript)) {
      add('noscript-gate', refused ? 0.35 : 0.2, 'asks to enable JavaScript and shows nothing else')
    }
  }
  if (facts.forms > 0 && SUBMITS.test(inline)) {
    const waitsForNobody = STARTS_ITSELF.test(inline)
    if (refused && (waitsForNobody || facts.buttons === 0)) {
      const weight = waitsForNobody ? 0.5 : text === '' ? 0.4 : 0.25
      add('submits-itself', weight, 'a refusal whose form submits itself')
    } else if (waitsForNobody && facts.buttons === 0 && FILLS.test(inline) && !HANDS_ON.test(inline)) {
      add('fills-itself', 0.4, 'a small document that fills a form and submits it')
    }
  }
  // What was refused is asked for again, without a script: the next answer is meant to be another one.
  if (refresh === '' && REFUSES_FIRST.has(statusCode)) {
    add('refresh-refused', 0.5, 'a refusal that asks for the same address again by itself')
  }
  if (refresh !== null && setsCookie) {
    const weight = refresh === '' ? 0.6 : 0.3
    add('refresh-script', weight, 'a small document with a meta refresh, whose script sets a cookie')
  }
  if (refused && GOES_TO_LOGIN.test(inline)) {
    found.push(seen('script-login', 'unauthorised', 0.75, 'a refusal whose script goes to a login page'))
  } else if (refused && text === '' && facts.scripts > 0 && !mounts) {
    if (goesOn) add('script-only', 0.55, 'a refusal that holds nothing but a script, which goes on')
    else
      add('script-only', bare && facts.title === '' ? 0.5 : 0.4, 'a refusal that holds nothing but scripts')
  }
  return found
}

/** Whether something on a page does its work without a person: it sends, computes, keeps a cookie, or goes on. */
export function actsByItself({ facts: { inline, refresh } }: Gate): boolean {
  return refresh !== null || [SETS_COOKIE, RELOADS, GOES_ON, POSTS, WORKS].some((does) => does.test(inline))
}

/** Letters that a short script spells by their numbers. */
function unhide(inline: string): string {
  if (inline.length > HIDDEN_CHARS || !inline.includes('\\x')) return inline
  return inline.replace(/\\x([2-7][\da-f])/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}

/** A script that comes as a table of its words and puts itself together. */
function isPacked(inline: string): boolean {
  return PACKED.test(inline) && inline.includes('|cookie|') && /\|(?:location|reload)\b/.test(inline)
}

function hidesCookie(inline: string): boolean {
  return /['"]cookie['"]/.test(inline) && HIDES_COOKIE.test(inline) && /reload|location/.test(inline)
}
