import type { Browser } from 'playwright'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BrowserHost, type ContextBinding, type ContextOptions } from '../../../src/browser/index.ts'
import { connectBrowser } from '../../../src/browser/live-browser.ts'
import { SpareContext } from '../../../src/browser/spare-context.ts'
import { systemClock } from '../../../src/core/index.ts'
import { localWrite, SessionRecord } from '../../../src/record/index.ts'
import { openPooledBrowser } from '../../support/browser-pool.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

let site: TestServer
beforeEach(async () => {
  site = await startHttpServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(
      `<!doctype html><title>${request.headers.cookie ?? 'none'}</title>
       <script>document.title += ' ' + localStorage.length + ' ' + localStorage.getItem('item')</script>`,
    )
  })
})
afterEach(() => site.close())

const API = { name: 'api' }
const someRecord = () => new SessionRecord({ writer: 'one', clock: systemClock })

describe('a host whose sessions come one after the other', () => {
  let host: BrowserHost
  let browser: Browser
  beforeEach(() => {
    host = new BrowserHost(
      {},
      {
        open: async (options) => {
          const opened = await openPooledBrowser(options)
          browser = opened.browser
          return opened
        },
      },
    )
  })
  afterEach(() => host.close())

  const visit = async (binding: ContextBinding) => {
    const page = await binding.newPage()
    await page.goto(site.on('localhost'))
    return { page, title: await page.title() }
  }
  /** Two sessions that have come and gone: another is likely. */
  async function twoSessions(options: ContextOptions = {}): Promise<void> {
    for (const value of ['a', 'b']) {
      const record = someRecord()
      const binding = await host.bind(record, options)
      const { page } = await visit(binding)
      await page.evaluate((item) => {
        document.cookie = `session=${item}`
        localStorage.setItem('item', item)
      }, value)
      await binding.close()
      expect(record.localItem(site.on('localhost'), 'item')).toBe(value)
    }
  }
  /** The context that is ready, once there is one. */
  async function ready() {
    await eventually(() => expect(browser.contexts().flatMap((context) => context.pages())).toHaveLength(1))
    return browser.contexts()[0]
  }

  it('has one ready for the third, which has nothing of those before and all of its own', async () => {
    await twoSessions()
    const spare = await ready()
    const record = someRecord()
    record.receive(['session=c'], new URL(site.on('localhost')), undefined, API)
    record.write([localWrite(site.on('localhost'), 'mine', '1')], API)
    const binding = await host.bind(record)
    expect(binding.context).toBe(spare)
    // Nobody has opened a page yet.
    expect(binding.pages()).toEqual([])
    expect(binding.opened).toBe(0)
    const first = spare?.pages()[0]
    const { page, title } = await visit(binding)
    expect(page).toBe(first)
    expect(title).toBe('session=c 1 null')
    expect(binding.pages()).toEqual([page])
    // It is followed like any other page, and so is the next.
    await page.evaluate(() => localStorage.setItem('item', 'c'))
    await binding.pull()
    expect(record.localItem(site.on('localhost'), 'item')).toBe('c')
    expect((await visit(binding)).page).not.toBe(page)
    await binding.close()
  })

  it('has none ready that another kind of session could get', async () => {
    await twoSessions()
    const spare = await ready()
    const binding = await host.bind(someRecord(), { settings: { locale: 'de-DE' } })
    expect(binding.context).not.toBe(spare)
    await binding.close()
    const proxied = await host.bind(someRecord(), { proxy: { server: 'http://127.0.0.1:1' } })
    expect(proxied.context).not.toBe(spare)
    await proxied.close()
  })

  it('closes it with itself', async () => {
    await twoSessions()
    await ready()
    await host.close()
    expect(browser.contexts()).toEqual([])
  })

  it('opens another one where it has crashed', async () => {
    await twoSessions()
    const spare = await ready()
    const page = spare?.pages()[0]
    const crashed = new Promise((resolve) => page?.once('crash', resolve))
    page?.goto('chrome://crash').catch(() => {})
    await crashed
    const binding = await host.bind(someRecord())
    expect(binding.context).not.toBe(spare)
    expect((await visit(binding)).title).toBe('none 0 null')
    await binding.close()
  })
})

describe('the making of a spare', () => {
  const QUICK = { restMs: 0, keepMs: 600_000 }
  const OPTIONS = { userAgent: 'one' }
  let browser: Browser
  let binding: { idle: boolean }
  let spare: SpareContext | undefined

  async function start(times = QUICK): Promise<SpareContext> {
    binding = { idle: true }
    const opened = await openPooledBrowser({})
    browser = opened.browser
    const live = await connectBrowser(opened, 15_000)
    spare = new SpareContext({ ...live, bindings: [binding] }, times)
    return spare
  }
  afterEach(async () => {
    await spare?.close()
    await browser.close()
  })
  const taken = async (from: SpareContext, options = OPTIONS) => {
    let context: ReturnType<SpareContext['take']>
    await eventually(() => {
      context = from.take(options)
      expect(context).toBeDefined()
    })
    return context
  }
  /** Resolves when whatever was about to be made by then has been made. */
  async function madeAnother(from: SpareContext): Promise<void> {
    from.noteOpened({ userAgent: 'other' })
    from.noteOpened({ userAgent: 'other' })
    await taken(from, { userAgent: 'other' })
  }

  it('waits for a second context of the same kind', async () => {
    const one = await start()
    one.noteOpened(OPTIONS)
    one.noteRest()
    await madeAnother(one)
    expect(browser.contexts()).toHaveLength(1)
    one.noteOpened(OPTIONS)
    one.noteOpened(OPTIONS)
    expect((await taken(one))?.context.pages()).toHaveLength(1)
    // Whoever took it has it alone.
    expect(one.take(OPTIONS)).toBeUndefined()
  })

  it('waits until nobody works in the browser', async () => {
    const one = await start()
    binding.idle = false
    one.noteOpened(OPTIONS)
    one.noteOpened(OPTIONS)
    binding.idle = true
    one.noteRest()
    await taken(one)
  })

  it('is left where it would leave a file', async () => {
    const one = await start()
    const recording = { ...OPTIONS, recordVideo: { dir: '/nowhere' } }
    one.noteOpened(recording)
    one.noteOpened(recording)
    await madeAnother(one)
    expect(browser.contexts()).toHaveLength(1)
  })

  it('ends when nobody came', async () => {
    const one = await start({ restMs: 0, keepMs: 1 })
    const closed: string[] = []
    one.noteOpened(OPTIONS)
    one.noteOpened(OPTIONS)
    await eventually(() => {
      for (const context of browser.contexts()) context.once('close', () => closed.push('closed'))
      expect(closed).not.toEqual([])
    })
    expect(browser.contexts()).toEqual([])
    expect(one.take(OPTIONS)).toBeUndefined()
  })

  it('ends with the browser, also in the middle', async () => {
    const one = await start()
    one.noteOpened(OPTIONS)
    one.noteOpened(OPTIONS)
    await eventually(() => expect(browser.contexts()).toHaveLength(1))
    await one.close()
    expect(browser.contexts()).toEqual([])
    one.noteOpened(OPTIONS)
    one.noteOpened(OPTIONS)
    expect(one.take(OPTIONS)).toBeUndefined()
  })
})

it.each([
  ['has a window', { headless: false }],
  ['wants none', { spareContext: false }],
])('a browser that %s makes none', async (_, options) => {
  const browsers: Browser[] = []
  // The option alone decides: what opens is the usual browser.
  const open = async () => {
    const opened = await openPooledBrowser({})
    browsers.push(opened.browser)
    return opened
  }
  const [without, usual] = [new BrowserHost(options, { open }), new BrowserHost({}, { open })]
  const opened = new Set<unknown>()
  for (const host of [without, usual]) {
    for (let n = 0; n < 3; n++) {
      const binding = await host.bind(someRecord())
      if (host === without) opened.add(binding.context)
      await binding.close()
    }
  }
  // The one that began later has made its own by now.
  await eventually(() => expect(browsers[1]?.contexts()).toHaveLength(1))
  expect(browsers[0]?.contexts()).toEqual([])
  expect(opened.size).toBe(3)
  await Promise.all([without.close(), usual.close()])
})
