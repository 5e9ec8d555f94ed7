const MAX_DEPTH = 64
const MAX_VALUES = 100_000

/**
 * The data of a list in which every value stands once and members are numbers of others, as Nuxt 3 writes it
 * (`__NUXT_DATA__`): https://github.com/Rich-Harris/devalue. Undefined for what is none. Values of types that JSON has not are left out.
 */
export function unflattened(list: unknown): unknown {
  if (!Array.isArray(list) || list.length === 0) return undefined
  let budget = MAX_VALUES
  const at = (index: unknown, depth: number): unknown => {
    if (typeof index !== 'number' || index < 0 || depth > MAX_DEPTH || --budget < 0) return undefined
    const value: unknown = list[index]
    if (typeof value !== 'object' || value === null) return value
    if (!Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, at(member, depth + 1)]))
    }
    const [tag, inner] = value as unknown[]
    if (typeof tag !== 'string') return value.map((member) => at(member, depth + 1))
    if (tag === 'Date') return inner
    if (tag === 'Set') return value.slice(1).map((member) => at(member, depth + 1))
    // `Reactive`, `ShallowRef` and the like are what they hold.
    return at(inner, depth + 1)
  }
  return at(0, 0)
}
