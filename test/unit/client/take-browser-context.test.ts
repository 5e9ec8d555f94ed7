import { describe, expect, it } from 'vitest'
import { takeBrowserContext } from '../../../src/client/input/take-browser-context.ts'

const method = () => {}

/** A context of Playwright's, as far as is looked at. */
function aContext({
  name = 'chromium',
  closed = false,
  connected = true,
  listed = true,
  alone = false,
} = {}) {
  const context = {
    pages: method,
    newPage: method,
    newCDPSession: method,
    storageState: method,
    on: method,
    off: method,
    isClosed: () => closed,
    browser: () => (alone ? null : browser),
  }
  const browser = {
    browserType: () => ({ name: () => name }),
    isConnected: () => connected,
    contexts: () => (listed ? [context] : []),
  }
  return context
}

function messageOf(value: unknown, options?: unknown): string {
  try {
    takeBrowserContext(value, options)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
    return (error as Error).message
  }
  return 'taken'
}

describe('what session.attach() takes', () => {
  it('is an open context of Chromium', () => {
    const context = aContext()
    expect(takeBrowserContext(context)).toBe(context)
  })

  it('may be of a Playwright that does not say whether it is closed', () => {
    const { isClosed: _, ...context } = aContext()
    const withBrowser = (contexts: readonly unknown[]) => ({ ...context.browser(), contexts: () => contexts })
    const open: object = { ...context, browser: () => withBrowser([open]) }
    expect(takeBrowserContext(open)).toBe(open)
    expect(messageOf({ ...context, browser: () => withBrowser([]) })).toContain('it is closed')
  })

  it.each(['http://127.0.0.1:9222', 'ws://127.0.0.1:9222/devtools/browser/x', 'https://chrome.example'])(
    'is the DevTools address %s',
    (address) => {
      expect(takeBrowserContext(address)).toEqual({ address, contextId: undefined })
      expect(takeBrowserContext(new URL(address), { contextId: 'A1' })).toEqual({
        address: new URL(address).href,
        contextId: 'A1',
      })
    },
  )

  it.each([
    ['one of Firefox', aContext({ name: 'firefox' }), 'one of firefox'],
    ['one of WebKit', aContext({ name: 'webkit' }), 'one of webkit'],
    ['one that is closed', aContext({ closed: true }), 'it is closed'],
    ['one whose browser is gone', aContext({ connected: false }), 'it is closed'],
    ['one that its browser does not have', aContext({ listed: false }), 'it is closed'],
    ['one whose browser is not known', aContext({ alone: true }), 'update it'],
    ['a browser', { newContext: method, contexts: method }, 'browser.contexts()[0]'],
    ['a page', { goto: method, context: method }, 'page.context()'],
    ["Puppeteer's browser", { wsEndpoint: method, newPage: method }, 'browser.wsEndpoint()'],
    [
      "Puppeteer's context",
      { browser: method, newPage: method, overridePermissions: method },
      '{ contextId: context.id }',
    ],
    [
      "Puppeteer's page",
      { goto: method, createCDPSession: method },
      '{ contextId: page.browserContext().id }',
    ],
    ["Selenium's driver", { getCapabilities: method, executeScript: method }, 'debuggerAddress'],
    ['an address of another kind', 'file:///etc/passwd', 'http://127.0.0.1:9222'],
    ['no address', '127.0.0.1:9222', 'http://127.0.0.1:9222'],
    ['nothing', undefined, 'expected a BrowserContext'],
    ['null', null, 'expected a BrowserContext'],
    ['a number', 9222, 'expected a BrowserContext'],
    ['something else', { pages: method }, 'expected a BrowserContext'],
  ])('is not %s, and it says what to pass', (_, value, remedy) => {
    expect(messageOf(value)).toContain(remedy)
  })

  it.each([
    ['that is no text', 'http://127.0.0.1:9222', { contextId: 7 }, 'contextId'],
    ['that is empty', 'http://127.0.0.1:9222', { contextId: '' }, 'leave it out'],
    ['beside a context', aContext(), { contextId: 'A1' }, 'no address was given'],
    ['by another name', 'http://127.0.0.1:9222', { context: 'A1' }, 'contextId'],
  ])('takes no contextId %s', (_, value, options, remedy) => {
    expect(messageOf(value, options)).toContain(remedy)
  })

  it('never repeats an address that it refuses: it may have a token in it', () => {
    expect(messageOf('ftp://user:secret@host/')).not.toContain('secret')
  })
})
