import type { FieldSelectors } from '../../compliance/index.ts'
import { type Clock, ignore, isOnejarError, LazyMap } from '../../core/index.ts'
import {
  type DeriveRules,
  evidenceOf,
  factsOf,
  isIdle,
  NO_EVIDENCE,
  type PageAnswers,
  type PageView,
  type ReadFields,
  readFields,
  withRepeated,
} from '../../discovery/index.ts'
import { assertTime, waitWithin } from '../../http/index.ts'
import type { DataRoute, SessionRecord } from '../../record/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Send } from '../../routing/index.ts'
import { isSuccess, reducedTo } from '../extraction/reduced-response.ts'
import { type Asked, askRoute } from './ask-route.ts'
import { CallerWatch, type SessionItems } from './caller-watch.ts'
import { CheckPace } from './check-pace.ts'
import { countOf, isWhole } from './found-fields.ts'
import { learnProven } from './learn-proven.ts'
import { heldToOthers } from './other-views.ts'
import {
  isScripted,
  type Job,
  type Page,
  pageOverHttp,
  reducedPage,
  renderedPage,
  viewOf,
} from './page-loads.ts'
import { PageViews } from './page-views.ts'
import { groupOf, type KnownRoute, ROUTE_LIFE_MS, RouteBook } from './route-book.ts'
import { RouteChecks } from './route-checks.ts'
import { RouteReports } from './route-reports.ts'

export interface DataRoutesOptions extends DeriveRules {
  readonly record: SessionRecord
  readonly events: EventHub
  readonly clock: Clock
  /** Values over HTTP from one rendered page to the next, by which a route is checked. */
  readonly checkEvery: number
  /** The sessionStorage that a page opened for a request starts with, as far as it is known. Default: none */
  readonly sessionItems?: SessionItems
  /** Called for each response that was reduced to its fields. */
  readonly onReduced: (url: URL) => void
}

/**
 * Takes the fields of a page from the data that the page itself asks for, over HTTP, once two pages of its kind have proven that this is
 * what they show. Never a wrong value in silence: whatever is odd or beyond what was proven, and every so many values, has a page
 * rendered, and what that shows is what the caller gets.
 */
export class DataRoutes {
  readonly book: RouteBook
  readonly views: PageViews
  readonly #options: DataRoutesOptions
  readonly #pace: CheckPace
  readonly #caller: CallerWatch
  readonly #reports: RouteReports
  readonly #checks: RouteChecks
  /** By group: what is learned, one page after the other. */
  readonly #learning = new LazyMap<string, Promise<unknown>>()

  constructor(options: DataRoutesOptions) {
    const { record, events, clock, reads, sessionItems } = options
    this.#options = options
    this.#pace = new CheckPace(options.checkEvery)
    this.#caller = new CallerWatch(record, sessionItems)
    this.#reports = new RouteReports(events, clock)
    this.book = new RouteBook(record, clock, reads, (known) => this.#wrongElsewhere(known))
    this.views = new PageViews(clock)
    this.#checks = new RouteChecks({
      clock,
      book: this.book,
      views: this.views,
      pace: this.#pace,
      caller: this.#caller,
      reports: this.#reports,
    })
  }

  /** Values of a route that no check has covered yet, in this process. */
  unchecked(known: KnownRoute): number {
    return this.#pace.unchecked(known.id)
  }

  /** The fields of a page, as JSON, from wherever they are known to come. */
  async fetch(request: RouteRequest, fields: FieldSelectors, next: Send): Promise<RoutedResponse> {
    const deadline = performance.now() + request.timeoutMs
    const over = () => assertTime(request, deadline)
    const job: Job = { request, fields, group: groupOf(request.url, fields), next, deadline, over }
    const response = await this.#fetch(job)
    this.#options.onReduced(response.url)
    return response
  }

  async #fetch(job: Job): Promise<RoutedResponse> {
    const known = this.book.find(job.group, job.request.url)
    if (known) return this.#fromRoute(job, known)
    const left = this.views.leftTo(job.group)
    if (left?.transport === 'page') return reducedPage(await renderedPage(job, false))
    if (left?.transport === 'http') return reducedPage(await pageOverHttp(job))
    return this.#oneByOne(job)
  }

  /** Pages of a group are learned from one after the other: whoever comes second finds what the first has learned. */
  async #oneByOne(job: Job): Promise<RoutedResponse> {
    const { request, group, deadline } = job
    const before = this.#learning.get(group)
    if (before !== undefined) {
      await waitWithin(before.then(ignore, ignore), request, deadline)
      return this.#fetch(job)
    }
    const learning = this.#learn(job)
    this.#learning.set(group, learning)
    try {
      return await learning
    } finally {
      this.#learning.delete(group)
    }
  }

  async #learn(job: Job): Promise<RoutedResponse> {
    const { group } = job
    const isWaiting = this.views.of(group).length > 0
    const http = isWaiting ? undefined : await pageOverHttp(job)
    // A page that shows what is expected was rendered; else its document is as it came.
    const isRendered = http?.response.via === 'page' && job.request.expect !== undefined
    if (http && !isRendered && (!isSuccess(http.response) || isWhole(http.found) || !isScripted(http)))
      return reducedPage(http)
    const page = http && isRendered ? http : await this.#renderOr(job, http)
    if (page === http && !isRendered) return reducedPage(page)
    if (!isSuccess(page.response)) return reducedPage(page)
    if (http && page !== http && countOf(page.found) <= countOf(http.found)) {
      if (this.views.isBarren(group, job.request.url)) {
        this.views.leave(group, 'http', 'rendering two pages showed no more of the fields than HTTP does')
      }
      return reducedPage(http.response.via === 'page' ? page : http)
    }
    if (isWhole(page.found)) await this.#takeIn(job, await viewOf(page, job))
    return reducedPage(page)
  }

  /** Learns from a page, together with those before it; then proves what it learned over HTTP, on both. */
  async #takeIn(job: Job, view: PageView): Promise<void> {
    const { group, request } = job
    const reasons: string[] = []
    const ask = (route: Pick<DataRoute, 'requests' | 'fields'>, url: URL) =>
      askRoute(route, { ...request, url }, job.fields, job.next, job.deadline)
    const views = this.views.of(group)
    for (const before of views) {
      if (before.url.href === view.url.href) continue
      const proofs: PageAnswers[] = []
      const learned = await learnProven(
        [before, view],
        this.#options,
        async (route, url) => {
          const asked = await ask(route, url)
          if (asked.kind === 'answers') proofs.push({ page: url, answers: asked.answers })
          return asked
        },
        job.over,
      )
      if ('why' in learned) {
        reasons.push(...learned.why)
        continue
      }
      const now = this.#options.clock.now()
      const [first, second] = proofs.slice(-2).map((proof) => factsOf(learned.route, proof, now))
      const proven = first && second ? evidenceOf(first, second) : NO_EVIDENCE
      const others = views.filter(({ url }) => url.href !== view.url.href && url.href !== before.url.href)
      const held = await heldToOthers(learned.route, proven, others, ask, now)
      const { evidence } = held
      // The very first page may be another one for being the first: without cookies, before an answer about consent.
      const isFirstOnly = held.agreeing.length > 0 && held.against.every((one) => one === views.at(-1))
      if (held.against.length > 0 && !isFirstOnly) {
        reasons.push('another page shows something else, and its data is like that of the two')
        continue
      }
      const route = { ...learned.route, evidence, learnedAt: now, until: now + ROUTE_LIFE_MS }
      const known = this.book.put(group, route)
      this.book.widen(known, (grown) => ({
        ...grown,
        caller: this.#caller.looked(known, request.url, false),
      }))
      this.views.forget(group)
      this.#reports.report(
        'learned',
        route,
        `two pages show what ${route.requests.filter((_, at) => !isIdle(route, at)).length} data requests gave`,
        0,
      )
      this.#pace.begin(known.id)
      return
    }
    this.views.add(group, view)
    if (!this.views.isFull(group)) return
    const reason = [...new Set(reasons)].slice(0, 3).join('; ') || 'nothing was proven'
    this.views.leave(group, 'page', reason)
    this.#reports.notLearned(request.url, Object.keys(job.fields), reason)
  }

  async #fromRoute(job: Job, known: KnownRoute): Promise<RoutedResponse> {
    const { request, fields, next, deadline } = job
    const [asked] = await Promise.all([
      askRoute(known.route, request, fields, next, deadline),
      this.#caller.read(),
    ])
    if (asked.kind === 'failed') return asked.response
    // Meanwhile another request may have found it wrong, or have proven more of it.
    const current = this.book.current(known)
    if (current === undefined) return this.#fetch(job)
    const read = asked.kind === 'answers' ? readFields(current.route, request.url, asked.answers) : undefined
    const unproven = this.#checks.unproven(current, request.url, asked)
    const isOdd = read === undefined || read.odd.size > 0 || unproven.length > 0
    if (!isOdd && !this.#caller.hasChanged(current, request.url) && !this.#pace.isDue(current.id)) {
      this.#noteRepeated(current, request.url, asked as Answers)
      return fromData(asked as Answers, read)
    }
    return this.#checks.check(job, current, { asked, read, unproven })
  }

  /** A short text that came before is one of a few: the next new one is looked at. */
  #noteRepeated(known: KnownRoute, page: URL, { answers }: Answers): void {
    const facts = factsOf(known.route, { page, answers }, this.#options.clock.now())
    if (withRepeated(known.route.evidence ?? NO_EVIDENCE, facts) === undefined) return
    this.book.widen(known, (evidence) => withRepeated(evidence, facts) ?? evidence)
  }

  /** Another process looked at a page: what this one gave since its own last check may be wrong, too. */
  #wrongElsewhere({ id, route }: KnownRoute): void {
    const unchecked = this.#pace.unchecked(id)
    if (unchecked === 0) return
    this.#pace.begin(id)
    const reason = 'another process of the session found that the page shows something else'
    this.#reports.report('mismatch', route, reason, unchecked)
  }

  /** Where no browser can render it, the caller gets what HTTP gave, as without data routes. */
  async #renderOr(job: Job, http: Page | undefined): Promise<Page> {
    try {
      return await renderedPage(job, true)
    } catch (error) {
      const isNone =
        isOnejarError(error, 'ONEJAR_BROWSER_NOT_FOUND') || isOnejarError(error, 'ONEJAR_BROWSER_FAILED')
      if (http === undefined || !isNone) throw error
      this.views.leave(job.group, 'http', 'there is no browser here that could render the page')
      return http
    }
  }
}

type Answers = Extract<Asked, { kind: 'answers' }>

function fromData({ last, source }: Answers, { values }: ReadFields): RoutedResponse {
  return { ...reducedTo(last, Object.fromEntries(values)), via: 'http', source }
}
