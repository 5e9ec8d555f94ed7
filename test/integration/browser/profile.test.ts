import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorOf, memoryBroker, ownBrowserBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

describe('browser.userDataDir', () => {
  it('keeps what its pages have for the next start, and is one session’s at a time', async () => {
    using folder = temporaryFolder()
    const userDataDir = join(folder.path, 'profile')
    await using server = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html').end(request.headers.cookie ?? 'nobody')
    })
    {
      await using broker = await ownBrowserBroker({ browser: { userDataDir } })
      const session = await broker.session('first')
      const page = await session.page()
      await page.goto(server.origin)
      await page.evaluate(() => {
        document.cookie = 'login=1; Max-Age=600'
      })
      expect(await (await session.fetch(server.origin)).text()).toBe('login=1')
      const other = await broker.session('other')
      expect(await errorOf(other.page())).toMatchObject({ code: 'ONEJAR_CONTEXT_IN_USE' })
      await session.release()
      expect(page.isClosed()).toBe(false)
      const next = await other.page()
      expect(await (await next.goto(server.origin))?.text()).toBe('login=1')
    }
    await using broker = await ownBrowserBroker({ browser: { userDataDir }, identity: undefined })
    const session = await broker.session('new')
    await session.page()
    expect(await (await session.fetch(server.origin)).text()).toBe('login=1')
  })

  it('says what a profile cannot have', async () => {
    using folder = temporaryFolder()
    const browser = { userDataDir: join(folder.path, 'profile') }
    await using broker = await ownBrowserBroker({ browser, contextOptions: { locale: 'de-DE' } })
    const session = await broker.session('told')
    expect(await errorOf(session.page())).toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
      message: expect.stringContaining('attach it'),
    })
  })
})

describe('browser.channel', () => {
  it('says that there is no such browser', async () => {
    await using broker = await ownBrowserBroker({ browser: { channel: 'chrome-canary' } })
    const session = await broker.session('channel')
    const error = await errorOf(session.page())
    expect(error).toMatchObject({ code: 'ONEJAR_BROWSER_NOT_FOUND' })
    expect(error.message).toContain('chrome-canary')
  })

  it.each([
    [{ channel: 'chrome', executablePath: '/usr/bin/chromium' }],
    [{ channel: 'chrome', cdpEndpoint: 'http://127.0.0.1:9222' }],
    [{ userDataDir: '/tmp/x', cdpEndpoint: 'http://127.0.0.1:9222' }],
    [{ channel: '../chrome' }],
  ])('is not %j', async (browser) => {
    expect(await errorOf(memoryBroker({ browser }))).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
  })
})
