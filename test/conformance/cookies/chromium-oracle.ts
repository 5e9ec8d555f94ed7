import type { CDPSession, Frame, Page } from 'playwright'
import type { RequestContext } from '../../../src/record/cookie.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { type LoopbackServer, startLoopbackServer } from './loopback-server.ts'
import { chromiumJar, type ShownJar } from './shown-jar.ts'

/** Sets these lines, or asks for the header, as a page or a request in this context would. */
export type OracleStep =
  | {
      readonly set: string
      readonly lines: readonly string[]
      readonly context?: RequestContext
      readonly date?: string
    }
  | { readonly get: string; readonly context?: RequestContext }

/** A real Chromium that says which Cookie headers it sends. */
export interface ChromiumOracle {
  /** Runs the steps with an empty jar; the headers that were sent at each `get`, in order, as byte strings. */
  ask(steps: readonly OracleStep[]): Promise<string[]>
  /** Chromium's jar as it is now. */
  jar(): Promise<ShownJar>
  /** The page that asks; its context has the jar. */
  readonly page: Page
  readonly server: LoopbackServer
  close(): Promise<void>
}

/** Starts Chromium and the server that is every host for it. */
export async function startChromiumOracle(): Promise<ChromiumOracle> {
  const server = await startLoopbackServer()
  const browser = await launchChromium([`--host-resolver-rules=MAP * 127.0.0.1:${server.port}`])
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const cdp: CDPSession = await context.newCDPSession(page)

  async function sent(url: string, how: RequestContext): Promise<string> {
    if (how.via === 'document.cookie') {
      await page.goto(url)
      return page.evaluate(() => document.cookie)
    }
    const seen = server.next(url)
    await Promise.all([seen, request(page, url, how)])
    return (await seen).cookie
  }

  return {
    async ask(steps) {
      await context.clearCookies()
      const headers: string[] = []
      for (const step of steps) {
        const how = step.context ?? {}
        if ('get' in step) headers.push(await sent(step.get, how))
        else if (how.via === 'document.cookie') {
          await page.goto(step.set)
          await page.evaluate(write, [...step.lines])
        } else {
          const lines = step.lines.map((line) => `Set-Cookie: ${line}`)
          server.answer(step.set, step.date ? [...lines, `Date: ${step.date}`] : lines)
          await sent(step.set, how)
        }
      }
      return headers
    },
    jar: () => chromiumJar(cdp),
    page,
    server,
    async close() {
      await browser.close()
      await server.close()
    },
  }
}

async function request(page: Page, url: string, how: RequestContext): Promise<void> {
  const kind = how.kind ?? 'navigate'
  const top = how.topLevelUrl ?? how.initiator ?? url
  if (kind === 'navigate') {
    await page.goto(url)
    return
  }
  if (kind === 'fetch' || kind === 'img' || kind === 'iframe') {
    await page.goto(top)
    const requester =
      how.initiator && how.initiator !== top ? await embed(page, how.initiator) : page.mainFrame()
    await requester.evaluate(fromPage, { kind, url })
    return
  }
  await page.goto(how.initiator ?? url)
  if (kind === 'window-open') {
    const popup = page.waitForEvent('popup')
    await page.evaluate((target) => void window.open(target), url)
    await (await popup).close()
    return
  }
  await page.evaluate(leave, { kind, url, method: how.method ?? 'GET' })
  await page.waitForURL((at) => at.href.split('?')[0] === new URL(url).href.split('?')[0])
}

function write(lines: readonly string[]): void {
  for (const line of lines) document.cookie = line
}

async function embed(page: Page, url: string): Promise<Frame> {
  const attached = page.waitForEvent('framenavigated', (frame) => frame.parentFrame() !== null)
  await page.evaluate((src) => {
    const frame = document.createElement('iframe')
    frame.src = src
    document.body.append(frame)
  }, url)
  return attached
}

function fromPage({ kind, url }: { kind: string; url: string }): Promise<unknown> | undefined {
  if (kind === 'fetch') return fetch(url, { credentials: 'include' }).then((response) => response.text())
  const element = document.createElement(kind) as HTMLImageElement | HTMLIFrameElement
  const done = new Promise((resolve) => {
    element.onload = resolve
    element.onerror = resolve
  })
  element.src = url
  document.body.append(element)
  return done
}

function leave({ kind, url, method }: { kind: string; url: string; method: string }): void {
  if (kind === 'link') {
    const link = document.createElement('a')
    link.href = url
    document.body.append(link)
    link.click()
    return
  }
  const form = document.createElement('form')
  form.method = method
  form.action = url
  document.body.append(form)
  form.submit()
}
