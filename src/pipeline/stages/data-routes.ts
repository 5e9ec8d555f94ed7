import { type FieldSelectors, isJsonSchema } from '../../compliance/index.ts'
import type { RouteRequest, Stage } from '../../routing/index.ts'
import type { DataRoutes } from '../data-routes/data-routes.ts'

/**
 * Fields of pages that HTTP does not give with the page come from the data that the page asks for itself; see `DataRoutes`. It is ahead of
 * the stage that extracts, which has nothing left to do then.
 */
export function fromDataRoutes(routes: Pick<DataRoutes, 'fetch'>): Stage {
  return (next) => (request) => {
    const fields = fieldsIn(request)
    return fields === undefined ? next(request) : routes.fetch(request, fields, next)
  }
}

/** What is wanted of a page; undefined where the request is about something else, or says itself how it is to be sent. */
function fieldsIn({
  extract,
  method,
  body,
  headers,
  render,
  escalate,
  redirect,
}: RouteRequest): FieldSelectors | undefined {
  if (extract === undefined || isJsonSchema(extract)) return undefined
  const isPlain = (method === undefined || method === 'GET') && body == null && headers === undefined
  const isFree = render !== true && escalate !== false && (redirect === undefined || redirect === 'follow')
  return isPlain && isFree ? extract : undefined
}
