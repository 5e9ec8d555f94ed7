/**
 * A gated site, crawled by a CheerioCrawler on a session and by Crawlee's own PlaywrightCrawler, in turn, in one process: pages per
 * second of each, their ratio, and the solves that the site saw. `--json` prints the figures alone.
 */
import { parseArgs } from 'node:util'
import { CheerioCrawler, Configuration, log } from '@crawlee/cheerio'
import { PlaywrightCrawler } from '@crawlee/playwright'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { crawlWith } from '../../src/crawlee/index.ts'
import { openBroker } from '../../src/index.ts'
import { type Gate, startGate } from '../../test/support/gates.ts'

interface Round {
  readonly pages: number
  readonly perSecond: number
  readonly solves: number
}

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '1000' },
    sample: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
})
const [pages, sample, rounds] = [values.pages, values.sample, values.rounds].map(Number) as [
  number,
  number,
  number,
]
log.setLevel(log.LEVELS.ERROR)

const ours: Round[] = []
const theirs: Round[] = []
for (let round = 0; round < rounds; round++) {
  theirs.push(await timed(sample, byPages))
  ours.push(await timed(pages, bySession))
}
const ratio = median(ours) / median(theirs)
if (values.json) console.log(JSON.stringify({ ours, theirs, ratio }))
else {
  const rate = (all: readonly Round[]) => all.map(({ perSecond }) => perSecond.toFixed(1)).join(', ')
  console.log(
    `CheerioCrawler on a session, ${pages} pages: ${rate(ours)} pages/s; solves: ${ours.map(({ solves }) => solves)}`,
  )
  console.log(`PlaywrightCrawler, ${sample} pages: ${rate(theirs)} pages/s`)
  console.log(`ratio of medians: ${ratio.toFixed(0)}`)
}

async function timed(count: number, crawl: (urls: string[]) => Promise<number>): Promise<Round> {
  let solves = 0
  await using gate: Gate = await startGate('cookie', {
    // The challenge's script says that it ran.
    intercept: (request, response) => {
      if (request.url !== '/__solved') return false
      solves++
      response.writeHead(204).end()
      return true
    },
    attributes: () => `'; fetch('/__solved', { keepalive: true }); '`,
  })
  const urls = Array.from({ length: count }, (_, at) => `${gate.origin}/${at}`)
  const startedAt = performance.now()
  const finished = await crawl(urls)
  const seconds = (performance.now() - startedAt) / 1_000
  if (finished !== count) throw new Error(`${finished} of ${count} pages`)
  return { pages: count, perSecond: count / seconds, solves }
}

async function bySession(urls: string[]): Promise<number> {
  await using broker = await openBroker({ store: 'memory' })
  let good = 0
  const crawler = new CheerioCrawler(
    {
      ...crawlWith(broker).http,
      minConcurrency: 32,
      maxConcurrency: 64,
      requestHandler: ({ $ }) => {
        if ($('h1').text() === 'content') good++
      },
    },
    configuration(),
  )
  await crawler.run(urls)
  return good
}

async function byPages(urls: string[]): Promise<number> {
  const found = await findBrowser()
  let good = 0
  const crawler = new PlaywrightCrawler(
    {
      launchContext: {
        launchOptions: {
          args: defaultBrowserArgs(),
          ...(found ? { executablePath: found.executablePath } : {}),
        },
      },
      // The challenge comes with a 403, which Crawlee would not wait for.
      sessionPoolOptions: { blockedStatusCodes: [] },
      maxConcurrency: 4,
      requestHandler: async ({ page }) => {
        await page.waitForSelector('h1')
        good++
      },
    },
    configuration(),
  )
  await crawler.run(urls)
  return good
}

function configuration(): Configuration {
  return new Configuration({ persistStorage: false, availableMemoryRatio: 0.9 })
}

function median(all: readonly Round[]): number {
  const sorted = all.map(({ perSecond }) => perSecond).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
