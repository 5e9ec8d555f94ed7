/** A copy with another value at a place: `with(route, 'requests.0.url', 'x')`; undefined takes the member away. */
export function withAt(value: unknown, place: string, other: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>
  const steps = place.split('.')
  const last = steps.pop() as string
  let at = copy
  for (const step of steps) at = at[step] as Record<string, unknown>
  if (other === undefined) delete at[last]
  else at[last] = other
  return copy
}

/** As many of something. */
export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)
