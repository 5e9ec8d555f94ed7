import { makeRule, type RobotsRule, ruleMatches } from '../robots/robots-rule.ts'
import { contentSignalTerms, contentUsageTerms, type TermMeaning } from './content-terms.ts'
import { type PreferenceStatement, statementText } from './purpose.ts'

/** A `Content-Usage` or `Content-Signal` line of a robots.txt. */
export interface UsageLine {
  readonly kind: 'content-usage' | 'content-signal'
  /** Where it holds; null for the whole site. */
  readonly path: RobotsRule | null
  readonly terms: readonly TermMeaning[]
  /** As it stands in the file, with its number. */
  readonly text: string
}

const MAX_LINES = 256

/**
 * Reads a line; null where it says nothing. A path may stand before the terms (draft-ietf-aipref-attach-05): `/news/ train-ai=n`.
 */
export function readUsageLine(name: string, value: string, number: number): UsageLine | null {
  if (name !== 'content-usage' && name !== 'content-signal') return null
  const [, path, terms = ''] = /^(?:([/*]\S*)\s+)?(.*)$/.exec(value) ?? []
  const read = name === 'content-usage' ? contentUsageTerms(terms) : contentSignalTerms(terms)
  if (read.length === 0) return null
  const rule = path === undefined ? null : makeRule(true, path, number)
  const text = statementText(`${name}: ${value} (line ${number})`)
  return { kind: name, path: rule, terms: read, text }
}

/** Adds a line, up to a bound. */
export function addUsageLine(lines: UsageLine[], line: UsageLine): void {
  if (lines.length < MAX_LINES) lines.push(line)
}

/**
 * What the lines say of a URL. Of the lines of one name those with the longest path that matches count.
 *
 * @param target - see `matchTarget`
 */
export function usageStatements(lines: readonly UsageLine[], target: string): readonly PreferenceStatement[] {
  const statements: PreferenceStatement[] = []
  for (const kind of ['content-usage', 'content-signal'] as const) {
    const matching = lines.filter(
      (line) => line.kind === kind && (line.path === null || ruleMatches(line.path, target)),
    )
    const longest = Math.max(-1, ...matching.map(({ path }) => path?.length ?? 0))
    for (const { path, terms, text } of matching) {
      if ((path?.length ?? 0) !== longest) continue
      for (const { purposes, allowed } of terms)
        statements.push({ from: 'robots.txt', text, purposes, allowed })
    }
  }
  return statements
}
