/** Deep enough for what sites keep, shallow enough for every recursive reader after this one. */
const MAX_DEPTH = 100
const MAX_NODES = 2_000_000
const MAX_CHARS = 64 * 1024 * 1024

/**
 * Whether a value is plain JSON within bounds: at most 100 levels, two million nodes and 64 Mi chars in all. Walks
 * without recursion, so depth cannot exhaust the stack, and a cycle ends at the depth limit.
 */
export function isBoundedJson(root: unknown): boolean {
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }]
  let nodes = 0
  let chars = 0
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth } = next
    nodes += 1
    if (nodes > MAX_NODES || depth > MAX_DEPTH) return false
    if (typeof value === 'string') chars += value.length
    else if (typeof value === 'number') {
      if (!Number.isFinite(value)) return false
    } else if (Array.isArray(value)) {
      for (const item of value) stack.push({ value: item, depth: depth + 1 })
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        chars += key.length
        stack.push({ value: item, depth: depth + 1 })
      }
    } else if (value !== null && typeof value !== 'boolean') return false
    if (chars > MAX_CHARS) return false
  }
  return true
}
