import { makeRule, matchTarget, type RobotsRule, ruleMatches } from '../robots/robots-rule.ts'
import type { Purpose } from './purpose.ts'

/** The purposes that are text and data mining (TDM Reservation Protocol; article 4 of the EU directive 2019/790). */
export const TDM_PURPOSES: readonly Purpose[] = ['ai-train', 'ai-input', 'text-mining']

/** What a site reserves, as one place says it. */
export interface TdmStatement {
  readonly reserved: boolean
  /** The policy that is linked, or null. */
  readonly policy: string | null
}

/** Of a file so much is read. */
export const MAX_TDM_BYTES = 256 * 1024
const MAX_ENTRIES = 500

/** The value of a `tdm-reservation` header or meta: 1 or 0; null where it is neither. */
export function tdmReservation(value: string | undefined): boolean | null {
  const text = value?.trim()
  return text === '1' ? true : text === '0' ? false : null
}

/** A policy's address where it is one of the web, else null. */
export function tdmPolicyOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 2048 || !URL.canParse(value)) return null
  const url = new URL(value)
  return /^https?:$/.test(url.protocol) ? url.href : null
}

/** The `/.well-known/tdmrep.json` of an origin: the first entry whose location matches a URL counts. */
export class TdmFile {
  readonly #entries: readonly (TdmStatement & { readonly rule: RobotsRule; readonly text: string })[]

  /** @param text - the file; one that is no list of entries says nothing */
  constructor(text: string) {
    this.#entries = readEntries(text)
  }

  /** What the file says of a URL, with the entry's location; null where it says nothing. */
  decide(url: URL): (TdmStatement & { readonly text: string }) | null {
    if (this.#entries.length === 0) return null
    const target = matchTarget(url)
    return this.#entries.find(({ rule }) => ruleMatches(rule, target)) ?? null
  }
}

/** Of a site that has no file. */
export const NO_TDM_FILE = new TdmFile('')

function readEntries(text: string) {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(json)) return []
  return json.slice(0, MAX_ENTRIES).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return []
    const {
      location,
      'tdm-reservation': said,
      'tdm-policy': policy,
    } = entry as Readonly<Record<string, unknown>>
    const reserved = said === 1 || said === true ? true : said === 0 || said === false ? false : null
    if (typeof location !== 'string' || location.length > 2048 || reserved === null) return []
    // Locations have the wildcards of robots.txt.
    const rule = makeRule(false, location.startsWith('/') ? location : `/${location}`, 0)
    return rule === null ? [] : [{ rule, reserved, policy: tdmPolicyOf(policy), text: location }]
  })
}
