import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrowserHost } from '../../../src/browser/index.ts'
import { systemClock } from '../../../src/core/index.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

const STORE = { name: 'store' }
const API = { name: 'api' }

describe('creation order across a push', () => {
  let host: BrowserHost
  let server: TestServer

  beforeAll(async () => {
    host = new BrowserHost()
    server = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(request.url === '/echo' ? (request.headers.cookie ?? '') : '<!doctype html>')
    })
  })
  afterAll(async () => {
    await host.close()
    await server.close()
  })

  it('puts a cookie that was merged late where its age belongs', async () => {
    const url = new URL(server.on('localhost'))
    // Each line a moment after the one before: what two writers make in one millisecond is ordered by name.
    let now = Date.now()
    const clock = { now: () => now++ }
    const record = new SessionRecord({ writer: 'here', clock })
    const elsewhere = new SessionRecord({ writer: 'elsewhere', clock })
    record.receive(['a=1', 'p=1; Path=/echo'], url, undefined, API)
    const late = elsewhere.receive(['late=1', 'q=1; Path=/echo'], url, undefined, API)
    expect(late.every(({ accepted }) => accepted)).toBe(true)
    record.receive(['b=2; HttpOnly; Max-Age=600', 'c=3; SameSite=Strict'], url, undefined, API)
    const binding = await host.bind(record)
    const page = await binding.newPage()
    await page.goto(url.href)
    record.merge([...elsewhere.entries()], STORE)
    await binding.push()
    const echo = new URL('/echo', url)
    const sent = await page.evaluate((target) => fetch(target).then((response) => response.text()), echo.href)
    expect(sent).toBe(record.cookieHeader(echo))
    expect(sent).toBe('p=1; q=1; a=1; late=1; b=2; c=3')
    await binding.pull()
    expect(record.cookieHeader(echo)).toBe(sent)
    const held = await page.context().cookies()
    expect(held.find(({ name }) => name === 'b')).toMatchObject({ httpOnly: true })
    expect(held.find(({ name }) => name === 'c')).toMatchObject({ sameSite: 'Strict' })
    await binding.close()
  })

  it('keeps the order in which a page and the record wrote without asking each other', async () => {
    const url = new URL(server.on('localhost'))
    const record = new SessionRecord({ writer: 'here', clock: systemClock })
    const binding = await host.bind(record)
    const page = await binding.newPage()
    await page.goto(url.href)
    for (let i = 0; i < 5; i++) {
      await page.evaluate((n) => {
        document.cookie = `page${n}=1`
        document.cookie = `more${n}=1`
      }, i)
      record.receive([`record${i}=1`], url, undefined, API)
      await binding.push()
      await binding.pull()
      const sent = await page.evaluate(() => fetch('/echo').then((response) => response.text()))
      expect(record.cookieHeader(url)).toBe(sent)
    }
    await binding.close()
  })
})
