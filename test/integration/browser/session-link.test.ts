import { type Browser, chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { innerSession } from '../../../src/browser/devtools/inner-session.ts'
import { defaultBrowserArgs, findBrowser, SessionLink } from '../../../src/browser/index.ts'

type Kind = 'driven' | 'connected'

const ending: Array<() => Promise<void>> = []
/** One that Playwright drives from this process, or one that a Playwright server has, which could be elsewhere. */
async function open(kind: Kind): Promise<Browser> {
  const executablePath =
    (await findBrowser())?.executablePath ?? 'no Chromium: npx playwright install chromium'
  const launch = { executablePath, args: [...defaultBrowserArgs()], timeout: 110_000 }
  if (kind === 'driven') {
    const browser = await chromium.launch(launch)
    ending.push(() => browser.close())
    return browser
  }
  const server = await chromium.launchServer(launch)
  ending.push(() => server.close())
  return chromium.connect(server.wsEndpoint())
}

const browsers = {} as Record<Kind, Browser>
beforeAll(async () => {
  browsers.driven = await open('driven')
  browsers.connected = await open('connected')
})
afterAll(() => Promise.all(ending.map((end) => end())))

async function openPage(kind: Kind, browser = browsers[kind]) {
  const page = await browser.newPage()
  return { page, session: await page.context().newCDPSession(page) }
}

it('goes below the public session of this Playwright where it drives the browser from this process', async () => {
  expect(innerSession((await openPage('driven')).session)).not.toBe(null)
  expect(innerSession((await openPage('connected')).session)).toBe(null)
})

it('fails a command for a browser that is gone once Playwright knows that it is', async () => {
  const { page, session } = await openPage('driven', await open('driven'))
  const link = new SessionLink(session)
  const browser = page.context().browser() as Browser
  const known = link
    .send('Runtime.evaluate', { expression: 'new Promise(() => {})', awaitPromise: true })
    .then(String, () => [browser.isConnected(), page.isClosed()])
  await new SessionLink(await browser.newBrowserCDPSession()).send('Browser.crash').catch(() => {})
  expect(await known).toEqual([false, true])
})

describe.each(['driven', 'connected'] as const)('a link to a page of a browser that is %s', (kind) => {
  it('hands on what happened before a reply before that reply, in its order', async () => {
    const link = new SessionLink((await openPage(kind)).session)
    const seen: unknown[] = []
    link.on('Runtime.bindingCalled', ({ payload }) => seen.push(payload))
    await link.send('Runtime.enable')
    await link.send('Runtime.addBinding', { name: 'note' })
    const rounds = Array.from({ length: 50 }, (_, round) => round)
    for (const round of rounds) {
      const reply = await link.send<{ result: { value: number } }>('Runtime.evaluate', {
        expression: `note('${round} first'); note('${round} second'); ${round}`,
      })
      seen.push(reply.result.value)
    }
    expect(seen).toEqual(rounds.flatMap((round) => [`${round} first`, `${round} second`, round]))
  })

  it('hands on events and replies once Playwright has heard of what happened before', async () => {
    const { page, session } = await openPage(kind)
    const link = new SessionLink(session)
    const seen: string[] = []
    page.on('console', () => seen.push('Playwright'))
    link.on('Runtime.consoleAPICalled', () => seen.push('link'))
    await link.send('Runtime.enable')
    await page.evaluate("console.log('listening')")
    const rounds = Array.from({ length: 50 }, (_, round) => String(round))
    for (const round of rounds) {
      await link.send('Runtime.evaluate', { expression: `console.log('${round}')` })
      seen.push('reply')
    }
    expect(seen.slice(-150)).toEqual(rounds.flatMap(() => ['Playwright', 'link', 'reply']))
  })

  it('says what the browser says of a command that it refuses', async () => {
    const link = new SessionLink((await openPage(kind)).session)
    await expect(link.send('Runtime.evaluate', {})).rejects.toThrow(/Invalid parameters/)
    await expect(link.send('Onejar.nothing')).rejects.toThrow("'Onejar.nothing' wasn't found")
  })

  it('fails for a page that is closed, before and after', async () => {
    const { page, session } = await openPage(kind)
    const link = new SessionLink(session)
    const waiting = link.send('Runtime.evaluate', {
      ...{ expression: 'new Promise(() => {})', awaitPromise: true },
    })
    const failed = expect(waiting).rejects.toThrow()
    await page.close()
    await failed
    await expect(link.send('Runtime.evaluate', { expression: '1' })).rejects.toThrow()
    link.close()
  })

  it('hears nothing once it is closed', async () => {
    const { page, session } = await openPage(kind)
    const link = new SessionLink(session)
    const heard: unknown[] = []
    link.on('Runtime.consoleAPICalled', (event) => heard.push(event))
    await link.send('Runtime.enable')
    await page.evaluate("console.log('before')")
    await link.send('Runtime.evaluate', { expression: '1' })
    link.close()
    link.close()
    await page.evaluate("console.log('after')")
    expect(heard).toHaveLength(1)
    await expect(link.send('Runtime.evaluate', { expression: '1' })).rejects.toThrow()
  })
})
