import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright'
import type { Identity } from '../record/index.ts'

/** Asks the browser what it sends to a site. */
export async function probeIdentity(browser: Browser): Promise<Identity> {
  const context = await browser.newContext()
  try {
    return await probePage(await context.newPage())
  } finally {
    await context.close().catch(() => {})
  }
}

/**
 * Asks a page what it sends to a site, by letting it fetch one document from a server on this machine. One of a remote
 * browser, which cannot reach that server, is asked through its scripts' view instead.
 */
export async function probePage(page: Page): Promise<Identity> {
  // Anybody on this machine can come to the port: only who knows the path is the browser.
  const path = `/${randomUUID()}`
  const server = createServer((request, response) => {
    if (request.url !== path) return void response.writeHead(404).end()
    seen = request.headers
    response.end('<!doctype html>')
  })
  let seen: Record<string, string | string[] | undefined> = {}
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    await page.goto(url, { timeout: 10_000 }).catch(() => {})
    // On another machine this address is unused, or belongs to another program.
    if (seen['user-agent'] === undefined) {
      const userAgent = await page.evaluate(() => navigator.userAgent)
      const languages = await page.evaluate(() => navigator.languages.join(','))
      return { userAgent, clientHints: {}, acceptLanguage: languages }
    }
    const clientHints: Record<string, string> = {}
    for (const [name, value] of Object.entries(seen)) {
      if (name.startsWith('sec-ch-ua') && typeof value === 'string') clientHints[name] = value
    }
    return {
      userAgent: String(seen['user-agent'] ?? ''),
      clientHints,
      acceptLanguage: String(seen['accept-language'] ?? ''),
    }
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
