import type { Page } from 'playwright'
import type { ContextBinding } from '../../browser/index.ts'
import { ignore, OnejarError, safeUrl } from '../../core/index.ts'
import type { BrowserCall, LoadReply, LoadTask } from '../browser-port.ts'
import { meetsInTime } from '../expectation.ts'
import type { Judge } from '../judge.ts'
import { FileDocuments } from './file-documents.ts'
import type { LoadedDocument } from './loaded-document.ts'
import { loadPage } from './page-load.ts'
import { withPicture } from './page-picture.ts'
import { ExchangeRecorder } from './record-exchanges.ts'

/** How long a page is given to come to rest, and at most half of the time that its caller has. */
const MAX_REST_MS = 10_000
/** A place in line, and a picture, are given up so long before the caller's time is up. */
const MARGIN_MS = 250
/** How often a page is looked at while something is expected of it, and how long after it has come to rest. */
const LOOK_EVERY_MS = 100
const REST_MS = 1_000

/**
 * Loads a document in a page: the bytes that the browser got; or, where the task asks to render or expects something that they
 * do not hold, the document as it stands after its scripts ran.
 */
export async function loadDocument(
  page: Page,
  binding: ContextBinding,
  judge: Judge,
  task: LoadTask,
  call: BrowserCall,
): Promise<LoadReply> {
  const deadline = performance.now() + task.deadlineMs
  let until = performance.now() + Math.min(task.deadlineMs, task.solveTimeoutMs)
  const { url, expect, render, timeoutMs } = task
  const files = await FileDocuments.of(page, task.maxBytes)
  const recorder = task.record && (await ExchangeRecorder.of(page, task.record))
  const outcome = await loadPage(page, {
    url,
    classifier: judge,
    timeoutMs: Math.max(1, until - performance.now()),
    files,
    roomMs: deadline - performance.now() - MARGIN_MS,
    onRoom: (at, verdict) => {
      until = deadline
      call.onWaitingRoom?.(at, verdict)
    },
  })
  if (outcome.kind === 'failed') {
    return withPicture(outcome, page, task.screenshot, deadline - performance.now() - MARGIN_MS)
  }
  if (outcome.kind === 'unproven') {
    const download = safeUrl(outcome.download ?? url)
    throw new OnejarError('ONEJAR_NETWORK', `${download} is a download, and no page shows it`)
  }
  const { answer, mistaken } = outcome
  const passed = async (document: LoadedDocument): Promise<LoadReply> => {
    return { kind: 'passed', document, mistaken, recording: await recorder?.taken() }
  }
  // What is no page has nothing to render.
  const isPage = answer.isFile !== true
  const holds = async (one: LoadedDocument) =>
    expect === undefined ||
    meetsInTime(expect, one, 'page', { url, timeoutMs, signal: call.signal }, deadline)
  if ((!render || !isPage) && (await holds(answer))) return passed(answer)
  if (!isPage) throw notMet(url)
  if (expect !== undefined) return passed(await lookFor(page, binding, answer, until, holds, url))
  const now = performance.now()
  const bound = now + Math.min(MAX_REST_MS, Math.max(0, until - now) / 2)
  await binding.rest(page, { until: bound })
  return passed(await rendered(page, binding, answer))
}

/** Looks until the page holds what is expected, has come to rest without it, or the time is up. */
async function lookFor(
  page: Page,
  binding: ContextBinding,
  answer: LoadedDocument,
  until: number,
  holds: (answer: LoadedDocument) => Promise<boolean>,
  url: URL,
): Promise<LoadedDocument> {
  const over = new AbortController()
  let restsAt = Infinity
  const { signal } = over
  binding.rest(page, { until, polls: true, signal }).then((rests) => {
    restsAt = rests ? performance.now() + REST_MS : until
  }, ignore)
  try {
    for (;;) {
      // A page that goes elsewhere has no document for a moment.
      const now = await rendered(page, binding, answer).catch((error) =>
        page.isClosed() || error instanceof OnejarError ? Promise.reject(error) : null,
      )
      if (now && (await holds(now))) return now
      const at = performance.now()
      if (at >= until) break
      if (at >= restsAt && (await binding.rest(page, { until: at, polls: true }))) break
      await page.waitForTimeout(LOOK_EVERY_MS)
    }
  } finally {
    over.abort()
  }
  throw notMet(url)
}

function notMet(url: URL): OnejarError {
  return new OnejarError(
    'ONEJAR_EXPECTATION_FAILED',
    `Neither HTTP nor the page gave what is expected of ${safeUrl(url)}`,
  )
}

/** @throws OnejarError ONEJAR_NETWORK, or what is known of why the page went to where nothing came from */
async function rendered(
  page: Page,
  binding: ContextBinding,
  answer: LoadedDocument,
): Promise<LoadedDocument> {
  if (page.url().startsWith('chrome-error:')) {
    throw new OnejarError(
      'ONEJAR_NETWORK',
      `${safeUrl(answer.url)} went on to a page that could not be loaded`,
    )
  }
  const body = Buffer.from((await binding.shadowHtml(page)) ?? (await page.content()))
  return { ...answer, body, headers: { ...answer.headers, 'content-type': 'text/html; charset=utf-8' } }
}
