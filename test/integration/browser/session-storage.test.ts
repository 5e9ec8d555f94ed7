import type { Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BrowserHost, type ContextBinding } from '../../../src/browser/index.ts'
import { systemClock } from '../../../src/core/index.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

describe('sessionStorage of a session that was parked', () => {
  let host: BrowserHost
  let server: TestServer
  let record: SessionRecord
  let binding: ContextBinding
  /** Two origins. */
  let site: string
  let other: string

  beforeAll(async () => {
    host = new BrowserHost()
    server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>site</title>')
    })
    site = server.on('localhost')
    other = server.origin
  })
  afterAll(async () => {
    await host.close()
    await server.close()
  })
  beforeEach(async () => {
    record = new SessionRecord({ writer: 'one', clock: systemClock })
    binding = await host.bind(record)
    const page = await open()
    await put(page, 'first')
    await reopen()
  })

  async function open(origin = site): Promise<Page> {
    const page = await binding.newPage()
    await page.goto(`${origin}/`)
    return page
  }
  async function reopen(): Promise<void> {
    await binding.close()
    binding = await host.bind(record)
  }
  const put = (page: Page, value: string) =>
    page.evaluate((value) => sessionStorage.setItem('token', value), value)
  const token = (page: Page) => page.evaluate(() => sessionStorage.getItem('token'))
  const parked = (origin = site) => record.value('session-snapshot', origin) ?? null

  it('is in every page that is opened before anybody writes', async () => {
    expect([await token(await open()), await token(await open())]).toEqual(['first', 'first'])
    await reopen()
    expect(parked()).toEqual({ token: 'first' })
  })

  it('is given to a new page as it was written last, in a page that is open', async () => {
    const page = await open()
    await put(page, 'second')
    const next = await open()
    expect(await token(next)).toBe('second')
    await next.reload()
    expect(await token(next)).toBe('second')
    await put(next, 'third')
    expect([await token(page), await token(await open())]).toEqual(['second', 'third'])
    await put(page, 'fourth')
    expect(await token(await open())).toBe('fourth')
    await reopen()
    expect(parked()).toEqual({ token: 'fourth' })
    expect(await token(await open())).toBe('fourth')
  })

  it('is given to a new page as a page that was closed wrote it', async () => {
    const idle = await open()
    const page = await open()
    await put(page, 'second')
    await page.close()
    expect(await token(await open())).toBe('second')
    expect(await token(idle)).toBe('first')
    await reopen()
    expect(parked()).toEqual({ token: 'second' })
  })

  it('stays deleted, and what was cleared stays empty', async () => {
    const page = await open()
    await page.evaluate(() => sessionStorage.removeItem('token'))
    const next = await open()
    expect(await token(next)).toBeNull()
    await page.close()
    expect(await token(await open())).toBeNull()
    await reopen()
    expect(parked()).toBeNull()
    expect(await token(await open())).toBeNull()
  })

  it('is as a page left it that has gone to another origin', async () => {
    const page = await open()
    await put(page, 'second')
    await page.goto(`${other}/`)
    expect(await token(await open())).toBe('second')
    await page.close()
    expect(await token(await open())).toBe('second')
    await reopen()
    expect(parked()).toEqual({ token: 'second' })
  })

  it('is as a page wrote it that has crashed', async () => {
    const page = await open()
    await put(page, 'second')
    // Another page sees it: it has been told of.
    expect(await token(await open())).toBe('second')
    const crashed = page.waitForEvent('crash')
    page.goto('chrome://crash').catch(() => {})
    await crashed
    expect(await token(await open())).toBe('second')
    await reopen()
    expect(parked()).toEqual({ token: 'second' })
  })

  it('is as a popup wrote it that began with what its opener had', async () => {
    const page = await open()
    await page.evaluate(() => sessionStorage.setItem('user', 'me'))
    const opened = page.waitForEvent('popup')
    await page.evaluate(() => void window.open('/popup'))
    const popup = await opened
    await popup.waitForLoadState()
    await popup.evaluate(() => sessionStorage.setItem('token', 'second'))
    const next = await open()
    expect(await next.evaluate(() => ({ ...sessionStorage }))).toEqual({ token: 'second', user: 'me' })
    expect(await token(page)).toBe('first')
    await popup.close()
    await reopen()
    expect(parked()).toEqual({ token: 'second', user: 'me' })
  })

  it('does not begin in a new page where nothing was parked', async () => {
    const page = await open(other)
    await put(page, 'of this tab')
    expect(await token(await open(other))).toBeNull()
    await reopen()
    expect(parked(other)).toEqual({ token: 'of this tab' })
  })
})
