import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrowserHost, type ContextBinding } from '../../../src/browser/index.ts'
import { systemClock } from '../../../src/core/index.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

/** Writes as fast as timers allow, and says when it has begun. */
const BUSY = `<!doctype html><script>
  let n = 0
  setInterval(() => {
    localStorage.setItem('n', String(++n))
    document.cookie = 'n=' + n
    if (n === 3) document.title = 'writing'
  }, 1)
</script>`
/** Its thread is taken from the moment on that it asks for this. */
const SPINNING = `<!doctype html><script>
  const request = new XMLHttpRequest()
  request.open('GET', '/held', false)
  request.send()
  for (;;);
</script>`

describe('a page that is finished before it is closed', () => {
  let host: BrowserHost
  let server: TestServer
  let origin: string
  let held: ((response: ServerResponse) => void) | undefined

  beforeAll(async () => {
    host = new BrowserHost()
    server = await startHttpServer((request, response) => {
      if (request.url === '/held') return held?.(response)
      response.setHeader('content-type', 'text/html')
      response.end({ '/busy': BUSY, '/spinning': SPINNING }[request.url ?? ''] ?? '<!doctype html>')
    })
    origin = server.on('localhost')
  })
  afterAll(async () => {
    await host.close()
    await server.close()
  })

  async function open(path: string) {
    const record = new SessionRecord({ writer: 'one', clock: systemClock })
    const binding = await host.bind(record)
    const page = await binding.newPage()
    await page.goto(origin + path, { waitUntil: 'commit' })
    return { record, binding, page }
  }

  const cookiesOf = async ({ context }: ContextBinding) =>
    (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')

  it('has said its last word: the record holds it, and nothing has to be asked any more', async () => {
    const { record, binding, page } = await open('/busy')
    await page.waitForFunction(() => document.title === 'writing')
    expect(await binding.finish(page)).toBe(true)
    expect(binding.asleep).toBe(true)
    expect(binding.idle).toBe(true)
    const [item, cookie] = [record.localItem(origin, 'n'), record.cookieHeader(new URL(origin))]
    expect(Number(item)).toBeGreaterThanOrEqual(3)
    // A page that still ran would have written meanwhile.
    for (let look = 0; look < 20; look++) expect(await cookiesOf(binding)).toBe(cookie)
    await page.close()
    await binding.pull()
    expect(record.localItem(origin, 'n')).toBe(item)
    expect(record.cookieHeader(new URL(origin))).toBe(cookie)
    const next = await binding.newPage()
    await next.goto(`${origin}/`)
    expect(await next.evaluate(() => localStorage.getItem('n'))).toBe(item)
    await binding.close()
  })

  it('is read until it is closed where its scripts go on when an answer comes', async () => {
    const { record, binding, page } = await open('/')
    const asked = new Promise<ServerResponse>((resolve) => {
      held = resolve
    })
    await page.evaluate(() => {
      fetch('/held').then(
        () => localStorage.setItem('answer', 'came'),
        () => localStorage.setItem('answer', 'failed'),
      )
    })
    const response = await asked
    expect(await binding.finish(page)).toBe(true)
    expect(binding.asleep).toBe(false)
    expect(binding.idle).toBe(true)
    response.end()
    const read = async () => {
      await binding.pull()
      return record.localItem(origin, 'answer')
    }
    await eventually(async () => expect(await read()).toBe('came'))
    await page.close()
    await binding.pull()
    expect(binding.asleep).toBe(true)
    await binding.close()
  })

  it('brings a cookie that came all the same into the record once it is closed', async () => {
    const { record, binding, page } = await open('/')
    const asked = new Promise<ServerResponse>((resolve) => {
      held = resolve
    })
    await page.evaluate(() => {
      fetch('/held', { keepalive: true }).catch(() => {})
    })
    const response = await asked
    expect(await binding.finish(page)).toBe(true)
    const answered = new Promise((resolve) => response.once('close', resolve))
    response.writeHead(200, { 'set-cookie': 'late=1', 'content-length': '0' }).end()
    await answered
    await page.close()
    await binding.pull()
    expect(record.cookieHeader(new URL(origin))).toBe(await cookiesOf(binding))
    expect(binding.asleep).toBe(true)
    await binding.close()
  })

  it('is finished once, however often that is asked for, closing included', async () => {
    const { binding, page } = await open('/busy')
    await page.waitForFunction(() => document.title === 'writing')
    const twice = await Promise.all([binding.finish(page), binding.finish(page), page.close()])
    expect(twice).toEqual([true, true, undefined])
    expect(binding.pages()).toEqual([])
    await binding.close()
  })

  it('says so when a page does not stop, and it can be closed', async () => {
    const asked = new Promise<ServerResponse>((resolve) => {
      held = resolve
    })
    const { binding, page } = await open('/spinning')
    ;(await asked).end()
    expect(await binding.finish(page)).toBe(false)
    expect(binding.asleep).toBe(false)
    await page.close()
    await binding.pull()
    expect(binding.pages()).toEqual([])
    await binding.close()
  })
})
