import type { DataRoute } from '../../record/index.ts'

type Plan = Pick<DataRoute, 'requests' | 'fields'>

/**
 * Whether nothing is read from the answer to a request any more, nor made of it: it is not sent. It keeps its number, which answers
 * under way and what was proven go by.
 */
export function isIdle({ requests, fields }: Plan, at: number): boolean {
  return (
    !isSource(requests, at) && !fields.some(({ readings }) => readings.some(({ request }) => request === at))
  )
}

/** Whether a route can do without the answer to a request: each of its fields is read elsewhere, too, and no other request needs it. */
export function isSpare({ requests, fields }: Plan, at: number, missing: ReadonlySet<number>): boolean {
  if (isSource(requests, at)) return false
  return fields.every(({ readings }) =>
    readings.some(({ request }) => request !== at && !missing.has(request)),
  )
}

function isSource(requests: Plan['requests'], at: number): boolean {
  return requests.some(({ parts }) => parts.some(({ from }) => from.of === 'response' && from.request === at))
}
