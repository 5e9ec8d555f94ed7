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

/** Statuses of a firm no; others are about how much was asked, or about the server. */
const REFUSES_CLIENT = new Set([401, 403, 405, 406, 412, 418, 999])
/** Of those that no standard knows, these are about the request, a session or a certificate. */
const OTHER_CODES = new Set([431, 440, 449, 460, 494, 495, 496, 497, 498, 499])
/** Statuses that say in words what 429 says as a number. */
const SAYS_LIMITED = new Set([400, 403, 503])
/** Statuses that firewalls answer with too, where applications mostly mean themselves. */
const MAY_REFUSE_CLIENT = new Set([400, 503])
/** Beyond this, a text may well speak of a check and not be one. */
const CHECK_CHARS = 800
const REFUSAL_CHARS = 2_000
/** Stems prove less than phrases: only of a few words. */
const REASON_CHARS = 800
/** The frame of a site names what it is about, which may well be robots. */
const REASON_LINKS = 6
const FEW_CHARS = 400
/** Firewalls number what they refused as nobody else does. */
const LONG_NUMBER = /(?<![\d.])\d{17,20}(?![\d.])/
export const IS_DATA = /^\s{0,16}[{[]/
/** A refusal that comes as a success is no longer than this. */
const SHORT_REFUSAL_CHARS = 250
/**
 * Such a one speaks to somebody, or of a request; a notice of another kind speaks of a road. Other languages are told by the
 * first byte of a letter, which is not that of a dash or of a quotation mark.
 */
const IS_ADDRESSED =
  /\b(?:you|your|requests?|firewall|security|administrator|ip|incident|support id|vpns?|captcha|bots?|automated)\b|[\xc3-\xe1\xe3-\xf4]/
/** Of a page that has more to say, a rule may have been seen. */
const SPEAKS_TO_READER = /\byour?\b|[\xc3-\xe1\xe3-\xf4]/
/** It refuses something, and does not only speak of proxies, or of what is unusual. */
const REFUSES =
  /block|\bban|den(?:y|ied)|refus|reject|restrict|disable|disconnect|turn(?:ed)? off|not (?:allowed|available|permitted)|forbidden|unable|can(?:no|')t|[\xc3-\xe1\xe3-\xf4]/
/** Firewalls show whom they refused; applications do not. */
const SHOWS_ADDRESS =
  /\bip(?: address)?(?: is)?:? ?\(?(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{1,4}(?::[\da-f]{0,4}){4,7})\b/
/** Not a version, and not the server's own. */
const SHOWS_BARE_ADDRESS = /(?<![\w./-]|server at |host |host ')(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/
const SHOWS_NUMBER =
  /\b(?:reference|incident|event|support|request|block|transaction|case|ray|trace|error) ?(?:id|number|no\.?|code|#)\b/
const WRITTEN_CHARS = 2_000
const WRITES = /document\s?\.\s?write|\.inner(?:html|text)\s?=/
/** What can be done at once; other askers only say that they would like to know. */
const SETS_TASK =
  /(?:press|click|tap|activate)(?: and| &(?:amp;)?)? hold|hold the button|\b(?:slide|drag)\b|select all|\bsolve\b|(?:type|enter) the (?:characters|code|text|letters)|complete (?:the|this|a) (?:following )?(?:captcha|puzzle|challenge|security check)/
/** What a game asks to be done is done for its own sake. */
const SAYS_PURPOSE =
  /human (?:and|or|visitor|user|being|check)|not a (?:ro)?bot|captcha|verif|confirm|prove|securit|automat|unusual|continue|proceed|access|to see|characters|letters|[\xc3-\xe1\xe3-\xf4]/
/** Who stands in the way of a page comes to the point. */
const OPENING_CHARS = 80
const TITLE_CHARS = 200
/** And leads hardly elsewhere: who sells a defence against robots has a demonstration, prices and a manual. */
const ASKING_LINKS = 2
/** A question of this length is all that is said. */
const QUESTION_CHARS = 30
/** Data with a member that names a puzzle: its address, its key, or that it is needed. */
const ASKS_PUZZLE =
  /^\s{0,16}\{[\s\S]{0,2000}?"\w{0,40}captcha(?:_?(?:url|link|site_?key|key|id|type|service|provider|required|token|challenge|data)"\s?:\s?(?:"[^"]|true|\[|\{)|\w{0,40}"\s?:\s?(?:true|\{|"(?:https?:|\/|[^"]{16})))/
/** Or an address that does. */
const LEADS_TO_PUZZLE =
  /^\s{0,16}\{[\s\S]{0,2000}?"(?:redirect|url|link|location)\w{0,12}"\s?:\s?"[^"]{0,200}(?:captcha|unhuman)/

/**
 * What a gate says: that it checks, that it asks for a person, that it refuses. On a successful page words decide
 * only where they are all there is, and where something is there that acts on them.
 */
export function readWords(gate: Gate): Evidence[] {
  const { facts, shape, refused, tiny, statusCode } = gate
  const found: Evidence[] = []
  const { text } = facts
  const title = facts.title.slice(0, TITLE_CHARS)
  const said = `${title} ${text}`
  const mayAct = facts.scripts > 0 || shape === 'part' || actsByItself(gate)
  /** A document does not come with `accepted` either. */
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
      found.push(seen('captcha-data', 'captcha', 0.65, 'a refusal in data that tells where the puzzle is'))
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

/** As a success it has to be all that the page says, from its title on. */
function isShortLimit({ facts, tiny }: Gate, title: string): boolean {
  return tiny && facts.text.length <= SHORT_REFUSAL_CHARS && SAYS_TOO_MUCH.test(title)
}

/** Whether a status is a firm no; firewalls have their own, which no standard knows. */
function isFirm(statusCode: number): boolean {
  if (REFUSES_CLIENT.has(statusCode)) return true
  const unknown = (statusCode >= 430 && statusCode < 500) || (statusCode > 530 && statusCode < 600)
  return unknown && !OTHER_CODES.has(statusCode)
}

/** What is blocked and not broken, although the server says that it failed. */
export function readFailure({ facts, tiny }: Gate): Evidence | null {
  const said = `${facts.title.slice(0, TITLE_CHARS)} ${facts.text}`
  if (!tiny || IS_DATA.test(facts.text) || SAYS_OTHER_BLOCKED.test(said)) return null
  const blocked = SAYS_BLOCKED.test(said) || (SAYS_REFUSED.test(said) && refusesWithReason(said))
  return blocked
    ? seen('says-refused', 'block', 0.55, 'says that the request was blocked, and not that it failed')
    : null
}

/** Who asks so often says what was unusual, too: what can be answered is no firm no. */
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

/** That a refusal of a few words gives a reason which is about the client. */
function reasons({ facts }: Gate, said: string): boolean {
  if (facts.text.length > REASON_CHARS || facts.links > REASON_LINKS) return false
  if (facts.passwordFields > 0 || IS_DATA.test(facts.text)) return false
  const why =
    refusesWithReason(said) ||
    (facts.text.length <= FEW_CHARS && blamesClient(said)) ||
    (refuses(said) && (SHOWS_BARE_ADDRESS.test(facts.text) || LONG_NUMBER.test(facts.text)))
  return why && !SAYS_OTHER_BLOCKED.test(said)
}

/** That a refusal of a few words blames what the client does, whatever the status means. */
function blames({ facts }: Gate, said: string): boolean {
  if (facts.text.length > REASON_CHARS || facts.links > REASON_LINKS || IS_DATA.test(facts.text)) return false
  return refusesBehaviour(said) && !SAYS_OTHER_BLOCKED.test(said)
}

/** That what was asked was blocked, and not an account, a card or a cookie. */
function saysBlocked(said: string): boolean {
  return SAYS_BLOCKED.test(said) && !SAYS_OTHER_BLOCKED.test(said)
}

/** That this client is refused, in whatever words. */
function saysRefused(said: string): boolean {
  return (SAYS_REFUSED.test(said) || SAYS_BLOCKED.test(said)) && !SAYS_OTHER_BLOCKED.test(said)
}

/** What a script of a few lines writes into a refusal. */
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
