import { authorization } from './log-in.ts'
import type { CrawlSession, Via } from './session.ts'
import { itemTargets, type Target } from './targets.ts'

export interface CrawlRequest {
  /** Path without the query. */
  readonly path: string
  /** The transport; `browser-only` marks the crawl for comparison. */
  readonly via: Via | 'browser-only'
  readonly status: number
}

export interface CrawlResult {
  readonly requests: readonly CrawlRequest[]
  /** The paths of pages whose content was wrong. */
  readonly wrong: readonly string[]
  /** When the first right page was there, in epoch milliseconds; null when there was none. */
  readonly firstAt: number | null
  readonly ms: number
}

export interface CrawlOptions {
  /** Requests at a time. */
  readonly concurrency: number
  onProgress?(done: number, total: number): void
}

/** Fetches every target with `session.fetch()`, several at the same time, and checks each. */
export async function crawl(
  session: CrawlSession,
  origin: string,
  targets: readonly Target[],
  options: CrawlOptions,
): Promise<CrawlResult> {
  const apiHeaders = { authorization: await authorization(session, origin) }
  return run(targets, options, async ({ path, api, correct }) => {
    const response = await session.fetch(origin + path, api ? { headers: apiHeaders } : {})
    const right = correct(await response.text()) && response.ok
    return { right, via: response.via, status: response.status }
  })
}

/** Fetches every target by navigation only, one after the other in one page, as a browser-only crawler does. */
export async function crawlInBrowser(
  session: CrawlSession,
  origin: string,
  sample: number,
  items: number,
): Promise<CrawlResult> {
  const page = await session.page()
  try {
    return await run(
      itemTargets(Math.min(sample, items), items),
      { concurrency: 1 },
      async ({ path, correct }) => {
        const response = await page.goto(origin + path)
        const right = correct(await page.content())
        return { right, via: 'browser-only', status: response?.status() ?? 0 }
      },
    )
  } finally {
    await page.close()
  }
}

type Visit = (target: Target) => Promise<Pick<CrawlRequest, 'via' | 'status'> & { right: boolean }>

async function run(targets: readonly Target[], options: CrawlOptions, visit: Visit): Promise<CrawlResult> {
  const requests: CrawlRequest[] = []
  const wrong: string[] = []
  let firstAt: number | null = null
  const queue = targets.values()
  const started = performance.now()
  const epoch = Date.now() - started
  const worker = async () => {
    for (const target of queue) {
      const { right, via, status } = await visit(target)
      const path = new URL(target.path, 'http://shop').pathname
      requests.push({ path, via, status })
      if (right) firstAt ??= epoch + performance.now()
      else wrong.push(target.path)
      options.onProgress?.(requests.length, targets.length)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, worker))
  return { requests, wrong, firstAt, ms: performance.now() - started }
}
