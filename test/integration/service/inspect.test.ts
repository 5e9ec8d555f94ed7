import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessibilityFaults, fitsWidth } from '../../support/accessibility.ts'
import { temporaryFolder } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { type OpenedService, openService } from '../../support/service.ts'

const ROOT = 'canary-root-token-0123'
const ACME = 'canary-acme-token-0123'
const BLOCK =
  "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>You don't have permission to access this server.<P>Reference #18.2e1302.1689012345.9a8b7c</body></html>"
const HOSTILE = '<img src=x onerror=alert(1)>'

describe('the inspector', { timeout: 90_000 }, () => {
  const folder = temporaryFolder()
  const trail = join(folder.path, 'audit.jsonl')
  let browser: Browser
  let service: OpenedService
  let site: TestServer
  const ask = (token: string, path: string, body: unknown) =>
    service.call('POST', path, body, { authorization: `Bearer ${token}` })
  beforeAll(async () => {
    site = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html')
      if (request.url?.startsWith('/blocked')) response.writeHead(403).end(BLOCK)
      else response.writeHead(200, { 'set-cookie': 'sid=CANARY; Path=/' }).end('<p>hello')
    })
    service = await openService({
      token: ROOT,
      tenantTokens: [{ tenant: 'acme', token: ACME }],
      broker: { robots: false, audit: { path: trail } },
    })
    await ask(ROOT, '/v1/fetch', { session: HOSTILE, url: site.origin })
    await ask(ROOT, '/v1/fetch', { session: 'alice', url: `${site.origin}/page?q=CANARY` })
    await ask(ROOT, '/v1/fetch', { session: 'alice', url: `${site.origin}/blocked` })
    await ask(ACME, '/v1/fetch', { session: 'bob', url: site.origin })
    browser = await launchChromium()
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await service?.close()
    await site?.close()
    folder[Symbol.dispose]()
  })

  async function opened(token: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage(options)
    await page.goto(`${service.url}/inspect`)
    await page.getByLabel('Token of the service').fill(token)
    await page.keyboard.press('Enter')
    await page.getByText('Live', { exact: true }).waitFor()
    return page
  }
  const section = (page: Page, name: string) => page.getByRole('region', { name })

  it('shows why requests took their transport, evidence and who wrote what, unblocks and reveals, by keyboard alone', async () => {
    const page = await opened(ROOT)
    const loaded: string[] = []
    page.on('request', (request) => loaded.push(request.url()))
    page.on('dialog', () => loaded.push('a script of a site ran'))
    await page.getByRole('button', { name: 'alice' }).focus()
    await page.keyboard.press('Enter')
    await section(page, 'Requests, and why').getByText('HTTP costs least').first().waitFor()
    await section(page, 'Challenges')
      .getByText(/block \+0\.\d+/)
      .first()
      .waitFor()
    await section(page, 'Who wrote what').getByText('written by a response over HTTP').waitFor()
    const entries = section(page, 'Cookies and localStorage')
    await entries.getByText('written by this process, 6 characters').waitFor()
    expect(await page.content()).not.toContain('CANARY')
    expect(readFileSync(trail, 'utf8')).not.toContain('session-revealed')

    await page.getByRole('button', { name: 'Show the values' }).focus()
    await page.keyboard.press('Enter')
    await entries.getByText('CANARY', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Hide the values' }).press('Enter')
    await entries.getByText('CANARY', { exact: true }).waitFor({ state: 'detached' })

    const blocked = section(page, 'Blocked origins')
    await blocked.getByRole('button', { name: `Unblock ${site.origin}` }).press('Enter')
    await blocked.getByText('None.').waitFor()

    // Live: what others do is shown without a click.
    await ask(ROOT, '/v1/fetch', { session: 'alice', url: `${site.origin}/later` })
    await section(page, 'Requests, and why').getByText(`GET ${site.origin}/later`).waitFor()
    expect(page.url()).toBe(`${service.url}/inspect`)
    expect(loaded.filter((url) => !url.startsWith(service.url))).toEqual([])
    await page.close()
  })

  it('keeps in the audit trail that values were shown', async () => {
    // Written behind the answer: the next record comes after it.
    await expect.poll(() => readFileSync(trail, 'utf8')).toContain('session-revealed')
  })

  it('shows a tenant its own sessions only, and nothing without the token', async () => {
    const page = await opened(ACME)
    await page.getByRole('button', { name: 'bob' }).waitFor()
    expect(await page.getByRole('button', { name: 'alice' }).count()).toBe(0)
    expect(await section(page, 'Service').textContent()).toContain('for a token that sees all tenants')
    await page.close()
    for (const path of [
      '/v1/open-sessions',
      '/v1/sessions/alice/report',
      '/v1/sessions/alice/entries',
      '/v1/queue',
    ])
      expect((await service.call('GET', path)).status).toBe(401)
    const acme = { authorization: `Bearer ${ACME}` }
    expect((await service.call('GET', '/v1/sessions/alice/report', undefined, acme)).json).toEqual({
      report: null,
    })
    expect(
      (await service.call('GET', '/v1/sessions/alice/report?tenant=default', undefined, acme)).status,
    ).toBe(403)
    expect((await service.call('GET', '/v1/queue', undefined, acme)).status).toBe(403)
  })

  it('is a page with a strict policy', async () => {
    for (const path of ['/inspect', '/inspect/inspect.js', '/inspect/inspect.css']) {
      const { headers } = await fetch(service.url + path)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
  })

  it.each([
    ['light', 1_280],
    ['dark', 390],
  ] as const)('can be used by anybody: %s, %i pixels', async (colorScheme, width) => {
    const page = await opened(ROOT, { colorScheme, viewport: { width, height: 844 } })
    await page.getByRole('button', { name: 'alice' }).click()
    await section(page, 'Requests, and why').getByText('HTTP costs least').first().waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    expect(await fitsWidth(page)).toBe(true)
    const { SCREENSHOTS } = process.env
    if (SCREENSHOTS)
      await page.screenshot({ path: `${SCREENSHOTS}/inspect-${colorScheme}-${width}.png`, fullPage: true })
    await page.close()
  })
})
