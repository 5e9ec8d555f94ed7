import { chromium } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../src/browser/index.ts'
import { openBroker } from '../src/index.ts'
import type { Peer } from './measure.ts'
import { benchPages } from './pages.ts'

/**
 * What is rendered, and what a Playwright script waits for that wants the same. The article loads a script and a style sheet, and has
 * all of its text in the document; the plain text has no script.
 */
const SCENARIOS = [
  { kind: 'plain text, 4 kB', until: 'load' },
  { kind: 'article, 16 kB', until: 'load' },
  { kind: 'article, 16 kB', until: 'networkidle' },
] as const

/** Pages that are rendered one at a time, by `session.fetch()` and by bare Playwright: a new page of one context each, its document, its end. */
export async function renderingPeers(origin: string) {
  const found = await findBrowser()
  if (!found) throw new Error('There is no Chromium: npm run parts')
  const browser = await chromium.launch({ executablePath: found.executablePath, args: defaultBrowserArgs() })
  const context = await browser.newContext()
  const broker = await openBroker({ store: 'memory', robots: false })
  const session = await broker.session('rendering')
  const pages = benchPages()
  const bare = SCENARIOS.map(({ kind, until }): Peer => {
    const url = origin + pages[kind]?.path
    return {
      name: `Playwright, ${until}, ${kind}`,
      ...{ concurrency: 1, requests: 10 },
      fetch: async () => {
        const page = await context.newPage()
        await page.goto(url, { waitUntil: until })
        const content = await page.content()
        await page.close()
        return content
      },
    }
  })
  const ours = [...new Set(SCENARIOS.map(({ kind }) => kind))].map((kind): Peer => {
    const url = origin + pages[kind]?.path
    return {
      name: `session.fetch, render, ${kind}`,
      ...{ concurrency: 1, requests: 10 },
      fetch: async () => (await session.fetch(url, { render: true })).text(),
    }
  })
  const pairs = SCENARIOS.map(
    ({ kind, until }) => [`session.fetch, render, ${kind}`, `Playwright, ${until}, ${kind}`] as const,
  )
  const close = () => Promise.all([broker.close(), browser.close()])
  return { peers: [...bare, ...ours], pairs, close }
}
