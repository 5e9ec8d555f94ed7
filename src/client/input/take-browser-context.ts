import type { BrowserContext } from 'playwright'
import { OnejarError } from '../../core/index.ts'
import { Input } from './input.ts'

const ATTACH = new Input('session.attach()')

/** What a context has to be able to do. */
const METHODS = ['pages', 'newPage', 'browser', 'newCDPSession', 'storageState', 'on', 'off'] as const

/** What is given by mistake, by methods that nothing else has, and what to give instead. */
const MISTAKES: readonly (readonly [methods: readonly string[], remedy: string])[] = [
  [['newContext', 'contexts'], 'a browser was given: pass one of its contexts, as browser.contexts()[0]'],
  [['goto', 'context'], 'a page was given: pass page.context()'],
  [['wsEndpoint', 'newPage'], "Puppeteer's browser was given: pass browser.wsEndpoint()"],
  [
    ['browser', 'newPage', 'overridePermissions'],
    "a context of Puppeteer's was given: pass browser.wsEndpoint(), { contextId: context.id }",
  ],
  [
    ['goto', 'createCDPSession'],
    "a page of Puppeteer's was given: pass browser.wsEndpoint(), { contextId: page.browserContext().id }",
  ],
  [
    ['getCapabilities', 'executeScript'],
    "Selenium's driver was given: pass the debuggerAddress of its capability goog:chromeOptions, after http://",
  ],
]

/** The DevTools address of a browser, and the id of a context in it; undefined for the default one. */
export interface ContextAddress {
  readonly address: string
  readonly contextId: string | undefined
}

/**
 * A browser context of the caller's that can be attached, or where one is.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function takeBrowserContext(value: unknown, options?: unknown): BrowserContext | ContextAddress {
  const given = ATTACH.members(options, ['contextId']).contextId
  const contextId = given === undefined ? undefined : ATTACH.text(given, 'contextId')
  if (contextId === '') throw ATTACH.bad('contextId: expected the id of a context; without one, leave it out')
  if (typeof value === 'string' || value instanceof URL)
    return { address: takeAddress(String(value)), contextId }
  if (contextId !== undefined)
    throw ATTACH.bad('contextId: it names a context of the browser at an address, and no address was given')
  const mistake = MISTAKES.find(([methods]) => methods.every((name) => can(value, name)))
  if (mistake !== undefined) throw ATTACH.bad(mistake[1])
  if (!METHODS.every((name) => can(value, name)))
    throw ATTACH.bad(
      "context: expected a BrowserContext of Playwright's, or the DevTools address of a browser",
    )
  const context = value as BrowserContext
  const browser = context.browser()
  if (browser === null)
    throw ATTACH.bad(
      'context: this version of Playwright does not say which browser a persistent context has: update it, or attach by ' +
        'the DevTools address',
    )
  const name = browser.browserType().name()
  if (name !== 'chromium')
    throw ATTACH.bad(`context: it is one of ${name}, and only Chromium can be attached`)
  if (isClosed(context)) throw ATTACH.bad('context: it is closed')
  return context
}

function isClosed(context: BrowserContext): boolean {
  // Versions before 1.59 do not say.
  const { isClosed: ask } = context as { isClosed?: () => boolean }
  const browser = context.browser()
  return ask?.call(context) === true || !browser?.isConnected() || !browser.contexts().includes(context)
}

function takeAddress(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^(?:https?|wss?):$/.test(url.protocol))
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'session.attach(): address: expected that of a DevTools endpoint, as http://127.0.0.1:9222',
    )
  return text
}

function can(value: unknown, name: string): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as Record<string, unknown>)[name] === 'function'
}
