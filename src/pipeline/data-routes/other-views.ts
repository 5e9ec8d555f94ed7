import {
  factsOf,
  type PageAnswers,
  type PageView,
  readFields,
  unprovenIn,
  widened,
  withApart,
} from '../../discovery/index.ts'
import type { DataRoute, RouteEvidence } from '../../record/index.ts'
import type { Asked } from './ask-route.ts'
import { differing, shownMap } from './found-fields.ts'

type Proposal = Pick<DataRoute, 'requests' | 'fields' | 'marks'>

/** What other pages that were rendered meanwhile say of a route that was learned from two of them. */
export interface OtherViews {
  readonly evidence: RouteEvidence
  /** Those that show the same as their data. */
  readonly agreeing: readonly PageView[]
  /** Those that show something else, though nothing distinguishes them from pages that do not. */
  readonly against: readonly PageView[]
}

/**
 * Holds a route to the other pages of its kind that were rendered already: where a site shows every second one in another way, two of the same
 * way are found among three. What distinguishes such a page from the others is left to rendering.
 *
 * @param ask - sends the requests of the route for a page
 */
export async function heldToOthers(
  route: Proposal,
  proven: RouteEvidence,
  others: readonly PageView[],
  ask: (route: Proposal, page: URL) => Promise<Asked>,
  now: number,
): Promise<OtherViews> {
  const agreeing: PageView[] = []
  const differ: { view: PageView; answers: PageAnswers; names: readonly string[] }[] = []
  let evidence = proven
  for (const view of others) {
    const asked = await ask(route, view.url)
    // What is odd is looked at each time.
    const read = asked.kind === 'answers' ? readFields(route, view.url, asked.answers) : undefined
    if (asked.kind !== 'answers' || read === undefined || read.odd.size > 0) continue
    const answers = { page: view.url, answers: asked.answers }
    const names = differing(read, shownMap(view.values as Parameters<typeof shownMap>[0]))
    if (names.length > 0) differ.push({ view, answers, names })
    else {
      agreeing.push(view)
      evidence = widened(evidence, factsOf(route, answers, now))
    }
  }
  const against: PageView[] = []
  for (const { view, answers, names } of differ) {
    const about = unprovenIn(evidence, factsOf(route, answers, now))
    const isKnown = names.every((name) => about.some(({ field }) => field === null || field === name))
    if (isKnown) evidence = withApart(evidence, about)
    else against.push(view)
  }
  return { evidence, agreeing, against }
}
