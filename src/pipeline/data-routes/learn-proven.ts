import {
  correctedFields,
  type DeriveRules,
  heldMarks,
  isSecretHeader,
  learnRoute,
  type PageView,
  requestKey,
} from '../../discovery/index.ts'
import { runSteps } from '../../document/index.ts'
import type { DataRequest, DataRoute } from '../../record/index.ts'
import type { Asked } from './ask-route.ts'

/** Sets of requests that are tried for two pages. */
const MAX_ATTEMPTS = 3

type Proposal = Pick<DataRoute, 'requests' | 'fields' | 'marks'>
/** Sends the requests of a route for one of the pages. */
type Ask = (route: Proposal, page: URL) => Promise<Asked>

type Proof =
  | Pick<DataRoute, 'fields' | 'marks'>
  /** The numbers of the requests that gave something else. */
  | { readonly why: string; readonly requests: readonly number[] }

/**
 * What two pages have in common, where HTTP gives for both what they show. Where it gives something else for one request, the fields
 * may be in another: that is tried, too.
 *
 * @param over - called now and then; throws to end the work
 */
export async function learnProven(
  [before, view]: readonly [PageView, PageView],
  rules: DeriveRules,
  ask: Ask,
  over: () => void,
): Promise<{ readonly route: Omit<DataRoute, 'learnedAt' | 'until'> } | { readonly why: readonly string[] }> {
  const refused = new Set<string>()
  const why: string[] = []
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const learned = await runSteps(learnRoute(before, view, { ...rules, refused }), over)
    // Why others were no good says more than that there is none left.
    if ('why' in learned) return { why: attempt === 0 ? [learned.why] : why }
    const { route } = learned
    const proof = await prove(route, [view, before], ask)
    if ('fields' in proof) return { route: { ...route, ...proof } }
    why.push(proof.why)
    if (proof.requests.length === 0) break
    for (const at of proof.requests) refused.add(requestKey(route.requests[at] as DataRequest))
  }
  return { why }
}

async function prove(route: Proposal, views: readonly PageView[], ask: Ask): Promise<Proof> {
  let { fields, marks = [] } = route
  for (const view of views) {
    const asked = await ask({ ...route, fields }, view.url)
    if (asked.kind === 'odd') {
      const why = asked.reason + missingText(asked, route.requests[asked.at] as DataRequest, views)
      return { why, requests: [asked.at] }
    }
    if (asked.kind === 'failed')
      return { why: `the data request has status ${asked.response.statusCode}`, requests: [] }
    const shown = new Map(Object.entries(view.values))
    const right = (some: DataRoute['fields']) => correctedFields(some, shown, view.url, asked.answers)
    const left = right(fields)
    if (left === null) {
      const wrong = fields.filter((field) => right([field]) === null)
      const requests = wrong.flatMap(({ readings }) => readings.map(({ request }) => request))
      return { why: 'HTTP gives other data than the page shows', requests }
    }
    fields = left
    marks = heldMarks(marks, view.url, asked.answers)
  }
  return { fields, marks }
}

/** What a refused request lacks that the page's own had, and what to do about it. */
function missingText(
  { status }: Extract<Asked, { kind: 'odd' }>,
  { isPage, method, url, headers }: DataRequest,
  views: readonly PageView[],
): string {
  if (isPage || (status !== 401 && status !== 403)) return ''
  const own = views
    .flatMap(({ exchanges }) => exchanges)
    .find(({ exchange }) => exchange.method === method && exchange.url === url)
  const given = new Set(headers.map(([name]) => name))
  const lost = (own?.exchange.requestHeaders ?? [])
    .filter(([name, value]) => !given.has(name) && isSecretHeader(name, value))
    .map(([name]) => name)
  return lost.length === 0
    ? ': it wants what the session does not send there, such as a cookie of that site; log in there with this session'
    : `: the page sends it ${lost.join(', ')}, which nothing that the session keeps holds; say where it comes from with session.tokenBindings.add()`
}
