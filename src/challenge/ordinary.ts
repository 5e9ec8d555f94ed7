import { MOST_LINKS } from './shape.ts'

/** Challenge pages without a script are a sentence or two: what is longer, and can do nothing, is a text to read. */
const LONG_TEXT = 2_048
/** As much of a tag as its source is looked for in. */
const TAG_CHARS = 256
/** Something of these is in the source of every script that the table knows. */
const VENDOR_STEMS =
  /captcha|altcha|turnstile|challenge|geetest|gt4\.js|datadome|incapsula|perimeterx|px-c|149e9513|ips\.js|tspd|awswaf|ddos-guard|anubis|go-away|arkose|cap-?widget|cap\.js|frc|_fs-ch-|azwaf|safeline|qauth|_guard\/|sbsd|verifycenter|stormwall|waap/

/**
 * Whether a successful document is plainly one to read, decided without parsing it: the shortcut for nearly every page,
 * at a cost of a few microseconds. It is one when more links than a challenge page has come before any
 * script of a known vendor, or when it is long and can do nothing. False says nothing.
 */
export function isOrdinary(html: string): boolean {
  let links = 0
  let active = false
  /** Styles and drawings are long and say nothing. */
  let silent = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    const letter = html[at + 1]
    if (letter === 'a' || letter === 'A') {
      if (html[at + 2] === ' ' && ++links > MOST_LINKS) return true
    } else if (letter !== undefined && MAY_ACT.includes(letter)) {
      const tag = html.slice(at + 1, at + 7).toLowerCase()
      if (tag === 'script' || tag === 'iframe') {
        if (VENDOR_STEMS.test(tagAt(html, at))) return false
        active = true
      } else if (tag.startsWith('style') || tag.startsWith('svg')) {
        const end = closeOf(html, html.slice(at + 1, at + (tag.startsWith('svg') ? 4 : 6)), at)
        silent += end - at
        at = end
      } else if (tag.startsWith('meta')) active ||= tagAt(html, at).includes('refresh')
      else active ||= tag.startsWith('form') || tag.startsWith('frame') || tag.startsWith('input')
    }
  }
  return !active && html.length - silent > LONG_TEXT
}

/** First letters of the tags that can do something. */
const MAY_ACT = 'sSiIfFmM'

/** Where an element ends, by its name as it was written; what does not end was cut, and is all there is. */
function closeOf(html: string, name: string, at: number): number {
  const end = html.indexOf(`</${name}`, at)
  return end < 0 ? html.length : end
}

function tagAt(html: string, at: number): string {
  const head = html.slice(at, at + TAG_CHARS)
  const end = head.indexOf('>')
  return (end < 0 ? head : head.slice(0, end)).toLowerCase()
}
