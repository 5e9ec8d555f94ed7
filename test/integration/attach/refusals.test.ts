import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Broker } from '../../../src/index.ts'
import { usersBrowser } from '../../support/attachable.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

let broker: Broker
let browser: Browser
let server: TestServer

beforeAll(async () => {
  broker = await memoryBroker({ identity: undefined })
  browser = await usersBrowser()
  server = await startHttpServer((request, response) => {
    const { 'user-agent': agent, 'accept-language': language } = request.headers
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ agent, language }))
  })
})

afterAll(async () => {
  await broker.close()
  await browser.close()
  await server.close()
})

describe('a context that cannot be attached', () => {
  it('is closed', async () => {
    const context = await browser.newContext()
    await context.close()
    const session = await broker.session('closed')
    expect(await errorOf(session.attach(context))).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
  })

  it('is another session’s, until that one has left it', async () => {
    await using context = await browser.newContext()
    const [first, second] = [await broker.session('first'), await broker.session('second')]
    const attached = await first.attach(context)
    expect(await errorOf(second.attach(context))).toMatchObject({ code: 'ONEJAR_CONTEXT_IN_USE' })
    await attached.detach()
    await attached.detach()
    await (await second.attach(context)).detach()
  })

  it('is given to a session that has one, or is about to', async () => {
    await using context = await browser.newContext()
    await using other = await browser.newContext()
    const session = await broker.session('two')
    const attaching = session.attach(context)
    expect(await errorOf(session.attach(other))).toMatchObject({ code: 'ONEJAR_CONTEXT_IN_USE' })
    await using _ = await attaching
    expect(await errorOf(session.attach(other))).toMatchObject({ code: 'ONEJAR_CONTEXT_IN_USE' })
    expect(other.pages()).toEqual([])
  })

  it('is given to a session that has pages open, and is taken when they are closed', async () => {
    await using context = await browser.newContext()
    const session = await broker.session('pages')
    const page = await session.page()
    expect(await errorOf(session.attach(context))).toMatchObject({ code: 'ONEJAR_CONTEXT_IN_USE' })
    const another = await broker.session('another')
    expect(await errorOf(another.attach(page.context()))).toMatchObject({ code: 'ONEJAR_CONTEXT_IN_USE' })
    await page.close()
    await (await session.attach(context)).detach()
  })

  it('is given to a session that was released', async () => {
    await using context = await browser.newContext()
    const session = await broker.session('released')
    await session.release()
    expect(await errorOf(session.attach(context))).toMatchObject({ code: 'ONEJAR_CLOSED' })
  })

  it('is at an address where no browser is', async () => {
    const session = await broker.session('address')
    const error = await errorOf(session.attach(server.origin))
    expect(error).toMatchObject({ code: 'ONEJAR_BROWSER_FAILED' })
  })
})

describe('a context that is attached', () => {
  it('is what a new session shows of itself over HTTP', async () => {
    await using context = await browser.newContext({ userAgent: 'A browser of mine', locale: 'de-DE' })
    const session = await broker.session('identity')
    await using _ = await session.attach(context)
    expect(await (await session.fetch(server.origin)).json()).toMatchObject({
      agent: 'A browser of mine',
      language: expect.stringMatching(/^de/),
    })
    expect(context.pages()).toEqual([])
  })

  it('may be closed by its owner: the session goes on, and can have another', async () => {
    const context = await browser.newContext()
    const session = await broker.session('theirs')
    const attached = await session.attach(context)
    const page = await context.newPage()
    await page.goto(server.origin)
    await page.evaluate(() => {
      document.cookie = 'last=1'
    })
    await session.flush()
    await context.close()
    expect(attached.attached).toBe(false)
    expect(session.cookies.header(server.origin)).toBe('last=1')
    await using other = await browser.newContext()
    await using _ = await session.attach(other)
    expect((await other.cookies()).map(({ name }) => name)).toEqual(['last'])
  })

  it('keeps its owner’s listeners and ways, and none of ours, when it is detached', async () => {
    await using context = await browser.newContext()
    const page = await context.newPage()
    const { close } = page
    const session = await broker.session('clean')
    const listeners = () =>
      ['page', 'close', 'serviceworker'].map((name) =>
        (context as never as NodeJS.EventEmitter).listenerCount(name),
      )
    const before = listeners()
    await (await session.attach(context)).detach()
    expect(listeners()).toEqual(before)
    expect(page.close).toBe(close)
    expect(context.pages()).toEqual([page])
  })
})
