import { readFileSync, statSync } from 'node:fs'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessibilityFaults, fitsWidth } from '../../support/accessibility.ts'
import { startGate } from '../../support/gates.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { CliHome } from '../cli/run-cli.ts'

const home = new CliHome()
const FILE = home.file('report.html')
const CONTENT = `<!doctype html><title>Shop</title><h1>content</h1>
<script>localStorage.setItem('basket', 'CANARY-item')</script>`

describe('the report of a run', { timeout: 90_000 }, () => {
  let browser: Browser
  let html: string
  beforeAll(async () => {
    await using site = await startGate('cookie', {
      content: CONTENT,
      attributes: () => '; secret=CANARY-attribute',
    })
    const args = ['fetch', '--report', FILE, '-b', 'sid=CANARY-cookie', '-H', 'x-api-key: CANARY-header']
    const { code, err } = await home.run([
      ...args,
      '-H',
      'authorization: Bearer CANARY-token',
      `${site.origin}/a?q=CANARY-query`,
    ])
    expect(err).toBe('')
    expect(code).toBe(0)
    html = readFileSync(FILE, 'utf8')
    browser = await launchChromium()
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    home.remove()
  })

  it('is a file for its owner alone, and holds no secret', () => {
    expect(statSync(FILE).mode & 0o777).toBe(0o600)
    expect(html).not.toContain('CANARY')
  })

  it('says which transport each request took and why, what the challenge was, and that it was solved', () => {
    const text = html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
    expect(text).toMatch(/HTTP costs least, and nothing speaks against it/)
    expect(text).toMatch(/js-challenge .*js-challenge \+0\./)
    expect(text).toMatch(/solve of http:\/\/127\.0\.0\.1:\d+\/a: [\d.]+ m?s, passed/)
    expect(text).toMatch(/localStorage basket of .* written by a page in the browser/)
  })

  it.each([
    ['light', 1_280],
    ['dark', 1_280],
    ['light', 390],
    ['dark', 390],
  ] as const)('can be used by anybody: %s, %i pixels', async (colorScheme, width) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 844 } })
    const seen: string[] = []
    page.on('request', (request) => seen.push(request.url()))
    page.on('console', (message) => seen.push(message.text()))
    await page.goto(`file://${FILE}`)
    for (const details of await page.locator('summary').all()) await details.click()
    expect(await accessibilityFaults(page)).toEqual([])
    expect(await fitsWidth(page)).toBe(true)
    // Nothing is loaded, and its own policy refuses nothing that it has.
    expect(seen.filter((url) => !url.startsWith('data:'))).toEqual([`file://${FILE}`])
    const { SCREENSHOTS } = process.env
    if (SCREENSHOTS)
      await page.screenshot({ path: `${SCREENSHOTS}/report-${colorScheme}-${width}.png`, fullPage: true })
    await page.close()
  })
})
