import puppeteer, { type Page } from 'puppeteer-core'
import { Builder, By, until } from 'selenium-webdriver'
import { Options, ServiceBuilder } from 'selenium-webdriver/chrome.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findOnPath } from '../../../scripts/lib/find-on-path.ts'
import { defaultBrowserArgs, findBrowser } from '../../../src/browser/index.ts'
import type { Broker } from '../../../src/index.ts'
import { AccountSite } from '../../support/account-site.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'

/** What drives a browser from outside, as far as a test needs it. */
interface Driven extends AsyncDisposable {
  /** The DevTools address of the browser. */
  readonly address: string
  open(url: string): Promise<void>
  logIn(): Promise<void>
  /** What the page says, once it says this. */
  shows(text: string): Promise<string>
}

async function bySelenium(): Promise<Driven> {
  const chromedriver = findOnPath(['chromedriver'])
  if (chromedriver === null)
    throw new Error('chromedriver is missing: node scripts/ensure-parts.ts --only chromedriver')
  const options = new Options()
  options.addArguments('--headless=new', ...defaultBrowserArgs())
  // The one of its version, which comes with it.
  const binary = findOnPath(['chromium', 'chromium-browser']) ?? (await findBrowser())?.executablePath
  if (binary) options.setChromeBinaryPath(binary)
  const driver = await new Builder()
    .forBrowser('chrome')
    .setChromeOptions(options)
    .setChromeService(new ServiceBuilder(chromedriver))
    .build()
  const { debuggerAddress } = (await driver.getCapabilities()).get('goog:chromeOptions')
  return {
    address: `http://${debuggerAddress}`,
    open: (url) => driver.get(url),
    logIn: () => driver.findElement(By.css('button')).click(),
    async shows(text) {
      const heading = await driver.findElement(By.css('h1'))
      await driver.wait(until.elementTextIs(heading, text), 20_000)
      return heading.getText()
    },
    [Symbol.asyncDispose]: () => driver.quit(),
  }
}

async function launchPuppeteer() {
  const found = await findBrowser()
  return puppeteer.launch({
    args: defaultBrowserArgs(),
    ...(found === null ? {} : { executablePath: found.executablePath }),
  })
}

async function byPuppeteer(): Promise<Driven> {
  const browser = await launchPuppeteer()
  const [page = await browser.newPage()] = await browser.pages()
  return drivenPage(browser.wsEndpoint(), page, () => browser.close())
}

/** A page of Puppeteer's, in whichever context. */
function drivenPage(address: string, page: Page, close: () => Promise<void>): Driven {
  return {
    address,
    async open(url) {
      await page.goto(url)
    },
    logIn: () => page.click('button'),
    async shows(text) {
      await page.waitForFunction((wanted) => document.querySelector('h1')?.textContent === wanted, {}, text)
      return text
    },
    [Symbol.asyncDispose]: close,
  }
}

let broker: Broker
let site: AccountSite

beforeAll(async () => {
  broker = await memoryBroker()
  site = await AccountSite.start()
})

afterAll(async () => {
  await broker.close()
  await site.close()
})

describe.each([
  ['Selenium', bySelenium],
  ['Puppeteer', byPuppeteer],
])('a browser that %s drives', (name, start) => {
  it('logs in there, is logged in here, logs out here, and is logged out there', async () => {
    await using driven = await start()
    const session = await broker.session(name)
    const me = async () => (await session.fetch(site.url('/me'))).text()
    await driven.open(site.origin)
    await driven.shows('nobody')
    const attached = await session.attach(driven.address)
    expect(await me()).toBe('nobody')
    await driven.logIn()
    expect(await driven.shows('alice')).toBe('alice')
    expect(await me()).toBe('alice')
    expect(await session.localStorage(site.origin).get('last')).toBe('alice')
    await (await session.fetch(site.url('/logout'), { method: 'POST' })).text()
    await driven.open(site.origin)
    expect(await driven.shows('nobody')).toBe('nobody')
    await (await session.fetch(site.url('/login'), { method: 'POST' })).text()
    await driven.open(site.origin)
    expect(await driven.shows('alice')).toBe('alice')
    await attached.detach()
    // It is theirs as before.
    await driven.open(site.origin)
    expect(await driven.shows('alice')).toBe('alice')
  })
})

describe('contexts that Puppeteer makes beside the default one', () => {
  /** A browser with its default context and two more, each with a page that is open. */
  const startContexts = async () => {
    const browser = await launchPuppeteer()
    const address = browser.wsEndpoint()
    const driven = async (context: Awaited<ReturnType<typeof browser.createBrowserContext>>) => ({
      context,
      ...drivenPage(address, await context.newPage(), () => context.close()),
    })
    const usual = drivenPage(address, (await browser.pages())[0] ?? (await browser.newPage()), async () => {})
    const [one, other] = [
      await driven(await browser.createBrowserContext()),
      await driven(await browser.createBrowserContext()),
    ]
    return { address, browser, usual, one, other, [Symbol.asyncDispose]: () => browser.close() }
  }

  it('are attached each to a session of its own, and never mixed', async () => {
    await using there = await startContexts()
    const { address, usual, one, other } = there
    const sessions = await Promise.all(['usual', 'one', 'other'].map((id) => broker.session(`context ${id}`)))
    const me = (at: number) => async () => (await sessions[at]!.fetch(site.url('/me'))).text()
    const [meUsual, meOne, meOther] = [me(0), me(1), me(2)]
    for (const driven of [usual, one, other]) {
      await driven.open(site.origin)
      await driven.shows('nobody')
    }
    // What was done before counts, too.
    await one.logIn()
    await one.shows('alice')
    const attached = [
      await sessions[0]!.attach(address),
      await sessions[1]!.attach(address, { contextId: one.context.id as string }),
      await sessions[2]!.attach(address, { contextId: other.context.id as string }),
    ]
    for (const { context } of attached)
      expect(context.pages().map((page) => page.url())).toEqual([`${site.origin}/`])
    expect(await Promise.all([meUsual(), meOne(), meOther()])).toEqual(['nobody', 'alice', 'nobody'])
    const last = () => Promise.all(sessions.map((session) => session.localStorage(site.origin).get('last')))
    expect(await last()).toEqual([null, 'alice', null])

    // Log in there, fetch here; log out here, see it there.
    await other.logIn()
    await other.shows('alice')
    expect(await Promise.all([meUsual(), meOne(), meOther()])).toEqual(['nobody', 'alice', 'alice'])
    await (await sessions[1]!.fetch(site.url('/logout'), { method: 'POST' })).text()
    for (const driven of [usual, one, other]) await driven.open(site.origin)
    await one.shows('nobody')
    await other.shows('alice')
    await usual.shows('nobody')
    expect(await last()).toEqual([null, 'alice', 'alice'])

    // Pages that Onejar opens are in the right one.
    const page = await sessions[1]!.page()
    await page.goto(site.origin)
    const urls = async () => (await one.context.pages()).map((each) => each.url())
    expect(await urls()).toEqual([`${site.origin}/`, `${site.origin}/`])
    expect(await other.context.pages()).toHaveLength(1)
    await page.close()

    for (const each of attached) await each.detach()
    await other.open(site.origin)
    await other.shows('alice')
    expect(await Promise.all([meUsual(), meOne(), meOther()])).toEqual(['nobody', 'nobody', 'alice'])
  })

  it('are one session’s at a time, and have to be there', async () => {
    await using there = await startContexts()
    const { address, one, other } = there
    const [first, second] = [await broker.session('first of two'), await broker.session('second of two')]
    const contextId = one.context.id as string
    await using attached = await first.attach(address, { contextId })
    expect((await errorOf(second.attach(address, { contextId }))).code).toBe('ONEJAR_CONTEXT_IN_USE')
    const unknown = await errorOf(second.attach(address, { contextId: 'ABCDEF' }))
    expect([unknown.code, unknown.message]).toEqual([
      'ONEJAR_BAD_OPTIONS',
      expect.stringContaining('the browser has no such context'),
    ])
    await using _ = await second.attach(address, { contextId: other.context.id as string })
    await attached.detach()
    await using again = await (await broker.session('third')).attach(address, { contextId })
    expect(again.attached).toBe(true)
  })

  it('may be closed by their owner: the session goes on without one, and the other contexts stay', async () => {
    await using there = await startContexts()
    const { address, one, other } = there
    const session = await broker.session('left alone')
    await one.open(site.origin)
    await one.logIn()
    await one.shows('alice')
    const attached = await session.attach(address, { contextId: one.context.id as string })
    await one.context.close()
    await eventually(() => expect(attached.attached).toBe(false))
    expect(await (await session.fetch(site.url('/me'))).text()).toBe('alice')
    await other.open(site.origin)
    await other.shows('nobody')
  })

  it('have popups, which are pages of the same session', async () => {
    await using there = await startContexts()
    const { address, one } = there
    const session = await broker.session('with a popup')
    await using _ = await session.attach(address, { contextId: one.context.id as string })
    await one.open(site.origin)
    await one.shows('nobody')
    const [page] = await one.context.pages()
    const opened = new Promise<void>((resolve) => one.context.once('targetcreated', () => resolve()))
    await page!.evaluate((url) => void window.open(url), site.url('/popup'))
    await opened
    const popup = (await eventually(async () => {
      const [, found] = await one.context.pages()
      if (found === undefined) throw new Error('no popup yet')
      return found
    })) as Page
    await popup.waitForSelector('button')
    await popup.click('button')
    await popup.waitForFunction(() => document.querySelector('h1')?.textContent === 'alice')
    expect(await (await session.fetch(site.url('/me'))).text()).toBe('alice')
    expect(await session.localStorage(site.origin).get('last')).toBe('alice')
  })
})
