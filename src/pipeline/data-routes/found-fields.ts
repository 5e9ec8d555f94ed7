import { isSame, type ReadFields } from '../../discovery/index.ts'

/** What selectors find in a page. */
export type Found = Readonly<Record<string, string | null | (string | null)[]>>
export type Value = string | readonly string[]

function isThere(value: Found[string] | undefined): boolean {
  return Array.isArray(value)
    ? value.length > 0 && value.every((one) => one !== null && one !== '')
    : value != null && value !== ''
}

/** Whether every field is there. */
export function isWhole(found: Found): boolean {
  return Object.values(found).every(isThere)
}

/** How many fields are there. */
export function countOf(found: Found): number {
  return Object.values(found).filter(isThere).length
}

/** What a page shows; null for what it has not. */
export function shownMap(found: Found): Map<string, Value | null> {
  return new Map(
    Object.entries(found).map(([name, value]) => [name, isThere(value) ? (value as Value) : null]),
  )
}

/** The fields for which a page shows something else than its data says. */
export function differing({ values }: ReadFields, shown: ReadonlyMap<string, Value | null>): string[] {
  return [...shown].filter(([name, value]) => !isEqual(values.get(name), value)).map(([name]) => name)
}

function isEqual(read: Value | null | undefined, shown: Value | null): boolean {
  if (read === undefined) return false
  return read === null || shown === null ? read === shown : isSame(read, shown)
}
