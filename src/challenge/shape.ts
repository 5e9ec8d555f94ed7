import type { HtmlFacts } from './html-facts.ts'

/**
 * How much of a page a document is. `bare`: next to nothing but scripts and frames. `gate`: nothing but a threshold,
 * little to read and nothing to fill in. `part`: a gate so far, not seen to its end. `content`: plainly the thing that
 * was asked for. `small`: none can be said.
 */
export type Shape = 'bare' | 'gate' | 'part' | 'small' | 'content'

/** A successful document with more links than these is a page to go on from, not one that stands in the way. */
export const MOST_LINKS = 20
/** And so is one with more to read than this, in bytes of UTF-8. */
export const MOST_LETTERS = 4_000
/** Where applications draw themselves. */
const MOUNT_POINTS = ['#root', '#app', '#__next', '#__nuxt', '#___gatsby', '#svelte', '#main-app', 'app-root']
/** A refusal that has no more to read than this in all that was seen of it is filled by styles and pictures. */
const MOST_UNSEEN_CHARS = 2_000
/** A page that is not to be found, and has said no more than this in all that was seen of it, may be one too. */
const QUIET_CHARS = 400
/** A loading line, or what a frame shows in its place. */
const BARE_CHARS = 100

/** Challenge pages never answer with these; a missing page may well look like a gate. */
const NEVER_A_GATE = new Set([404, 410])

/**
 * @param complete - whether the whole document was seen: a part never counts as a gate
 */
export function shapeOf(facts: HtmlFacts, statusCode: number, complete: boolean): Shape {
  const success = statusCode < 400
  const { links, userFields, images, published } = facts
  const letters = facts.text.length
  if (success && (letters > MOST_LETTERS || links > MOST_LINKS)) return 'content'
  if (NEVER_A_GATE.has(statusCode) || userFields > 0) return 'small'
  if (success && published) return 'small'
  const gate = success
    ? letters <= 1_800 && links <= 12 && images <= 8
    : letters <= 6_000 && links <= 2 * MOST_LINKS
  if (!gate) return 'small'
  if (!complete) return 'part'
  return isBare(facts) ? 'bare' : 'gate'
}

/**
 * Whether what a document says and names counts as that of a gate: of one that was seen to its end, of a refusal
 * with little to read so far, and of a page that is not to be found with next to nothing to read so far. What its
 * scripts do only counts where all of them were seen, and of a refusal that has one or two short ones.
 */
export function isThreshold(facts: HtmlFacts, shape: Shape, statusCode: number): boolean {
  if (shape === 'gate' || shape === 'bare') return true
  if (shape !== 'part') return false
  if (statusCode < 400) return isQuiet(facts) && (facts.unlisted || isBlank(facts))
  return facts.text.length <= MOST_UNSEEN_CHARS && facts.links <= 12
}

/** Whether nothing but scripts was seen of a document, not even what it is called. */
export function isBlank({ title, text, links, forms, parts, images }: HtmlFacts): boolean {
  return title === '' && text === '' && links + forms + parts + images === 0
}

/** Whether what was seen of a page has said no more than a threshold does. */
function isQuiet(facts: HtmlFacts): boolean {
  return facts.text.length <= QUIET_CHARS && facts.links <= 3 && facts.images <= 3 && !hasMountPoint(facts)
}

/** Whether a document has a place where an application draws itself. */
export function hasMountPoint({ elements }: HtmlFacts): boolean {
  return MOUNT_POINTS.some((mark) => elements.has(mark))
}

function isBare(facts: HtmlFacts): boolean {
  const { links, forms, parts, buttons, captchaFields, images } = facts
  const things = links + forms + parts + buttons + captchaFields + Math.max(0, images - 1)
  return things === 0 && facts.text.length <= BARE_CHARS && !hasMountPoint(facts)
}
