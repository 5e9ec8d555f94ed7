import { asGate, type Gate, seen } from './gate.ts'
import type { HtmlFacts } from './html-facts.ts'
import { refusesWithReason } from './refusal-words.ts'
import { readScripts } from './script-structure.ts'
import { MOST_LINKS, type Shape } from './shape.ts'
import type { Evidence } from './verdict.ts'
import { IS_DATA, readFailure, readWords } from './word-structure.ts'

/** The edge numbers what it answers itself: class, edge address, time, request. */
const AKAMAI_REFERENCE = /(?<![\d.])(\d{1,3})\.[\da-f]{6,8}\.1\d{9}\.[\da-f]{5,8}\b/
/** Statuses that the edge answers with where it fails too: only this class refuses. */
const AKAMAI_MAY_FAIL = new Set([400, 503])
const AKAMAI_REFUSES = '18'
const AKAMAI_REFUSAL: Evidence = {
  ...seen('akamai-reference-form', 'block', 0.6, 'gives a reference in the form of the Akamai edge'),
  vendor: 'akamai',
}
/** The application firewall of Positive Technologies numbers its refusals by their time. */
const POSITIVE_REQUEST = /request id: ?\d{4}(?:-\d\d){5}-[\da-f]{16}\b/
const POSITIVE_REFUSAL: Evidence = {
  ...seen('ptaf-request-form', 'block', 0.6, 'gives a request number in the form of PT Application Firewall'),
  vendor: 'ptaf',
}
/** Akamai's device check is loaded with a version, and with a time only where it stands in the way. */
const AKAMAI_DEVICE_CHECK = /\?v=[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}&t=\d/
const AKAMAI_CHALLENGE: Evidence = {
  ...seen(
    'akamai-device-check',
    'js-challenge',
    0.7,
    'the page is nothing but the script of the device check',
  ),
  vendor: 'akamai',
}
/** A box that nobody sees, and that is started by the script that makes it. */
const RUNS_UNSEEN =
  /captcha\.render\s?\([^;]{0,400}size['"]?\s?:\s?['"]invisible['"][\s\S]{0,2000}captcha\.execute\s?\(/
const UNSEEN_CHECK = seen(
  'unseen-check',
  'js-challenge',
  0.9,
  'a script makes a box that nobody sees, and starts it',
)
const ARKOSE = /-api\.arkoselabs\.com\/|\.funcaptcha\.com\//
const ARKOSE_PUZZLE: Evidence = {
  ...seen('arkose-puzzle', 'captcha', 0.6, 'the page is nothing but an Arkose puzzle'),
  vendor: 'arkose',
}
const FRIENDLY_CLICK: Evidence = {
  ...seen('friendly-click', 'captcha', 0.85, 'a Friendly Captcha box that waits for a click'),
  vendor: 'friendly-captcha',
}
const REFUSED_BY_LAW = seen('status-451', 'block', 0.6, 'status 451, unavailable for legal reasons')
const NAMES_PLACE = /\b(?:locations?|regions?|countr(?:y|ies)|territor(?:y|ies)|jurisdictions?)\b/
const FEW_SCRIPT_CHARS = 4_000
const COMPUTES = /altcha|mcaptcha|frc-captcha|private-?captcha/
const SIGN_IN_TITLE = /^(?:sign|log)[ -]?in\b|^(?:anmelden|anmeldung|connexion|iniciar sesión|acceso)\b/
const LOGIN_TARGET = /(?:^|\/)(?:oauth2?|log-?in|sign-?in|auth|sso|saml2?|openid-connect)(?:\/|\?|$)/m

/**
 * What the build of a document says, whoever made it: observations that join several facts, which a row of the table
 * cannot.
 */
export function readStructure(facts: HtmlFacts, shape: Shape, statusCode: number): Evidence[] {
  const found: Evidence[] = []
  const demands = statusCode === 401 || statusCode === 403
  // Whole pages have a login form in their head, whatever it is that they refuse.
  if (facts.passwordFields > 0 && demands && facts.links <= 2 * MOST_LINKS) {
    found.push(seen('login-form', 'unauthorised', 0.65, 'a refusal that holds a login form'))
  }
  if (statusCode === 451 && isRefusedByLaw(facts)) found.push(REFUSED_BY_LAW)
  const gate = asGate(facts, shape, statusCode)
  if (gate === null) return found
  if (gate.failed) {
    const blocked = readFailure(gate)
    return blocked ? [...found, blocked] : found
  }
  if (shape !== 'part' || saysLittle(gate)) found.push(...readScripts(gate))
  found.push(...readWords(gate))
  const { elements, text } = facts
  if (shape === 'bare' && AKAMAI_DEVICE_CHECK.test(facts.resources)) found.push(AKAMAI_CHALLENGE)
  if (gate.refused && isAkamaiRefusal(text, statusCode)) found.push(AKAMAI_REFUSAL)
  if (gate.refused && POSITIVE_REQUEST.test(text)) found.push(POSITIVE_REFUSAL)
  if (demands && SIGN_IN_TITLE.test(facts.title) && LOGIN_TARGET.test(facts.resources)) {
    found.push(seen('login-gate', 'unauthorised', 0.65, 'a refusal that is nothing but the way to a login'))
  }
  if (facts.captchaFields > 0) {
    const note = 'asks to fill in the answer to a puzzle, and nothing else'
    found.push(seen('captcha-field', 'captcha', 0.65, note))
  }
  if (facts.frames.includes('captcha')) {
    const note = 'the page is little but the frame of a puzzle'
    found.push(seen('captcha-frame', 'captcha', shape === 'bare' ? 0.7 : 0.3, note))
  }
  if (gate.refused && !gate.mounts && hasPuzzleBox(facts)) {
    found.push(
      seen('captcha-box', 'captcha', 0.5, 'a refusal with a box and a script that are named for a puzzle'),
    )
  }
  if (gate.tiny && !gate.mounts && ARKOSE.test(facts.resources)) found.push(ARKOSE_PUZZLE)
  if (RUNS_UNSEEN.test(facts.inline)) found.push(UNSEEN_CHECK)
  if (
    !gate.refused &&
    gate.tiny &&
    !gate.mounts &&
    facts.links === 0 &&
    text.length <= 150 &&
    hasPuzzleBox(facts)
  ) {
    found.push(
      seen('captcha-box', 'captcha', 0.5, 'nothing but a box and a script that are named for a puzzle'),
    )
  }
  if (elements.has('altcha-widget')) found.push(readAltcha(facts))
  if (waitsForClick(facts)) found.push(FRIENDLY_CLICK)
  if (!gate.refused && facts.scripts > 0 && text.length <= (gate.mounts ? 400 : 60)) {
    found.push(seen('app-shell', 'present', 0, 'an application shell without content'))
  }
  return found
}

/** Whether a refusal of which only the beginning was seen has begun to speak, with the scripts of a gate and not of a site. */
function saysLittle({ facts, refused }: Gate): boolean {
  const { scripts, inline, links, text, noscript } = facts
  const few = scripts > 0 && scripts <= 2 && inline.length <= FEW_SCRIPT_CHARS && links <= 1
  return refused && few && text + noscript !== ''
}

/** An interface for data says so of a single thing that was taken down, too: it has to speak of where the client is. */
function isRefusedByLaw({ text }: HtmlFacts): boolean {
  return !IS_DATA.test(text) || refusesWithReason(text) || NAMES_PLACE.test(text)
}

function isAkamaiRefusal(text: string, statusCode: number): boolean {
  const kind = AKAMAI_REFERENCE.exec(text)?.[1]
  return kind !== undefined && (kind === AKAMAI_REFUSES || !AKAMAI_MAY_FAIL.has(statusCode))
}

/** For any vendor. Boxes that compute without the user have rows of their own. */
function hasPuzzleBox({ elements, resources }: HtmlFacts): boolean {
  if (!resources.includes('captcha')) return false
  for (const mark of elements) if (mark.includes('captcha') && !COMPUTES.test(mark)) return true
  return false
}

/** Friendly Captcha that no script starts either. */
function waitsForClick({ elements, inline, buttons }: HtmlFacts): boolean {
  const idle = elements.has('.frc-captcha') && elements.has('[data-start=none]')
  return idle && buttons > 0 && !/\.\s?start\s?\(/.test(inline)
}

/**
 * ALTCHA's proof of work runs without a person when it starts by itself (`auto`, `display=invisible`, or a script that
 * calls `verify`); a box beside a button that has to be pressed waits for one.
 */
function readAltcha({ elements, inline, buttons }: HtmlFacts): Evidence {
  const startsItself =
    elements.has('[auto=onload]') ||
    elements.has('[auto=onsubmit]') ||
    elements.has('[display=invisible]') ||
    /\.\s?verify\s?\(|auto['"]?\s?:\s?['"]on(?:load|submit)/.test(inline)
  return {
    vendor: 'altcha',
    where: 'structure',
    ...(startsItself || buttons === 0
      ? {
          signal: 'altcha-gate',
          verdict: 'js-challenge',
          weight: 0.75,
          note: 'the page is nothing but an ALTCHA proof of work',
        }
      : {
          signal: 'altcha-click',
          verdict: 'captcha',
          weight: 0.6,
          note: 'an ALTCHA box that waits for a click',
        }),
  }
}
