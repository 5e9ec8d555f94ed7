import puppeteer from 'puppeteer-core'
import { Builder, By, until } from 'selenium-webdriver'
import { Options, ServiceBuilder } from 'selenium-webdriver/chrome.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findOnPath } from '../../../scripts/lib/find-on-path.ts'
import { defaultBrowserArgs, findBrowser } from '../../../src/browser/index.ts'
import type { Broker } from '../../../src/index.ts'
import { AccountSite } from '../../support/account-site.ts'
import { memoryBroker } from '../../support/broker.ts'

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

async function byPuppeteer(): Promise<Driven> {
  const found = await findBrowser()
  const browser = await puppeteer.launch({
    args: defaultBrowserArgs(),
    ...(found === null ? {} : { executablePath: found.executablePath }),
  })
  const [page = await browser.newPage()] = await browser.pages()
  return {
    address: browser.wsEndpoint(),
    async open(url) {
      await page.goto(url)
    },
    logIn: () => page.click('button'),
    async shows(text) {
      await page.waitForFunction((wanted) => document.querySelector('h1')?.textContent === wanted, {}, text)
      return text
    },
    [Symbol.asyncDispose]: () => browser.close(),
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
