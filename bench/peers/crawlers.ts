import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { hybrid, openQuietBroker } from '../routing/crawls.ts'
import type { GatedServer } from '../routing/gated-server.ts'
import { load } from './install.ts'

/** A crawl of a gated site: how many pages were wanted, how many came, and how fast. */
export interface PeerCrawl {
  readonly name: string
  readonly wanted: number
  readonly got: number
  readonly perSecond: number
  readonly solves: number
}

const TEXT = 'quick brown fox'

/** Each crawler in turn on the same site, which gives every one a new challenge. */
export async function crawlOnce(server: GatedServer, pages: number, sample: number): Promise<PeerCrawl[]> {
  const crawls: PeerCrawl[] = []
  await using broker = await openQuietBroker()
  const session = await broker.session('crawl')
  const { ms, solves } = await hybrid(server, session, pages)
  crawls.push({ name: 'Onejar', wanted: pages, got: pages, perSecond: (pages * 1_000) / ms, solves })
  await session.release()
  const theirs = { 'Crawlee’s HttpCrawler': byHttp, 'Crawlee’s AdaptivePlaywrightCrawler': adaptively }
  for (const [name, crawl] of Object.entries(theirs)) {
    const urls = Array.from({ length: sample }, (_, n) => `${server.origin}/item/${n}`)
    await server.reset()
    const startedAt = performance.now()
    const got = await crawl(urls)
    const seconds = (performance.now() - startedAt) / 1_000
    const counted = await server.reset()
    crawls.push({ name, wanted: sample, got, perSecond: got / seconds, solves: counted.solves })
  }
  return crawls
}

/** A site that wants a script to run is not what it is for: how many pages come all the same is what is counted. */
async function byHttp(urls: readonly string[]): Promise<number> {
  const { HttpCrawler, Configuration, log } = await load('@crawlee/http')
  log.setLevel(log.LEVELS.OFF)
  let got = 0
  const requestHandler = ({ body }: { readonly body: Buffer | string }) => {
    if (body.toString().includes(TEXT)) got++
  }
  const crawler = new HttpCrawler({ ...LIMITS, requestHandler }, new Configuration(SETTINGS))
  await crawler.run([...urls])
  return got
}

async function adaptively(urls: readonly string[]): Promise<number> {
  const { AdaptivePlaywrightCrawler, Configuration, log } = await load('@crawlee/playwright')
  log.setLevel(log.LEVELS.OFF)
  const found = await findBrowser()
  const launchOptions = { args: defaultBrowserArgs(), executablePath: found?.executablePath }
  const good = new Set<string>()
  const crawler = new AdaptivePlaywrightCrawler(
    {
      ...LIMITS,
      launchContext: { launchOptions },
      // The challenge comes with a 403, which Crawlee would not wait for.
      sessionPoolOptions: { blockedStatusCodes: [] },
      requestHandler: async (context: AdaptiveContext) => {
        const $ = await context.parseWithCheerio('h1')
        if (!$('p').text().includes(TEXT)) throw new Error('no page yet')
        good.add(context.request.url)
      },
    },
    new Configuration(SETTINGS),
  )
  await crawler.run([...urls])
  return good.size
}

interface AdaptiveContext {
  readonly request: { readonly url: string }
  parseWithCheerio(selector: string): Promise<(selector: string) => { text(): string }>
}

const LIMITS = { maxConcurrency: 4, maxRequestRetries: 1, requestHandlerTimeoutSecs: 60 }
const SETTINGS = { persistStorage: false, availableMemoryRatio: 0.9 }
