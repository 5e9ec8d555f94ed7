import type { Purpose } from './purpose.ts'

/** What the rules of an `X-Robots-Tag` or a robots meta forbid. */
const FORBIDS: Readonly<Record<string, readonly Purpose[]>> = {
  noindex: ['search'],
  none: ['search'],
  noarchive: ['archive'],
  // Search engines take it as a no to direct input for answers, too.
  nosnippet: ['ai-input'],
  noai: ['ai-train', 'ai-input'],
}

/** The same for pictures alone. */
const FORBIDS_IMAGES: Readonly<Record<string, readonly Purpose[]>> = {
  noimageai: ['ai-train', 'ai-input'],
  noimageindex: ['search'],
}

/** Rules with a value, whose colon names no crawler. */
const WITH_VALUE = /^(?:max-snippet|max-image-preview|max-video-preview|unavailable_after)$/

const MAX_RULES = 64

/**
 * The purposes that an `X-Robots-Tag` forbids to a crawler: rules for everybody, and those after its own name (`onejar:
 * noindex`). A name holds until another one is there.
 *
 * @param userAgent - the product token, in lower case
 * @param image - whether the response is a picture
 */
export function robotsTagForbids(value: string, userAgent: string, image: boolean): readonly Purpose[] {
  const forbidden = new Set<Purpose>()
  let mine = true
  for (const part of value.slice(0, 4096).split(',').slice(0, MAX_RULES)) {
    let rule = part.trim().toLowerCase()
    const named = /^([a-z0-9_-]+)\s*:\s*(.*)$/.exec(rule)
    if (named !== null) {
      if (WITH_VALUE.test(named[1] as string)) continue
      mine = named[1] === userAgent
      rule = named[2] as string
    }
    if (!mine) continue
    for (const table of image ? [FORBIDS, FORBIDS_IMAGES] : [FORBIDS])
      if (Object.hasOwn(table, rule)) for (const purpose of table[rule] ?? []) forbidden.add(purpose)
  }
  return [...forbidden]
}
