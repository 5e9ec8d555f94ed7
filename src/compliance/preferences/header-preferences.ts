import { contentSignalTerms, contentUsageTerms } from './content-terms.ts'
import { type PreferenceStatement, statementText } from './purpose.ts'
import { robotsTagForbids } from './robots-tag.ts'
import { TDM_PURPOSES, type TdmStatement, tdmPolicyOf, tdmReservation } from './tdm-file.ts'

/** A response's headers, by their names in lower case. */
export type PreferenceHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a response's headers say of what its content may be used for. */
export interface HeaderPreferences {
  readonly statements: readonly PreferenceStatement[]
  readonly licences: readonly string[]
  /** What `tdm-reservation` says; null where it is not there. It stands above the file and beneath a document's meta. */
  readonly tdm: TdmStatement | null
}

const NOTHING: HeaderPreferences = { statements: [], licences: [], tdm: null }

/** Whether none of the headers is there that could say something. */
export function saysNothing(headers: PreferenceHeaders): boolean {
  return (
    headers['x-robots-tag'] === undefined &&
    headers['content-signal'] === undefined &&
    headers['content-usage'] === undefined &&
    headers['tdm-reservation'] === undefined &&
    headers['link'] === undefined
  )
}

/** Reads the headers. Costs five look-ups where a site says nothing. */
export function headerPreferences(headers: PreferenceHeaders, userAgent: string): HeaderPreferences {
  const usage = headers['content-usage']
  const signal = headers['content-signal']
  const tag = headers['x-robots-tag']
  const reservation = headers['tdm-reservation']
  const link = headers['link']
  if (usage === undefined && signal === undefined && tag === undefined && reservation === undefined) {
    if (link === undefined) return NOTHING
    const licences = licenceLinks(joined(link))
    return licences.length === 0 ? NOTHING : { ...NOTHING, licences }
  }
  const statements: PreferenceStatement[] = []
  for (const [from, terms, value] of [
    ['content-usage', contentUsageTerms, usage],
    ['content-signal', contentSignalTerms, signal],
  ] as const) {
    if (value === undefined) continue
    const text = statementText(joined(value))
    for (const term of terms(joined(value))) statements.push({ from, text, ...term })
  }
  const image = /^image\//i.test(joined(headers['content-type'] ?? ''))
  // Each line of it names its crawlers anew.
  for (const line of tag === undefined ? [] : [tag].flat()) {
    const purposes = robotsTagForbids(line, userAgent, image)
    if (purposes.length > 0) {
      statements.push({ from: 'x-robots-tag', text: statementText(line), purposes, allowed: false })
    }
  }
  const reserved = reservation === undefined ? null : tdmReservation(joined(reservation))
  const tdm =
    reserved === null ? null : { reserved, policy: tdmPolicyOf(joined(headers['tdm-policy'] ?? '')) }
  return { statements, licences: link === undefined ? [] : licenceLinks(joined(link)), tdm }
}

/** What a reservation says, as a statement. */
export function tdmStatement(
  from: PreferenceStatement['from'],
  { reserved }: TdmStatement,
  where = '',
): PreferenceStatement {
  const text = statementText(`tdm-reservation: ${reserved ? 1 : 0}${where}`)
  return { from, text, purposes: TDM_PURPOSES, allowed: !reserved }
}

const MAX_LINK_CHARS = 16 * 1024

/** The targets of `rel="license"` whose type is RSL (RSL 1.0; RFC 8288). Relative ones are none: RSL wants whole addresses. */
function licenceLinks(value: string): readonly string[] {
  const found: string[] = []
  for (const [, target = '', parameters = ''] of value.slice(0, MAX_LINK_CHARS).matchAll(LINK)) {
    const isLicence = /;\s*rel\s*=\s*(?:"(?:[^"]*\s)?licen[cs]e(?:\s[^"]*)?"|licen[cs]e\b)/i.test(parameters)
    const isRsl = /;\s*type\s*=\s*"?application\/rsl\+xml/i.test(parameters)
    const address = isLicence && isRsl ? tdmPolicyOf(target) : null
    if (address !== null) found.push(address)
  }
  return found
}

const LINK = /<([^<>\s]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s";,]+))?)*)/g

function joined(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.join(', ')
}
