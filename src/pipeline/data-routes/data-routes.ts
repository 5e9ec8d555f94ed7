import type { FieldSelectors } from '../../compliance/index.ts'
import { type Clock, ignore, isOnejarError, LazyMap, OnejarError, safeUrl } from '../../core/index.ts'
import {
  correctedFields,
  type DeriveRules,
  dataIn,
  heldMarks,
  isSame,
  type PageView,
  pageView,
  patternText,
  type ReadFields,
  readFields,
} from '../../discovery/index.ts'
import { assertTime, waitWithin } from '../../http/index.ts'
import type { DataRoute, SessionRecord } from '../../record/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Send, SessionEvent } from '../../routing/index.ts'
import { bodyText } from '../extraction/body-text.ts'
import { fieldsOf, isSuccess, reducedTo, reducedToNothing } from '../extraction/reduced-response.ts'
import { AnswerWatch, type PageAnswers } from './answer-watch.ts'
import { type Asked, askRoute, selectedIn, shownOf } from './ask-route.ts'
import { CallerWatch } from './caller-watch.ts'
import { CheckPace } from './check-pace.ts'
import { learnProven } from './learn-proven.ts'
import { PageViews } from './page-views.ts'
import { groupOf, type KnownRoute, ROUTE_LIFE_MS, RouteBook } from './route-book.ts'

export interface DataRoutesOptions extends DeriveRules {
  readonly record: SessionRecord
  readonly events: EventHub
  readonly clock: Clock
  /** Values over HTTP from one rendered page to the next, by which a route is checked. */
  readonly checkEvery: number
  /** Called for each response that was reduced to its fields. */
  readonly onReduced: (url: URL) => void
}

/** Of the answers that a page got, so much is kept until another page is rendered, in characters. */
const MAX_VIEW_CHARS = 2 * 1024 * 1024

type Found = Readonly<Record<string, string | null | (string | null)[]>>
type Value = string | readonly string[]

/** One request that names fields, on its way. */
interface Job {
  readonly request: RouteRequest
  readonly fields: FieldSelectors
  readonly group: string
  readonly next: Send
  readonly deadline: number
  readonly over: () => void
}

/** A rendered page, or one that HTTP gave whole. */
interface Page {
  readonly response: RoutedResponse
  readonly found: Found
  readonly html: string
}

/**
 * Takes the fields of a page from the data that the page itself asks for, over HTTP, once two pages of its kind have proven that this is
 * what they show. Never a wrong value in silence: whatever is odd, and every so many values, has a page rendered, and what that
 * shows is what the caller gets.
 */
export class DataRoutes {
  readonly book: RouteBook
  readonly views: PageViews
  readonly #options: DataRoutesOptions
  readonly #pace: CheckPace
  readonly #caller: CallerWatch
  readonly #said = new AnswerWatch()
  /** By group: what is learned, one page after the other. */
  readonly #learning = new LazyMap<string, Promise<unknown>>()

  constructor(options: DataRoutesOptions) {
    this.#options = options
    this.#pace = new CheckPace(options.checkEvery)
    const { record, clock, reads } = options
    this.#caller = new CallerWatch(record)
    this.book = new RouteBook(record, clock, reads, (known) => this.#wrongElsewhere(known))
    this.views = new PageViews(clock)
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
    if (left?.transport === 'page') return reducedPage(await this.#render(job, false))
    if (left?.transport === 'http') {
      const page = await this.#overHttp(job)
      return reducedPage(page)
    }
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
    const { group, fields } = job
    const isWaiting = this.views.of(group).length > 0
    const http = isWaiting ? undefined : await this.#overHttp(job)
    // A page that shows what is expected was rendered; else its document is as it came.
    const isRendered = http?.response.via === 'page' && job.request.expect !== undefined
    if (http && !isRendered && (!isSuccess(http.response) || isWhole(http.found) || !isScripted(http)))
      return reducedPage(http)
    const page = http && isRendered ? http : await this.#renderOr(job, http)
    if (page === http && !isRendered) return reducedPage(page)
    if (!isSuccess(page.response)) return reducedPage(page)
    if (http && page !== http && count(page.found) <= count(http.found)) {
      if (this.views.isBarren(group, job.request.url)) {
        this.views.leave(group, 'http', 'rendering two pages showed no more of the fields than HTTP does')
      }
      return reducedPage(http.response.via === 'page' ? page : http)
    }
    if (isWhole(page.found)) await this.#takeIn(job, await this.#viewOf(page, fields, job))
    return reducedPage(page)
  }

  /** Learns from a page, together with those before it; then proves what it learned over HTTP, on both. */
  async #takeIn(job: Job, view: PageView): Promise<void> {
    const { group, request } = job
    const reasons: string[] = []
    for (const before of this.views.of(group)) {
      if (before.url.href === view.url.href) continue
      const proofs: PageAnswers[] = []
      const learned = await learnProven(
        [before, view],
        this.#options,
        async (route, url) => {
          const asked = await askRoute(route, { ...job.request, url }, job.fields, job.next, job.deadline)
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
      const route = { ...learned.route, learnedAt: now, until: now + ROUTE_LIFE_MS }
      const known = this.book.put(group, route)
      this.views.forget(group)
      this.#report('learned', route, `two pages show what ${route.requests.length} data requests gave`, 0)
      this.#pace.begin(known.id)
      this.#caller.looked(known, request.url, false)
      this.#said.learned(known, proofs.slice(-2))
      return
    }
    this.views.add(group, view)
    if (!this.views.isFull(group)) return
    const reason = [...new Set(reasons)].slice(0, 3).join('; ') || 'nothing was proven'
    this.views.leave(group, 'page', reason)
    this.#options.events.emit({
      type: 'data-route',
      at: this.#options.clock.now(),
      state: 'not-learned',
      origin: request.url.origin,
      pattern: safeUrl(request.url),
      fields: Object.keys(job.fields),
      unchecked: 0,
      reason,
    })
  }

  async #fromRoute(job: Job, known: KnownRoute): Promise<RoutedResponse> {
    const { request, fields, next, deadline } = job
    const asked = await askRoute(known.route, request, fields, next, deadline)
    if (asked.kind === 'failed') return asked.response
    // Meanwhile another request may have found it wrong.
    if (!this.book.has(known)) return this.#fetch(job)
    const read = asked.kind === 'answers' ? readFields(known.route, request.url, asked.answers) : undefined
    const isOdd = read === undefined || read.odd.size > 0 || this.#isNew(known, request.url, asked)
    if (!isOdd && !this.#pace.isDue(known.id)) return fromData(asked as Answers, read)
    return this.#check(job, known, asked, read)
  }

  /** Whether the session, or the data, is as no page was looked at with. */
  #isNew(known: KnownRoute, page: URL, asked: Asked): boolean {
    const isOther = this.#caller.hasChanged(known, page)
    return isOther || (asked.kind === 'answers' && this.#said.isUnseen(known, { page, ...asked }))
  }

  /** Renders the page, and compares. What the page shows is what the caller gets. */
  async #check(
    job: Job,
    known: KnownRoute,
    asked: Asked,
    read: ReadFields | undefined,
  ): Promise<RoutedResponse> {
    const { request, group, fields } = job
    const page = await this.#render(job, true)
    if (!isSuccess(page.response)) return reducedPage(page)
    if (!this.book.has(known)) return reducedPage(page)
    const shown = shownMap(page.found)
    if (read?.odd.size === 0 && agrees(read, shown)) {
      this.#pace.passed(known.id)
      this.#caller.looked(known, request.url, true)
      if (asked.kind === 'answers') this.#said.looked(known, { page: request.url, ...asked })
      this.#report('checked', known.route, 'a rendered page shows the same', 0)
      return reducedPage(page)
    }
    // The data may have changed between the two.
    const again = await askRoute(known.route, request, fields, job.next, job.deadline)
    for (const one of [asked, again]) {
      if (one.kind !== 'answers') continue
      const left = correctedFields(known.route.fields, shown, request.url, one.answers)
      if (left === null) continue
      const now = this.#options.clock.now()
      const marks = heldMarks(known.route.marks ?? [], request.url, one.answers)
      const route = { ...known.route, fields: left, marks, until: now + ROUTE_LIFE_MS }
      const reason =
        read === undefined || read.odd.size === 0
          ? 'the data changed while the page was rendered'
          : oddText(read)
      const next = this.book.put(group, route)
      this.#pace.passed(next.id)
      this.#caller.looked(next, request.url, false)
      this.#said.looked(next, { page: request.url, ...one })
      this.#report('corrected', route, reason, 0)
      return reducedPage(page)
    }
    await this.#mismatch(job, known, asked, read, shown, page)
    return reducedPage(page)
  }

  async #mismatch(
    job: Job,
    known: KnownRoute,
    asked: Asked,
    read: ReadFields | undefined,
    shown: ReadonlyMap<string, Value | null>,
    page: Page,
  ): Promise<void> {
    const { group, fields } = job
    const unchecked = this.#pace.unchecked(known.id)
    const wrong =
      read === undefined
        ? []
        : known.route.fields
            .map(({ name }) => name)
            .filter((name) => !isEqual(read.values.get(name), shown.get(name)))
    const reason =
      asked.kind === 'odd'
        ? asked.reason
        : `the page shows something else for ${wrong.join(', ') || 'its fields'}`
    this.book.wrong(known)
    this.#report('mismatch', known.route, reason, unchecked)
    if (this.#pace.failed(known.id, group)) {
      this.views.leave(group, 'page', `its data was wrong twice: ${reason}`)
    } else if (isWhole(page.found)) this.views.add(group, await this.#viewOf(page, fields, job))
  }

  /** Another process looked at a page: what this one gave since its own last check may be wrong, too. */
  #wrongElsewhere({ id, route }: KnownRoute): void {
    const unchecked = this.#pace.unchecked(id)
    if (unchecked === 0) return
    this.#pace.begin(id)
    this.#report(
      'mismatch',
      route,
      'another process of the session found that the page shows something else',
      unchecked,
    )
  }

  async #overHttp(job: Job): Promise<Page> {
    const { request, next } = job
    return this.#pageOf(
      await next({ ...request, extract: undefined, record: true, timeoutMs: leftOf(job) }),
      job,
    )
  }

  async #render(job: Job, record: boolean): Promise<Page> {
    const { request, next } = job
    return this.#pageOf(
      await next({ ...request, extract: undefined, render: true, record, timeoutMs: leftOf(job) }),
      job,
    )
  }

  /** Where no browser can render it, the caller gets what HTTP gave, as without data routes. */
  async #renderOr(job: Job, http: Page | undefined): Promise<Page> {
    try {
      return await this.#render(job, true)
    } catch (error) {
      const isNone =
        isOnejarError(error, 'ONEJAR_BROWSER_NOT_FOUND') || isOnejarError(error, 'ONEJAR_BROWSER_FAILED')
      if (http === undefined || !isNone) throw error
      this.views.leave(job.group, 'http', 'there is no browser here that could render the page')
      return http
    }
  }

  async #pageOf(response: RoutedResponse, { fields, over }: Job): Promise<Page> {
    if (!isSuccess(response)) return { response: reducedToNothing(response), found: {}, html: '' }
    const html = await bodyText(response)
    return { response, html, found: await fieldsOf(html, fields, response.url, over) }
  }

  async #viewOf(
    { response, found }: Page,
    fields: FieldSelectors,
    { request, over }: Job,
  ): Promise<PageView> {
    const exchanges = []
    let room = MAX_VIEW_CHARS
    for (const exchange of response.recording?.exchanges ?? []) {
      if (exchange.body === null || exchange.body.length > room) continue
      room -= exchange.body.length
      const data = await dataIn(exchange.body, exchange.mediaType, over)
      const selected = data.html === null ? new Map() : await selectedIn(data.html, fields, request.url)
      exchanges.push({ exchange, data, selected })
    }
    return pageView(request.url, shownOf(found), exchanges)
  }

  #report(
    state: DataRouteState,
    route: Pick<DataRoute, 'pattern' | 'fields'>,
    reason: string,
    unchecked: number,
  ): void {
    this.#options.events.emit({
      type: 'data-route',
      at: this.#options.clock.now(),
      state,
      origin: route.pattern.origin,
      pattern: patternText(route.pattern),
      fields: route.fields.map(({ name }) => name),
      unchecked,
      reason,
    })
  }
}

type DataRouteState = Extract<SessionEvent, { type: 'data-route' }>['state']
type Answers = Extract<Asked, { kind: 'answers' }>

function fromData({ last, source }: Answers, { values }: ReadFields): RoutedResponse {
  return { ...reducedTo(last, Object.fromEntries(values)), via: 'http', source }
}

function reducedPage({ response, found }: Page): RoutedResponse {
  return isSuccess(response) ? reducedTo(response, found) : response
}

/** @throws OnejarError ONEJAR_TIMEOUT */
function leftOf({ deadline, request: { url, timeoutMs } }: Job): number {
  const left = Math.ceil(deadline - performance.now())
  if (left > 0) return left
  throw new OnejarError('ONEJAR_TIMEOUT', `${safeUrl(url)} took longer than ${timeoutMs} ms`)
}

function isThere(value: Found[string] | undefined): boolean {
  return Array.isArray(value)
    ? value.length > 0 && value.every((one) => one !== null && one !== '')
    : value != null && value !== ''
}

function isWhole(found: Found): boolean {
  return Object.values(found).every(isThere)
}

function count(found: Found): number {
  return Object.values(found).filter(isThere).length
}

/** Whether scripts could make more of it. */
function isScripted({ html, response }: Page): boolean {
  return /<script/i.test(html) && /html/i.test(String(response.headers['content-type'] ?? 'html'))
}

function shownMap(found: Found): Map<string, Value | null> {
  return new Map(
    Object.entries(found).map(([name, value]) => [name, isThere(value) ? (value as Value) : null]),
  )
}

function agrees({ values }: ReadFields, shown: ReadonlyMap<string, Value | null>): boolean {
  return [...shown].every(([name, value]) => isEqual(values.get(name), value))
}

function isEqual(read: Value | null | undefined, shown: Value | null | undefined): boolean {
  if (read === undefined || shown === undefined) return false
  return read === null || shown === null ? read === shown : isSame(read, shown)
}

function oddText({ odd }: ReadFields): string {
  return [...odd].map(([name, reason]) => `${name}: ${reason}`).join('; ')
}
