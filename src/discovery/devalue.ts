const MAX_DEPTH = 64
const MAX_VALUES = 100_000
/** How deep in an answer a list of this kind is looked for: SvelteKit has one for each of its nodes. */
const MAX_OPENED_DEPTH = 4

/**
 * The data of a list in which every value stands once and members are numbers of others, as Nuxt 3 and SvelteKit write it
 * (https://github.com/Rich-Harris/devalue), and React Router, where names are numbers as well (`{"_1":2}`). Undefined for what is none.
 * Values of types that JSON has not are left out.
 */
export function unflattened(list: unknown): unknown {
  if (!Array.isArray(list) || list.length === 0) return undefined
  let budget = MAX_VALUES
  const nameOf = (name: string): string => {
    const value: unknown = /^_\d+$/.test(name) ? list[Number(name.slice(1))] : undefined
    return typeof value === 'string' ? value : name
  }
  const at = (index: unknown, depth: number): unknown => {
    if (typeof index !== 'number' || index < 0 || depth > MAX_DEPTH || --budget < 0) return undefined
    const value: unknown = list[index]
    if (typeof value !== 'object' || value === null) return value
    if (!Array.isArray(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [nameOf(name), at(member, depth + 1)]),
      )
    }
    const [tag, inner] = value as unknown[]
    if (typeof tag !== 'string') return value.map((member) => at(member, depth + 1))
    if (tag === 'Date' || tag === 'D') return inner
    if (tag === 'Set') return value.slice(1).map((member) => at(member, depth + 1))
    // `Reactive`, `ShallowRef` and the like are what they hold.
    return at(inner, depth + 1)
  }
  return at(0, 0)
}

/**
 * Data with such lists in it, as the data that they are: where a value stands in the list says nothing, since it moves with every value
 * that is there already.
 */
export function withoutFlattened(root: unknown, depth = 0): unknown {
  if (typeof root !== 'object' || root === null || depth > MAX_OPENED_DEPTH) return root
  if (isFlattened(root)) return unflattened(root)
  if (Array.isArray(root)) return root.map((one) => withoutFlattened(one, depth + 1))
  return Object.fromEntries(
    Object.entries(root).map(([name, one]) => [name, withoutFlattened(one, depth + 1)]),
  )
}

/** Whether all that is in its members are numbers of its elements, each of which is named, and some of which are texts. */
function isFlattened(list: unknown): boolean {
  if (!Array.isArray(list) || list.length < 2 || typeof list[0] !== 'object' || list[0] === null) return false
  const named = new Set<number>([0])
  let texts = 0
  for (const one of list as unknown[]) {
    if (typeof one === 'string') texts++
    if (typeof one !== 'object' || one === null) continue
    const isTagged = Array.isArray(one) && typeof one[0] === 'string'
    if (isTagged && !/^(?:[A-Z][A-Za-z]{0,40}|null)$/.test(String(one[0]))) return false
    for (const [name, member] of Object.entries(one)) {
      if (/^_\d+$/.test(name)) named.add(Number(name.slice(1)))
      if (isTagged) {
        if (typeof member === 'number') named.add(member)
        continue
      }
      if (!Number.isInteger(member) || (member as number) >= list.length || (member as number) < -7)
        return false
      named.add(member as number)
    }
  }
  return texts > 0 && list.every((_, at) => named.has(at))
}
