import { encodeText } from './decode-peek.ts'
import { type HtmlFacts, readHtml } from './html-facts.ts'
import { ASKS_PERSON, SAYS_CHECKING } from './phrases.ts'
import type { Verdict } from './verdict.ts'

/**
 * Boxes that pages of every kind embed, inside a form or beside one. Whether such a page consists of the box alone depends
 * on the rest of the page, and an ordinary page may well say little.
 */
const WIDGETS: ReadonlySet<string> = new Set([
  'turnstile-gate',
  'turnstile-render-gate',
  'friendly-gate',
  'friendly-click',
  'mcaptcha-gate',
  'private-captcha-gate',
  'hcaptcha-gate',
  'hcaptcha-render-gate',
  'recaptcha-gate',
  'recaptcha-render-gate',
  'recaptcha-v3-gate',
  'captcha-widgets',
  'captcha-calls',
  'geetest-gate',
  'altcha-gate',
  'altcha-click',
  'arkose-puzzle',
  'captcha-box',
  'captcha-frame',
  'unseen-check',
])
const WORDS: ReadonlySet<string> = new Set(['checks-browser', 'checks-visitor', 'asks-person'])
/** What a script does by itself that has just earned a pass, or is at work for one. */
const ACTS: ReadonlySet<string> = new Set([
  'cookie-reload',
  'hidden-cookie',
  'packed-cookie',
  'work-reload',
  'work-data',
  'post-reload',
  'submits-itself',
  'fills-itself',
  'refresh-script',
  'captcha-field',
])
const PLAIN_WEIGHT = 0.6

/**
 * How plain it is that a successful page stands in for another one. `plain`: a vendor's own page, a script that acts, words
 * beside a box. `box`: nothing but a box that ordinary pages embed too. `words`: nothing but words, or an empty shell.
 */
export type Certainty = 'plain' | 'box' | 'words'

/** How plain a verdict of `js-challenge` or `captcha` is. */
export function certaintyOf({ kind, evidence }: Verdict): Certainty {
  let box = false
  let words = false
  for (const { signal, verdict, where, vendor, weight } of evidence) {
    if (verdict !== kind) continue
    if (WIDGETS.has(signal)) box = true
    else if (ACTS.has(signal) || where === 'header' || where === 'url') return 'plain'
    else if (vendor !== null && weight >= PLAIN_WEIGHT) return 'plain'
    else if (WORDS.has(signal) || vendor !== null) words = true
    // Rows of one's own are meant.
    else if (where !== 'structure') return 'plain'
  }
  if (box && words) return 'plain'
  return box ? 'box' : 'words'
}

const BADGE = /(?:this (?:site|form|page) is )?protected by (?:google )?(?:re|h)captcha/g
const SPEAKS_OF_CHECK =
  /captcha|\b(?:ro)?bots?\b|\bhuman|verif|security|challenge|\bcheck(?:ing|s)?\b|unusual|automated|blocked|denied/
const SPEAKS_OF_PERSON = /captcha|\brobots?\b|\bhuman\b|unusual traffic|automated/
/** A text of so many chars that speaks of none of that is a page's own. */
const OWN_WORDS_CHARS = 20
const FEW_CHARS = 200
const MANY_CHARS = 300
const SOME_CHARS = 600

/** Whether a successful page has so much of its own to say that a box in it is there for its form. */
export function embedsBox(facts: HtmlFacts, statusCode: number): boolean {
  if (statusCode >= 400 || facts.text.length <= MANY_CHARS) return false
  const said = `${facts.title} ${facts.text}`
  return (
    !ASKS_PERSON.test(said) && !SAYS_CHECKING.test(said) && !SPEAKS_OF_PERSON.test(said.replace(BADGE, ''))
  )
}

/** Whether a signal is that of a box which ordinary pages embed. */
export function isBox(signal: string): boolean {
  return WIDGETS.has(signal)
}

/**
 * Whether a document with a box is there for the box alone, as it stands after its scripts ran: it has no links and nothing to
 * fill in, and speaks of a check or hardly at all.
 */
export function standsAlone(html: string): boolean {
  const { title, text, links, userFields, passwordFields } = readHtml(encodeText(html))
  if (links > 2 || userFields + passwordFields > 0) return false
  const said = `${title} ${text}`.replace(BADGE, '')
  if (text.length <= SOME_CHARS && SPEAKS_OF_PERSON.test(said)) return true
  if (text.length > FEW_CHARS) return false
  return SPEAKS_OF_CHECK.test(said) || said.length < OWN_WORDS_CHARS || /[\x80-\xff]{6}/.test(text)
}
