/**
 * How fast a page is that a person gets by a link, over loopback: the time until the first picture, and from a key until its
 * picture. `npm run bench:by-hand`; with `--rounds N` (links, default 5) and `--keys N` (a link, default 40).
 */
import { parseArgs } from 'node:util'
import { type BrowserContext, chromium, type Page } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../src/browser/index.ts'
import { startHttpServer } from '../test/support/http-server.ts'
import { openService } from '../test/support/service.ts'

/** What is promised, in milliseconds. */
const FIRST_MS = 2_000
const KEY_MS = 150

const { values } = parseArgs({ options: { rounds: { type: 'string' }, keys: { type: 'string' } } })
const rounds = Number(values.rounds ?? 5)
const keys = Number(values.keys ?? 40)

/** Each key changes the colour of the whole page. */
const PUZZLE = `<!doctype html><title>Verify</title><p>Please solve the captcha to go on</p><input name="captcha" autofocus>
  <script>
    let light = true
    addEventListener('keydown', () => { light = !light; document.body.style.background = light ? '#fff' : '#000' })
  </script>`

const first: number[] = []
const answered: number[] = []
const found = await findBrowser()
if (!found) throw new Error('There is no Chromium: node scripts/ensure-parts.ts --only chromium')
const site = await startHttpServer((_request, response) => {
  response.writeHead(403, { 'content-type': 'text/html' }).end(PUZZLE)
})
const service = await openService()
const browser = await chromium.launch({ executablePath: found.executablePath, args: defaultBrowserArgs() })
try {
  for (let round = 0; round < rounds; round++) {
    const id = `round-${round}`
    await service.call('POST', '/v1/fetch', { session: id, url: site.origin })
    const { json } = await service.call('POST', `/v1/sessions/${id}/by-hand`, { url: site.origin })
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
    await measure(context, json.url)
    await context.close()
    await service.call('DELETE', `/v1/sessions/${id}`)
  }
} finally {
  await browser.close()
  await service.close()
  await site.close()
}
report('first picture, from the address on', first, FIRST_MS)
report('a key, until its picture', answered, KEY_MS)

async function measure(context: BrowserContext, url: string): Promise<void> {
  const page = await context.newPage()
  const startedAt = performance.now()
  await page.goto(url)
  await shade(page, 255)
  first.push(performance.now() - startedAt)
  const { x, y } = (await page.locator('#picture').boundingBox()) as { x: number; y: number }
  await page.mouse.click(x + 400, y + 300)
  // The first keys meet a page that is still being fitted.
  for (let n = 0; n < keys + 2; n++) {
    const ms = await page.evaluate(timeKey, n % 2 === 0 ? 0 : 255)
    if (n >= 2) answered.push(ms)
  }
}

/** Resolves when the picture has this brightness, a while off its edges. */
async function shade(page: Page, wanted: number): Promise<void> {
  await page.waitForFunction(
    (shade) => {
      const picture = document.querySelector<HTMLCanvasElement>('#picture')
      if (!picture?.width || picture.width < 400) return false
      const [red = 0] = picture.getContext('2d')?.getImageData(300, 250, 1, 1).data ?? []
      return Math.abs(red - shade) < 16
    },
    wanted,
    { polling: 'raf' },
  )
}

/** In the person's browser: presses a key, and gives the milliseconds until the picture shows it. */
function timeKey(wanted: number): Promise<number> {
  const hands = document.querySelector<HTMLTextAreaElement>('#hands')
  const brush = document.querySelector<HTMLCanvasElement>('#picture')?.getContext('2d')
  const startedAt = performance.now()
  const key = { key: 'a', code: 'KeyA', keyCode: 65, bubbles: true, cancelable: true }
  hands?.dispatchEvent(new KeyboardEvent('keydown', key))
  hands?.dispatchEvent(new KeyboardEvent('keyup', key))
  return new Promise((resolve) => {
    const look = () => {
      const [red = 0] = brush?.getImageData(300, 250, 1, 1).data ?? []
      if (Math.abs(red - wanted) < 16) resolve(performance.now() - startedAt)
      else setTimeout(look, 1)
    }
    look()
  })
}

function report(what: string, all: readonly number[], promisedMs: number): void {
  const sorted = all.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN)
  const verdict = at(0.5) <= promisedMs ? 'kept' : 'MISSED'
  process.stdout.write(
    `${what}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms of ${all.length} (p50 within ${promisedMs} ms: ${verdict})\n`,
  )
}
