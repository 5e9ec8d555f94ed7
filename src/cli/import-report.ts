import type { ImportReport } from '../client/index.ts'

/** What an import came to, from a file or from lines of curl. */
export type AnyReport = Omit<ImportReport, 'format'> & { readonly format: ImportReport['format'] | 'curl' }

/** How many places are named for one reason. */
const MAX_PLACES = 5

/**
 * The result of an import, as lines for people: a line for each reason why something was not taken, or not as it is
 * written, with where that was, and one that says how much was taken. No values.
 */
export function importLines({ format, cookies, origins, problems, leftOut }: AnyReport): string[] {
  const reasons = Map.groupBy(problems, ({ why }) => why)
  const lines = [...reasons].map(([why, places]) => {
    const shown = places.slice(0, MAX_PLACES).map(({ at }) => at)
    const more = places.length - shown.length
    return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${why}`
  })
  const rest = leftOut === 0 ? '' : `; ${leftOut} left out`
  return [...lines, `${cookies} cookies and ${origins} origins taken (${format})${rest}`]
}

/** Why a command that was to take a file fails; null when something was taken. */
export function nothingTaken(path: string, { format, cookies, origins, leftOut }: AnyReport): string | null {
  if (cookies + origins > 0) return null
  const file = path === '-' ? 'stdin' : path
  const why =
    leftOut > 0 ? `none of ${leftOut} entries could be used` : 'there is no cookie and no storage in it'
  return `Nothing was taken from ${file}, which was read as ${format}: ${why}`
}
