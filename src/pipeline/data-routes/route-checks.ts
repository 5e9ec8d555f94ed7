import type { Clock } from '../../core/index.ts'
import {
  blankOf,
  correctedFields,
  type Facts,
  factsOf,
  heldMarks,
  NO_EVIDENCE,
  type ReadFields,
  type Unproven,
  unprovenIn,
  widened,
  withApart,
} from '../../discovery/index.ts'
import type { DataRoute } from '../../record/index.ts'
import type { RoutedResponse } from '../../routing/index.ts'
import { isSuccess } from '../extraction/reduced-response.ts'
import { type Asked, askRoute } from './ask-route.ts'
import type { CallerWatch } from './caller-watch.ts'
import type { CheckPace } from './check-pace.ts'
import { differing, isWhole, shownMap, type Value } from './found-fields.ts'
import { type Job, type Page, reducedPage, renderedPage, viewOf } from './page-loads.ts'
import type { PageViews } from './page-views.ts'
import { type KnownRoute, ROUTE_LIFE_MS, type RouteBook } from './route-book.ts'
import type { RouteReports } from './route-reports.ts'

export interface RouteChecksParts {
  readonly clock: Clock
  readonly book: RouteBook
  readonly views: PageViews
  readonly pace: CheckPace
  readonly caller: CallerWatch
  readonly reports: RouteReports
}

/** What a route gave for a page, and what of it no page was looked at with yet. */
export interface Given {
  readonly asked: Asked
  /** Undefined where there are no answers to read. */
  readonly read: ReadFields | undefined
  readonly unproven: readonly Unproven[]
}

/** Holds a route to what a rendered page shows. What the page shows is what the caller gets. */
export class RouteChecks {
  readonly #parts: RouteChecksParts

  constructor(parts: RouteChecksParts) {
    this.#parts = parts
  }

  /** What of the answers for a page is beyond what pages have proven. */
  unproven({ route }: KnownRoute, page: URL, asked: Asked): Unproven[] {
    const facts = this.#factsOf(route, page, asked)
    return facts === undefined ? [] : unprovenIn(route.evidence ?? NO_EVIDENCE, facts)
  }

  /** Renders the page, compares, and keeps what that says of the route. */
  async check(job: Job, known: KnownRoute, given: Given): Promise<RoutedResponse> {
    const { book, caller, pace, reports } = this.#parts
    const { request } = job
    const page = await renderedPage(job, true)
    if (!isSuccess(page.response)) return reducedPage(page)
    const current = book.current(known)
    if (current === undefined) return reducedPage(page)
    const { asked, read, unproven } = given
    const shown = shownMap(page.found)
    const others = read === undefined ? [] : differing(read, shown)
    if (read?.odd.size === 0 && others.length === 0) {
      this.#proven(current, request.url, asked, true)
      const isApart = unproven.some((one) => one.isApart)
      if (!isApart) {
        pace.passed(current.id)
        reports.report('checked', current.route, `a rendered page shows the same${newText(unproven)}`, 0)
      }
      return reducedPage(page)
    }
    // The data may have changed between the two.
    const again = await askRoute(current.route, request, job.fields, job.next, job.deadline)
    for (const one of [asked, again]) {
      if (this.#corrected(job, current, one, shown, read)) return reducedPage(page)
    }
    const isOther = caller.hasChanged(current, request.url)
    const nothing =
      isGone(asked) && isGone(again) ? asked.reason : this.#blanksIn(current, request.url, given, others)
    if (!isOther && nothing !== undefined && !pace.isApartTooOften(current.id)) {
      pace.soonAfterNothing(current.id)
      const reason = `left to the page: ${nothing}`
      reports.report('corrected', current.route, reason, pace.unchecked(current.id))
      return reducedPage(page)
    }
    if (read?.odd.size === 0 && !isOther && this.#leftApart(current, others, unproven))
      return reducedPage(page)
    const reason =
      asked.kind === 'odd'
        ? asked.reason
        : `the page shows something else for ${others.join(', ') || 'its fields'}`
    await this.#mismatch(job, current, reason, page, isOther)
    return reducedPage(page)
  }

  /** Whether places that said the same and no longer do are decided between, or the data is new meanwhile. */
  #corrected(
    { request, group }: Job,
    { route }: KnownRoute,
    asked: Asked,
    shown: ReadonlyMap<string, Value | null>,
    read: ReadFields | undefined,
  ): boolean {
    const { book, clock, pace, reports } = this.#parts
    if (asked.kind !== 'answers') return false
    const fields = correctedFields(route.fields, shown, request.url, asked.answers)
    if (fields === null) return false
    const marks = heldMarks(route.marks ?? [], request.url, asked.answers)
    const next = book.put(group, { ...route, fields, marks, until: clock.now() + ROUTE_LIFE_MS })
    pace.passed(next.id)
    this.#proven(next, request.url, asked, false)
    const reason =
      read === undefined || read.odd.size === 0
        ? 'the data changed while the page was rendered'
        : [...read.odd].map(([name, odd]) => `${name}: ${odd}`).join('; ')
    reports.report('corrected', next.route, reason, 0)
    return true
  }

  /**
   * Whether all that differs is about what no page was looked at with, such as the first text that is so long: such pages are left to
   * rendering, and the route holds for all others. The next answer is checked: it may be the site that has changed.
   */
  #leftApart(known: KnownRoute, others: readonly string[], unproven: readonly Unproven[]): boolean {
    const { book, pace, reports } = this.#parts
    const about = unproven.filter(({ field }) => field === null || others.includes(field))
    const isAll = others.every((name) => about.some(({ field }) => field === null || field === name))
    if (others.length === 0 || !isAll || pace.isApartTooOften(known.id)) return false
    const fresh = about.filter(({ isApart }) => !isApart)
    if (fresh.length === 0) return true
    book.widen(known, (evidence) => withApart(evidence, fresh))
    pace.soon(known.id)
    const reason = `left to the page: ${[...new Set(fresh.map((one) => one.reason))].slice(0, 3).join('; ')}`
    reports.report('corrected', known.route, reason, pace.unchecked(known.id))
    return true
  }

  /** A page was looked at, and the route holds. */
  #proven(known: KnownRoute, page: URL, asked: Asked, isSame: boolean): void {
    const { book, caller } = this.#parts
    const facts = this.#factsOf(known.route, page, asked)
    book.widen(known, (evidence) => ({
      ...(facts === undefined ? evidence : widened(evidence, facts)),
      caller: caller.looked(known, page, isSame),
    }))
  }

  /** What says that the data has nothing for all that differs: the page has words of its own, or takes something else. */
  #blanksIn(
    { route }: KnownRoute,
    page: URL,
    { asked, read }: Given,
    others: readonly string[],
  ): string | undefined {
    if (asked.kind !== 'answers' || read === undefined || others.length === 0) return undefined
    const areBlank = [...read.odd.keys(), ...others].every((name) => {
      const field = route.fields.find((one) => one.name === name)
      return (
        field !== undefined && !read.values.has(name) && blankOf(field, page, asked.answers) !== undefined
      )
    })
    return areBlank ? `the data has nothing for ${others.join(', ')}` : undefined
  }

  async #mismatch(job: Job, known: KnownRoute, reason: string, page: Page, isOther: boolean): Promise<void> {
    const { book, views, pace, reports } = this.#parts
    const unchecked = pace.unchecked(known.id)
    book.wrong(known)
    reports.report('mismatch', known.route, reason, unchecked)
    // Another user, currency or language says nothing against what is learned for it.
    if (isOther) pace.begin(known.id)
    if (!isOther && pace.failed(known.id, job.group)) {
      views.leave(job.group, 'page', `its data was wrong twice: ${reason}`)
    } else if (isWhole(page.found)) views.add(job.group, await viewOf(page, job))
  }

  #factsOf(route: DataRoute, page: URL, asked: Asked): Facts | undefined {
    const { clock } = this.#parts
    return asked.kind === 'answers'
      ? factsOf(route, { page, answers: asked.answers }, clock.now())
      : undefined
  }
}

/** What a page was looked at for. */
function newText(unproven: readonly Unproven[]): string {
  const reasons = [...new Set(unproven.map(({ reason }) => reason))]
  return reasons.length === 0 ? '' : `, also for what is new: ${reasons.slice(0, 3).join('; ')}`
}

/** What the data says of a thing that is not there (any more): the page says so in its own words. */
function isGone(asked: Asked): asked is Extract<Asked, { kind: 'odd' }> {
  return asked.kind === 'odd' && (asked.status === 404 || asked.status === 410)
}
