import type { BrowserContext, Page } from '@playwright/test'
import { type Broker, type BrokerOptions, openBroker, type Session } from '../../src/index.ts'
import { test as base } from '../../src/test-runner/index.ts'
import { ATTACHABLE } from '../support/attachable.ts'
import { Site } from './site.ts'
import { toThisMachine } from './to-this-machine.ts'

export { expect } from '../../src/test-runner/index.ts'

type BrowserOptions = NonNullable<BrokerOptions['browser']>

const HOST_RULES = ['--host-resolver-rules=MAP * 127.0.0.1']

/** For tests: no store, no identity of its own, every name resolves to this machine. */
const options = (browser: BrowserOptions = {}): BrokerOptions => ({
  store: 'memory',
  identity: null,
  robots: false,
  trackingCookies: 'withhold',
  connect: toThisMachine,
  browser: { ...browser, args: HOST_RULES },
})

/** A broker of a test's own. */
export function openTestBroker(browser: BrowserOptions = {}): Promise<Broker> {
  return openBroker(options(browser))
}

/** Each test opens pages of a real browser: on a busy machine that takes its time. */
const WAIT_MS = 120_000

/**
 * The contexts that the sessions of a run live in (`npm run test:contexts`): the name of one of `ATTACHABLE`, or `runner` for those
 * of Playwright Test. Default: contexts that Onejar makes.
 */
const KIND = process.env['ONEJAR_CONTEXTS'] ?? ''

/** One broker and one site for each worker, one session for each test. */
const sessions = base.extend<{ ask: Asker; theirs: BrowserContext | undefined }, { site: Site }>({
  brokerOptions: [options(), { scope: 'worker' }],
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright Test reads the names from this pattern
    async ({}, use) => {
      const site = await Site.start()
      await use(site)
      await site.close()
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright Test reads the names from this pattern
  theirs: async ({}, use) => {
    const own = await ATTACHABLE[KIND]?.(HOST_RULES)
    await use(own?.context)
    await own?.[Symbol.asyncDispose]()
  },
  session: async ({ session, theirs }, use) => {
    test.setTimeout(WAIT_MS)
    const attached = theirs && (await session.attach(theirs))
    await use(session)
    await attached?.detach()
  },
  ask: async ({ session, site }, use) => {
    await use(new Asker(session, site))
  },
})

/** Those of a run in which each session lives in the context that Playwright Test has made. */
const inRunner = sessions.extend<{ attached: undefined }>({
  attached: [
    async ({ context }, use) => {
      await use(void context)
    },
    { auto: true },
  ],
})

export const test = KIND === 'runner' ? inRunner : sessions

/** Asks the HTTP side. */
export class Asker {
  readonly #session: Session
  readonly #site: Site

  constructor(session: Session, site: Site) {
    this.#session = session
    this.#site = site
  }

  /** The `Cookie` header that the very next HTTP request carries. */
  async header(name = 'shop', path = ''): Promise<string> {
    const response = await this.#session.request(this.#site.echo(name, path))
    return response.body.text()
  }

  /** The cookies of that header, by name. */
  async cookies(name = 'shop', path = ''): Promise<Record<string, string>> {
    return parseHeader(await this.header(name, path))
  }

  /** A localStorage item. */
  item(key: string, name = 'shop'): Promise<string | null> {
    return this.#session.localStorage(this.#site.origin(name)).get(key)
  }

  /** An HTTP request, its body read to the end. */
  async get(url: string): Promise<string> {
    const response = await this.#session.request(url)
    return response.body.text()
  }
}

/** Has a page count in localStorage, and then in a cookie, for as long as it runs. */
export async function writeWithoutEnd(page: Page): Promise<void> {
  await page.evaluate(() => {
    let n = 0
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      localStorage.setItem('n', `${++n}`)
      document.cookie = `n=${n}; Max-Age=600`
      port2.postMessage(0)
    }
    port2.postMessage(0)
  })
}

export function parseHeader(header: string): Record<string, string> {
  return Object.fromEntries(
    header
      .split('; ')
      .filter((pair) => pair !== '')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}
