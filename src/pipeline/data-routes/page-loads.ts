import type { FieldSelectors } from '../../compliance/index.ts'
import { OnejarError, safeUrl } from '../../core/index.ts'
import { dataIn, type PageView, pageView, withHeaders } from '../../discovery/index.ts'
import type { RoutedResponse, RouteRequest, Send } from '../../routing/index.ts'
import { bodyText } from '../extraction/body-text.ts'
import { fieldsOf, isSuccess, reducedTo, reducedToNothing } from '../extraction/reduced-response.ts'
import { selectedIn, shownOf } from './ask-route.ts'
import type { Found } from './found-fields.ts'

/** Of the answers that a page got, so much is kept until another page is rendered, in characters. */
const MAX_VIEW_CHARS = 2 * 1024 * 1024

/** One request that names fields, on its way. */
export interface Job {
  readonly request: RouteRequest
  readonly fields: FieldSelectors
  readonly group: string
  readonly next: Send
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  readonly over: () => void
}

/** A rendered page, or one that HTTP gave whole. */
export interface Page {
  readonly response: RoutedResponse
  readonly found: Found
  readonly html: string
}

/** The page as HTTP gives it, or as it is rendered where something stands against HTTP. */
export async function pageOverHttp(job: Job): Promise<Page> {
  const { request, next } = job
  const sent = { ...request, extract: undefined, record: true, timeoutMs: leftOf(job) }
  return pageOf(await next(sent), job)
}

/** @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED and what else a page load fails with */
export async function renderedPage(job: Job, record: boolean): Promise<Page> {
  const { request, next } = job
  const sent = { ...request, extract: undefined, render: true, record, timeoutMs: leftOf(job) }
  return pageOf(await next(sent), job)
}

async function pageOf(response: RoutedResponse, { fields, over }: Job): Promise<Page> {
  if (!isSuccess(response)) return { response: reducedToNothing(response), found: {}, html: '' }
  const html = await bodyText(response)
  return { response, html, found: await fieldsOf(html, fields, response.url, over) }
}

/** What was seen of a page, to compare with another one. */
export async function viewOf({ response, found }: Page, { request, fields, over }: Job): Promise<PageView> {
  const exchanges = []
  let room = MAX_VIEW_CHARS
  for (const exchange of response.recording?.exchanges ?? []) {
    if (exchange.body === null || exchange.body.length > room) continue
    room -= exchange.body.length
    const data = withHeaders(await dataIn(exchange.body, exchange.mediaType, over), exchange.answerHeaders)
    const selected = data.html === null ? new Map() : await selectedIn(data.html, fields, request.url)
    exchanges.push({ exchange, data, selected })
  }
  return pageView(request.url, shownOf(found), exchanges)
}

export function reducedPage({ response, found }: Page): RoutedResponse {
  return isSuccess(response) ? reducedTo(response, found) : response
}

/** Whether scripts could make more of it. */
export function isScripted({ html, response }: Page): boolean {
  return /<script/i.test(html) && /html/i.test(String(response.headers['content-type'] ?? 'html'))
}

/** @throws OnejarError ONEJAR_TIMEOUT */
function leftOf({ deadline, request: { url, timeoutMs } }: Job): number {
  const left = Math.ceil(deadline - performance.now())
  if (left > 0) return left
  throw new OnejarError('ONEJAR_TIMEOUT', `${safeUrl(url)} took longer than ${timeoutMs} ms`)
}
