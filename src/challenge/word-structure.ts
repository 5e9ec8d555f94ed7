import { type Gate, seen } from './gate.ts'
import type { HtmlFacts } from './html-facts.ts'
import {
  ASKS_PERSON,
  SAYS_BLOCKED,
  SAYS_CHECKING,
  SAYS_CHECKING_CONNECTION,
  SAYS_OTHER_BLOCKED,
  SAYS_REFUSED,
  SAYS_TOO_MUCH,
} from './phrases.ts'
import { blamesClient, checksVisitor, refuses, refusesBehaviour, refusesWithReason } from './refusal-words.ts'
import { actsByItself } from './script-structure.ts'
import type { Evidence } from './verdict.ts'

/** Statuses that refuse a client; others concern the request rate or the server. */
const REFUSES_CLIENT = new Set([401, 403, 405, 406, 412, 418, 999])
/** Non-standard statuses that concern the request, a login session or a certificate. */
const OTHER_CODES = new Set([431, 440, 449, 460, 494, 495, 496, 497, 498, 499])
/** Statuses that sites send in place of 429. */
const SAYS_LIMITED = new Set([400, 403, 503])
/** Statuses that mostly report a fault of the application, and that firewalls send too. */
const MAY_REFUSE_CLIENT = new Set([400, 503])
/** A longer text may well write about a check without being one. */
const CHECK_CHARS = 800
const REFUSAL_CHARS = 2_000
/** Word stems prove less than phrases, so they count only in a short text. */
const REASON_CHARS = 800
/** Navigation links name the subject of a site, which may well be robots: with more links than this a reason does not count. */
const REASON_LINKS = 6
const FEW_CHARS = 400
/** Incident numbers of firewalls. Matches "support ID 12345678901234567890"; not "order 1234567890". */
const LONG_NUMBER = /(?<![\d.])\d{17,20}(?![\d.])/
export const IS_DATA = /^\s{0,16}[{[]/
/** A refusal with a successful status is no longer than this. */
const SHORT_REFUSAL_CHARS = 250
/**
 * A refusal addresses the reader or names the request; other notices do not. Other languages are recognised by the first
 * byte of a letter. Matches "your request was blocked"; not "the road is blocked".
 */
const IS_ADDRESSED =
  /\b(?:you|your|requests?|firewall|security|administrator|ip|incident|support id|vpns?|captcha|bots?|automated)\b|[\xc3-\xe1\xe3-\xf4]/
/** The text addresses its reader. Matches "your address"; not "the address". */
const SPEAKS_TO_READER = /\byour?\b|[\xc3-\xe1\xe3-\xf4]/
/** The text refuses something. Matches "access denied"; not "proxies explained". */
const REFUSES =
  /block|\bban|den(?:y|ied)|refus|reject|restrict|disable|disconnect|turn(?:ed)? off|not (?:allowed|available|permitted)|forbidden|unable|can(?:no|')t|[\xc3-\xe1\xe3-\xf4]/
/** The client's address, which firewalls show and applications do not. Matches "IP: 203.0.113.7"; not "version 1.2.3". */
const SHOWS_ADDRESS =
  /\bip(?: address)?(?: is)?:? ?\(?(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{1,4}(?::[\da-f]{0,4}){4,7})\b/
/** An address that is neither a version nor the server's own. Matches "203.0.113.7"; not "server at 203.0.113.7". */
const SHOWS_BARE_ADDRESS = /(?<![\w./-]|server at |host |host ')(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/
const SHOWS_NUMBER =
  /\b(?:reference|incident|event|support|request|block|transaction|case|ray|trace|error) ?(?:id|number|no\.?|code|#)\b/
const WRITTEN_CHARS = 2_000
const WRITES = /document\s?\.\s?write|\.inner(?:html|text)\s?=/
/** The text sets a task for a person. Matches "press and hold"; not "we want to be sure". */
const SETS_TASK =
  /(?:press|click|tap|activate)(?: and| &(?:amp;)?)? hold|hold the button|\b(?:slide|drag)\b|select all|\bsolve\b|(?:type|enter) the (?:characters|code|text|letters)|complete (?:the|this|a) (?:following )?(?:captcha|puzzle|challenge|security check)/
/** The text gives the purpose of a task, which a game does not. Matches "to verify that you are human"; not "solve the level". */
const SAYS_PURPOSE =
  /human (?:and|or|visitor|user|being|check)|not a (?:ro)?bot|captcha|verif|confirm|prove|securit|automat|unusual|continue|proceed|access|to see|characters|letters|[\xc3-\xe1\xe3-\xf4]/
/** A page that blocks another one says so within its first words. */
const OPENING_CHARS = 80
const TITLE_CHARS = 200
/** It has hardly any links; a vendor's demonstration page links to prices and a manual. */
const ASKING_LINKS = 2
/** A text of this length consists of the question alone. */
const QUESTION_CHARS = 30
/** JSON with a member for a puzzle. Matches `{"captcha_url":"/c"}`; not `{"captcha":false}`. */
const ASKS_PUZZLE =
  /^\s{0,16}\{[\s\S]{0,2000}?"\w{0,40}captcha(?:_?(?:url|link|site_?key|key|id|type|service|provider|required|token|challenge|data)"\s?:\s?(?:"[^"]|true|\[|\{)|\w{0,40}"\s?:\s?(?:true|\{|"(?:https?:|\/|[^"]{16})))/
/** JSON that redirects to a puzzle. Matches `{"redirect":"/captcha"}`; not `{"redirect":"/home"}`. */
const LEADS_TO_PUZZLE =
  /^\s{0,16}\{[\s\S]{0,2000}?"(?:redirect|url|link|location)\w{0,12}"\s?:\s?"[^"]{0,200}(?:captcha|unhuman)/

/**
 * Evidence in the text of a gate: it checks the client, asks for a person, or refuses. On a successful page the text decides
 * only where there is nothing else, and where a script or form can act on it.
 */
export function readWords(gate: Gate): Evidence[] {
  const { facts, shape, refused, tiny, statusCode } = gate
  const found: Evidence[] = []
  const { text } = facts
  const title = facts.title.slice(0, TITLE_CHARS)
  const said = `${title} ${text}`
  const mayAct = facts.scripts > 0 || shape === 'part' || actsByItself(gate)
  /** A document is not sent with 202 (accepted) either. */
  const unusual = refused || statusCode === 202
  const checks = SAYS_CHECKING.test(said) || (unusual && SAYS_CHECKING_CONNECTION.test(said))
  if (mayAct && text.length <= CHECK_CHARS && checks) {
    const alone = tiny && facts.links === 0 && (text.length <= 150 || actsByItself(gate))
    const weight = unusual ? 0.55 : alone ? 0.5 : 0.35
    found.push(seen('checks-browser', 'js-challenge', weight, 'says that the browser is being checked'))
  }
  if (unusual && !checks && mayAct && text.length <= FEW_CHARS && checksVisitor(said)) {
    found.push(
      seen('checks-visitor', 'js-challenge', 0.55, 'says that the visitor or the browser is being checked'),
    )
  }
  if (text.length <= CHECK_CHARS && ASKS_PERSON.test(said)) {
    const weight = weightOfAsking(gate, said, title)
    found.push(seen('asks-person', 'captcha', weight, 'asks to prove that one is a person'))
  }
  const limited = SAYS_LIMITED.has(statusCode) && text.length <= REFUSAL_CHARS && SAYS_TOO_MUCH.test(said)
  if (limited || (statusCode === 200 && isShortLimit(gate, title))) {
    found.push(seen('says-too-much', 'rate-limited', 0.6, 'says that too much was asked'))
  }
  if (isFirm(statusCode)) {
    if (ASKS_PUZZLE.test(text) || LEADS_TO_PUZZLE.test(text)) {
      found.push(
        seen('captcha-data', 'captcha', 0.65, 'a refusal in data that names the address of the puzzle'),
      )
    }
    if (text.length <= REFUSAL_CHARS && SHOWS_ADDRESS.test(text) && SHOWS_NUMBER.test(text)) {
      found.push(
        seen('shows-client', 'block', 0.5, 'shows the address of the client and a number to complain with'),
      )
    }
    const all = `${said} ${written(facts)}`
    if (text.length <= REFUSAL_CHARS && saysRefused(all)) {
      found.push(seen('says-refused', 'block', 0.6, 'says that it is this client that is refused'))
    } else if (reasons(gate, said)) {
      const weight = actsByItself(gate) ? 0.4 : 0.5
      found.push(
        seen('refuses-with-reason', 'block', weight, 'refuses, and gives a reason that is about the client'),
      )
    }
  } else if (MAY_REFUSE_CLIENT.has(statusCode)) {
    const blocked = saysBlocked(said) && IS_ADDRESSED.test(said)
    if (text.length <= REFUSAL_CHARS && (blocked || blames(gate, said))) {
      found.push(seen('says-refused', 'block', 0.55, 'says that the request was blocked'))
    }
  } else if (
    isShortRefusal(gate) &&
    (facts.scripts === 0 ? saysRefused(said) : SAYS_REFUSED.test(said) && !SAYS_OTHER_BLOCKED.test(said))
  ) {
    found.push(seen('says-refused', 'block', 0.5, 'says that this client is refused, and nothing else'))
  } else if (isNumberedRefusal(gate)) {
    found.push(seen('numbers-refusal', 'block', 0.5, 'refuses, and gives a number to complain with'))
  }
  return found
}

/** With a successful status the limit has to be the whole text, title included. */
function isShortLimit({ facts, tiny }: Gate, title: string): boolean {
  return tiny && facts.text.length <= SHORT_REFUSAL_CHARS && SAYS_TOO_MUCH.test(title)
}

/** Whether a status refuses a client; firewalls use non-standard ones of their own. */
function isFirm(statusCode: number): boolean {
  if (REFUSES_CLIENT.has(statusCode)) return true
  const unknown = (statusCode >= 430 && statusCode < 500) || (statusCode > 530 && statusCode < 600)
  return unknown && !OTHER_CODES.has(statusCode)
}

/** Evidence that a server error is in fact a refusal. */
export function readFailure({ facts, tiny }: Gate): Evidence | null {
  const said = `${facts.title.slice(0, TITLE_CHARS)} ${facts.text}`
  if (!tiny || IS_DATA.test(facts.text) || SAYS_OTHER_BLOCKED.test(said)) return null
  const blocked = SAYS_BLOCKED.test(said) || (SAYS_REFUSED.test(said) && refusesWithReason(said))
  return blocked
    ? seen('says-refused', 'block', 0.55, 'says that the request was blocked, and not that it failed')
    : null
}

/** Such pages often name a reason for a refusal too, but a page that takes an answer is a puzzle. */
function weightOfAsking(
  { facts, shape, refused, tiny, statusCode }: Gate,
  said: string,
  title: string,
): number {
  const canAnswer = facts.scripts > 0 || facts.forms > 0 || shape === 'part'
  if (refused && canAnswer) return SETS_TASK.test(said) ? 0.85 : 0.65
  if (refused || statusCode === 202) return 0.5
  const opens = ASKS_PERSON.test(title) || ASKS_PERSON.test(facts.text.slice(0, OPENING_CHARS))
  const means = facts.text.length <= QUESTION_CHARS || SAYS_PURPOSE.test(said)
  return tiny && opens && canAnswer && facts.links <= ASKING_LINKS && means ? 0.5 : 0.35
}

/** Whether a short refusal gives a reason that concerns the client. */
function reasons({ facts }: Gate, said: string): boolean {
  if (facts.text.length > REASON_CHARS || facts.links > REASON_LINKS) return false
  if (facts.passwordFields > 0 || IS_DATA.test(facts.text)) return false
  const why =
    refusesWithReason(said) ||
    (facts.text.length <= FEW_CHARS && blamesClient(said)) ||
    (refuses(said) && (SHOWS_BARE_ADDRESS.test(facts.text) || LONG_NUMBER.test(facts.text)))
  return why && !SAYS_OTHER_BLOCKED.test(said)
}

/** Whether a short refusal blames the client's behaviour, whatever the status means. */
function blames({ facts }: Gate, said: string): boolean {
  if (facts.text.length > REASON_CHARS || facts.links > REASON_LINKS || IS_DATA.test(facts.text)) return false
  return refusesBehaviour(said) && !SAYS_OTHER_BLOCKED.test(said)
}

/** Whether the request was blocked, and not an account, a card or a cookie. */
function saysBlocked(said: string): boolean {
  return SAYS_BLOCKED.test(said) && !SAYS_OTHER_BLOCKED.test(said)
}

/** Whether this client is refused, in any wording. */
function saysRefused(said: string): boolean {
  return (SAYS_REFUSED.test(said) || SAYS_BLOCKED.test(said)) && !SAYS_OTHER_BLOCKED.test(said)
}

/** The text that a short script writes into a refusal. */
function written({ inline }: HtmlFacts): string {
  return inline.length <= WRITTEN_CHARS && WRITES.test(inline) ? inline : ''
}

function isNumberedRefusal({ facts, refused, tiny }: Gate): boolean {
  if (refused || !tiny || facts.links > 1 || facts.forms + facts.scripts > 0) return false
  return facts.text.length <= SHORT_REFUSAL_CHARS && LONG_NUMBER.test(facts.text) && refuses(facts.text)
}

function isShortRefusal({ facts, shape, refused, tiny }: Gate): boolean {
  if (refused || !tiny || facts.links > 0 || facts.text.length > SHORT_REFUSAL_CHARS) return false
  const said = `${facts.title} ${facts.text}`
  if (shape === 'part' && !SPEAKS_TO_READER.test(said)) return false
  return IS_ADDRESSED.test(said) && REFUSES.test(said)
}
