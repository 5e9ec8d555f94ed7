import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Broker, openBroker } from '../../../src/index.ts'
import { startHttp2Server, type TestServer } from '../../support/http-server.ts'

const IDENTITY = {
  userAgent:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
  acceptLanguage: 'de-DE,de;q=0.7,en;q=0.3',
  clientHints: {
    'sec-ch-ua': '"Chromium";v="150", "Not:A-Brand";v="24"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': '"Windows"',
  },
}
const SHOWN = ['user-agent', 'accept-language', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform']

let server: TestServer
/** Who asked for a path, by the headers that tell. */
const asked = new Map<string, Record<string, string>>()

beforeAll(async () => {
  server = await startHttp2Server((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x')
    const shown = SHOWN.flatMap((name) => {
      const value = request.headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    })
    asked.set(pathname, Object.fromEntries(shown))
    const isScript = pathname.endsWith('.js')
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript ? "fetch('/from-worker').then(() => postMessage(navigator.userAgent))" : '<p>page</p>',
    )
  })
})
afterAll(() => server.close())

const open = (identity: object | undefined): Promise<Broker> =>
  openBroker({
    store: 'memory',
    robots: false,
    ignoreHTTPSErrors: true,
    ...(identity && { identity }),
  } as never)

describe('one identity on both transports', () => {
  it.each([
    ['a chosen one', IDENTITY],
    ['a chosen one without client hints', { ...IDENTITY, clientHints: {} }],
    ['that of the browser', undefined],
  ])('%s: documents, scripts, frames, popups and workers', async (_what, identity) => {
    await using broker = await open(identity)
    const session = await broker.session('one')
    await (await session.fetch(`${server.origin}/http`)).text()
    const http = asked.get('/http')
    const page = await session.page()
    await page.goto(`${server.origin}/page`)
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(() => void window.open('/popup')),
    ])
    await popup.waitForLoadState()
    await page.evaluate(async () => {
      await fetch('/script')
      const frame = document.createElement('iframe')
      frame.src = '/frame'
      await new Promise((resolve) => {
        frame.onload = resolve
        document.body.append(frame)
      })
    })
    const inWorker = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const worker = new Worker('/worker.js')
          worker.onmessage = ({ data }) => resolve(data)
        }),
    )
    for (const path of ['/page', '/script', '/frame', '/popup']) {
      expect({ path, ...asked.get(path) }).toEqual({ path, ...http })
    }
    // A worker sends no client hints by itself, and names the browser's languages: Chromium has no word for it there.
    expect(asked.get('/from-worker')?.['user-agent']).toBe(http?.['user-agent'])
    const scripts = await page.evaluate(() => ({
      userAgent: navigator.userAgent,
      languages: navigator.languages.join(','),
    }))
    expect(scripts.userAgent).toBe(http?.['user-agent'])
    expect(inWorker).toBe(http?.['user-agent'])
    expect(http?.['accept-language']?.replace(/;q=[\d.]+/g, '')).toBe(scripts.languages)
    if (identity) {
      expect(scripts).toEqual({ userAgent: IDENTITY.userAgent, languages: 'de-DE,de,en' })
      expect(http?.['accept-language']).toBe('de-DE,de;q=0.9,en;q=0.8')
    }
  })
})
