import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoReport, maskValue } from '../../../examples/demo/report/data.ts'
import { reportDocument } from '../../../examples/demo/report/document.ts'
import { writeReport } from '../../../examples/demo/report.ts'
import { launchChromium } from './launch-chromium.ts'

const HOSTILE = `</title><script>document.title = 'owned'</script><img src=x onerror="document.title='owned'">'"&`

function reportOf(text: string): DemoReport {
  return {
    title: text,
    origin: text,
    startedAt: 1_700_000_000_000,
    solves: 1,
    figures: [{ name: text, value: text, ok: false }],
    requests: [{ at: 1_700_000_000_100, path: text, via: 'http', status: 200, ms: 3 }],
    visits: [{ from: 1_700_000_000_000, to: 1_700_000_000_090, reason: text }],
    events: [{ at: 1_700_000_000_050, type: text, detail: text }],
    cookies: [{ name: text, domain: text, maskedValue: text, attributes: text }],
    hybrid: { pages: 1, ms: 3 },
    browserOnly: { pages: 1, ms: 40 },
  }
}

describe('maskValue()', () => {
  it.each([
    ['', '(empty)'],
    ['abcd', '… (4 characters)'],
    ['a', '… (1 character)'],
    ['abcde', 'a… (5 characters)'],
    ['canary-0123456789', 'c… (17 characters)'],
  ])('of %j shows %j', (value, masked) => expect(maskValue(value)).toBe(masked))
})

describe('reportDocument()', () => {
  it('holds no markup that came from a site', () => {
    const document = reportDocument(reportOf(HOSTILE))
    expect(document).not.toContain('<script')
    expect(document).not.toContain('<img')
    expect(document.split('&lt;script&gt;').length - 1).toBe(14)
  })

  it('copes with a crawl in which nothing happened', () => {
    const empty = { figures: [], requests: [], visits: [], events: [], cookies: [] }
    const none = { pages: 0, ms: 0 }
    const document = reportDocument({ ...reportOf('quiet'), ...empty, hybrid: none, browserOnly: none })
    expect(document).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('is shown by a browser under its own policy: styled, nothing run, nothing loaded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onejar-report-'))
    const browser = await launchChromium()
    try {
      const file = join(folder, 'made', 'report.html')
      await writeReport(file, reportOf(HOSTILE))
      expect(await readFile(file, 'utf8')).toBe(reportDocument(reportOf(HOSTILE)))
      const page = await browser.newPage()
      const seen: string[] = []
      page.on('request', (request) => seen.push(request.url()))
      page.on('console', (message) => seen.push(message.text()))
      await page.goto(`file://${file}`)
      expect(await page.title()).toBe(HOSTILE)
      expect(
        await page
          .locator('section')
          .first()
          .evaluate((node) => getComputedStyle(node).borderRadius),
      ).toBe('12px')
      expect(await page.locator('svg rect.http').count()).toBe(2)
      expect(seen.filter((url) => !url.startsWith('data:'))).toEqual([`file://${file}`])
    } finally {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    }
  }, 60_000)
})
