/** How much of small applications, built with real frameworks, comes over HTTP, whether it is what the pages show, and how fast. */
import { parseArgs } from 'node:util'
import { openBroker } from '../../src/index.ts'
import { startAppServer } from './app-server.ts'
import { APPS, type App, ITEMS } from './apps.ts'

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: String(ITEMS) },
    only: { type: 'string' },
    rendered: { type: 'string', default: '5' },
  },
})
const only = values.only?.split(',')
const items = Math.min(ITEMS, Number(values.items))
const rendered = Number(values.rendered)

const server = await startAppServer()
const broker = await openBroker({ store: 'memory', robots: false })
let failed = false
process.stdout.write(
  'application                                  over HTTP  as the page shows  pages rendered/s  over HTTP/s  ratio\n',
)
for (const app of APPS.filter(({ client }) => only === undefined || only.includes(client))) {
  const { share, right, slow, fast } = await measure(app)
  const ratio = fast === 0 ? 0 : fast / slow
  const cells = [
    percent(share).padStart(9),
    percent(right).padStart(17),
    slow.toFixed(2).padStart(16),
    fast.toFixed(0).padStart(11),
    (ratio === 0 ? '-' : ratio.toFixed(0)).padStart(5),
  ]
  process.stdout.write(`${app.name.padEnd(44)} ${cells.join('  ')}\n`)
  if (right < 1 || (app.replayable ? share < 0.9 : share > 0)) failed = true
}
process.stdout.write(`writes: ${server.writes.browser} by pages, ${server.writes.others} by HTTP\n`)
if (server.writes.others > 0) failed = true
await broker.close()
await server.close()
if (failed) {
  process.stderr.write('an application is below what is promised\n')
  process.exitCode = 1
}

async function measure(app: App) {
  const session = await broker.session(app.client)
  const { extract } = app
  let overHttp = 0
  let right = 0
  let httpMs = 0
  for (let item = 0; item < items; item++) {
    const startedAt = performance.now()
    const response = await session.fetch(server.origin + app.path(item), { extract })
    const shown = await response.json()
    const ms = performance.now() - startedAt
    if (same(shown, app.shows(item))) right++
    else process.stderr.write(`${app.path(item)} by ${response.via}: ${JSON.stringify(shown)}\n`)
    if (response.via !== 'http') continue
    overHttp++
    httpMs += ms
  }
  // The same pages rendered, in the same session and process: what the catalogue says is also what the page shows.
  const startedAt = performance.now()
  for (let item = 0; item < rendered; item++) {
    const page = await session.fetch(server.origin + app.path(item), { extract, render: true })
    if (!same(await page.json(), app.shows(item))) right = -items
  }
  const renderMs = performance.now() - startedAt
  await session.release()
  return {
    share: overHttp / items,
    right: Math.max(0, right / items),
    slow: (rendered * 1000) / renderMs,
    fast: overHttp === 0 ? 0 : (overHttp * 1000) / httpMs,
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
