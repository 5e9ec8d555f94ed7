import { type PreferenceStatement, statementText } from './purpose.ts'
import { robotsTagForbids } from './robots-tag.ts'
import { type TdmStatement, tdmPolicyOf, tdmReservation } from './tdm-file.ts'

/** The `<meta name content>` of a document, in its order. */
export type Metas = readonly (readonly [name: string, content: string])[]

/** What a document says in its metas: robots rules, and a reservation, which stands above header and file. */
export function metaPreferences(
  metas: Metas,
  userAgent: string,
): { readonly statements: readonly PreferenceStatement[]; readonly tdm: TdmStatement | null } {
  const statements: PreferenceStatement[] = []
  let reserved: boolean | null = null
  let policy: string | null = null
  for (const [given, content] of metas) {
    const name = given.toLowerCase()
    if (name === 'tdm-reservation') reserved ??= tdmReservation(content)
    else if (name === 'tdm-policy') policy ??= tdmPolicyOf(content)
    else if (name === 'robots' || name === userAgent) {
      const purposes = robotsTagForbids(content, userAgent, false)
      const text = statementText(`${name}: ${content}`)
      if (purposes.length > 0) statements.push({ from: 'meta', text, purposes, allowed: false })
    }
  }
  return { statements, tdm: reserved === null ? null : { reserved, policy } }
}
