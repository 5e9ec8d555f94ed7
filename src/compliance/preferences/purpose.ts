/**
 * What content is fetched for. `search`: an index that leads people to the site. `ai-train`: training or tuning of models.
 * `ai-input`: as input to a model when it answers (grounding, retrieval). `archive`: to keep and show copies. `text-mining`: text
 * and data mining for anything else.
 */
export const PURPOSES = ['search', 'ai-train', 'ai-input', 'archive', 'text-mining'] as const

/** A purpose that a request can declare. */
export type Purpose = (typeof PURPOSES)[number]

/** One thing that a site says of what its content may be used for. */
export interface PreferenceStatement {
  /** Where it says so. */
  readonly from:
    | 'robots.txt'
    | 'content-usage'
    | 'content-signal'
    | 'x-robots-tag'
    | 'tdm-reservation'
    | 'tdmrep.json'
    | 'meta'
  /** What it says, in a line of 200 characters at most; for a file with the number of its line. */
  readonly text: string
  /** The purposes that it speaks of. */
  readonly purposes: readonly Purpose[]
  /** Whether it allows or forbids them. */
  readonly allowed: boolean
}

/** What a site wishes to be done with a response: all that was read, and the result. */
export interface SitePreferences {
  /**
   * For each purpose what the site says of it: of two statements the one that forbids counts. `unknown` where it says nothing,
   * which is neither a yes nor a no.
   */
  readonly uses: Readonly<Record<Purpose, 'allowed' | 'forbidden' | 'unknown'>>
  /** The statements, in the order in which they were read; 64 at most. */
  readonly statements: readonly PreferenceStatement[]
  /** Addresses of licences (RSL) that the site links to: 8 at most. They are not fetched. */
  readonly licences: readonly string[]
  /** The address of the site's policy for text and data mining (TDMRep), where it names one. */
  readonly tdmPolicy: string | null
}

const UNKNOWN = Object.freeze(
  Object.fromEntries(PURPOSES.map((purpose) => [purpose, 'unknown'])),
) as SitePreferences['uses']

/** Of a site that says nothing. */
export const NO_PREFERENCES: SitePreferences = Object.freeze({
  uses: UNKNOWN,
  statements: Object.freeze([]),
  licences: Object.freeze([]),
  tdmPolicy: null,
})

const MAX_STATEMENTS = 64
const MAX_LICENCES = 8

/** The result of statements: what forbids counts before what allows. */
export function sitePreferences(
  statements: readonly PreferenceStatement[],
  licences: readonly string[],
  tdmPolicy: string | null,
): SitePreferences {
  if (statements.length === 0 && licences.length === 0 && tdmPolicy === null) return NO_PREFERENCES
  const uses: Record<Purpose, 'allowed' | 'forbidden' | 'unknown'> = { ...UNKNOWN }
  for (const { purposes, allowed } of statements)
    for (const purpose of purposes)
      if (uses[purpose] !== 'forbidden') uses[purpose] = allowed ? 'allowed' : 'forbidden'
  return {
    uses,
    statements: statements.slice(0, MAX_STATEMENTS),
    licences: [...new Set(licences)].slice(0, MAX_LICENCES),
    tdmPolicy,
  }
}

/** A site's words as a line that can be shown and kept. */
export function statementText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}
