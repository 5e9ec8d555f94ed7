import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserPort, LoadTask } from '../../../src/browsing/index.ts'
import { cookieId, type SessionRecord } from '../../../src/record/index.ts'
import { type Gate, startGate } from '../../support/gates.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

/** An implementation of the port, and the record of the session that it works for. */
export interface PortUnderTest {
  readonly browser: BrowserPort
  readonly record: SessionRecord
  /** What pages wrote until now is in the record afterwards. */
  settle(): Promise<void>
  close(): Promise<void>
}

const RENDERED = `<!doctype html><title>Shop</title><p id="price"></p><script>
  fetch('/price').then((answer) => answer.text()).then((text) => { price.textContent = text })
</script>`
/** A page that renews its token with a request of its own. */
const RENEWING = `<!doctype html><script>fetch('/token', { method: 'POST' })</script>`

/** The cases that every browser behind the port has to pass. */
export function describeBrowserPort(name: string, open: () => Promise<PortUnderTest>): void {
  describe(`${name} as a browser port`, { timeout: 120_000 }, () => {
    let port: PortUnderTest
    let server: TestServer
    let gate: Gate
    const going = () => new AbortController().signal

    beforeAll(async () => {
      port = await open()
      server = await startHttpServer((request, response) => {
        if (request.url === '/never') return
        if (request.url === '/price') return void response.end('42')
        if (request.url === '/token') {
          response.setHeader('set-cookie', 'token=new; Path=/')
          return void response.end()
        }
        if (request.url === '/echo') {
          return void readBody(request).then((body) => response.end(`${request.method} ${body}`))
        }
        if (request.url === '/file') {
          response.setHeader('content-type', 'application/octet-stream')
          response.setHeader('content-disposition', 'attachment')
          return void response.end(Buffer.from([0, 1, 2, 255]))
        }
        response.setHeader('content-type', 'text/html')
        response.setHeader('set-cookie', 'seen=yes; Path=/')
        response.end(
          { '/rendered': RENDERED, '/renewing': RENEWING }[request.url ?? ''] ?? '<!doctype html><p>page',
        )
      })
      gate = await startGate('cookie')
    })
    afterAll(async () => {
      await port.close()
      await Promise.all([server.close(), gate.close()])
    })

    const at = (path: string) => new URL(path, server.on('localhost'))
    const task = (url: URL, own: Partial<LoadTask> = {}): LoadTask => ({
      url,
      solveTimeoutMs: 20_000,
      deadlineMs: 60_000,
      timeoutMs: 60_000,
      render: false,
      expect: undefined,
      maxBytes: 0,
      screenshot: false,
      ...own,
    })
    const load = async (url: URL, own: Partial<LoadTask> = {}) => {
      const reply = await port.browser.load(task(url, own), { signal: going() })
      if (reply.kind === 'failed') throw new Error(`not let through: ${reply.why}`)
      return reply.document
    }

    it('loads the bytes of a document, and what it set is in the record at the next barrier', async () => {
      const document = await load(at('/page'))
      expect(document).toMatchObject({ statusCode: 200, body: Buffer.from('<!doctype html><p>page') })
      await port.settle()
      expect(port.record.cookieHeader(at('/'))).toContain('seen=yes')
    })

    it('loads the bytes of a download', async () => {
      expect([...(await load(at('/file'))).body]).toEqual([0, 1, 2, 255])
    })

    it('renders a document as its scripts leave it', async () => {
      expect((await load(at('/rendered'), { render: true })).body.toString()).toContain(
        '<p id="price">42</p>',
      )
    })

    it('waits for what is expected of a document, and says where it does not come', async () => {
      const expected = await load(at('/rendered'), { expect: { text: '>42<' } })
      expect(expected.body.toString()).toContain('>42<')
      await expect(load(at('/page'), { expect: { text: 'never there' } })).rejects.toMatchObject({
        code: 'ONEJAR_EXPECTATION_FAILED',
      })
    })

    it('replies with what stopped it, and a picture where one is wanted', async () => {
      const block = await startGate('block')
      try {
        const reply = await port.browser.load(task(new URL(block.on('localhost')), { screenshot: true }), {
          signal: going(),
        })
        expect(reply).toMatchObject({ kind: 'failed', why: 'stopped', verdict: { kind: 'block' } })
        const { screenshot } = reply as { screenshot: Buffer }
        expect(screenshot.subarray(1, 4).toString()).toBe('PNG')
      } finally {
        await block.close()
      }
    })

    it('ends with the reason of the signal', async () => {
      const ending = new AbortController()
      const loading = port.browser.load(task(at('/never')), { signal: ending.signal })
      ending.abort(new Error('given up'))
      await expect(loading).rejects.toThrow('given up')
    })

    it('refuses a document that is larger than allowed', async () => {
      await expect(load(at('/page'), { maxBytes: 4 })).rejects.toMatchObject({
        code: 'ONEJAR_BODY_TOO_LARGE',
      })
    })

    it('solves a challenge: the record has the clearance, and the reply names it', async () => {
      const url = new URL(gate.on('localhost'))
      const solving = { url, timeoutMs: 20_000, roomMs: 0, observedLifeMs: null, screenshot: false }
      const reply = await port.browser.solve(solving, { signal: going() })
      expect(reply.kind).toBe('passed')
      const { clearance } = reply as { clearance: readonly string[] }
      expect(clearance.length).toBeGreaterThan(0)
      for (const id of clearance) expect(port.record.cookie(id)).toBeDefined()
    })

    it('renews a clearance in a context without it, and leaves the record to its caller', async () => {
      const url = new URL(gate.on('localhost'))
      const before = port.record.cookieHeader(url)
      const without = port.record.matchingCookies(url).map(cookieId)
      const renewing = { url, timeoutMs: 20_000, without, endedAt: 0 }
      const reply = await port.browser.renew(renewing, { signal: going() })
      expect(reply.kind).toBe('renewed')
      expect(port.record.cookieHeader(url)).toBe(before)
    })

    it('fetches in a page, and gives it back', async () => {
      const call = { signal: going() }
      expect(await port.browser.openPage(at('/page'), call)).toBeNull()
      const reply = await port.browser.fetch(
        {
          document: at('/page'),
          url: at('/echo'),
          method: 'POST',
          headers: ['content-type', 'text/plain'],
          body: Buffer.from('hello'),
          redirect: 'follow',
        },
        call,
      )
      if (reply.kind !== 'response') throw new Error('no response')
      const chunks: Buffer[] = []
      for await (const chunk of reply.answer.chunks) chunks.push(chunk)
      reply.release()
      expect(Buffer.concat(chunks).toString()).toBe('POST hello')
    })

    it('has a page renew what it keeps, and says once the record shows it', async () => {
      const done = () => port.record.cookieHeader(at('/')).includes('token=new')
      const running = { url: at('/renewing').href, timeoutMs: 30_000, graceMs: 1_000, lookEveryMs: 50 }
      expect(await port.browser.run(running, { signal: going(), done })).toBe(true)
    })

    it('pictures what a URL shows', async () => {
      const picture = await port.browser.picture({ url: at('/page'), timeoutMs: 10_000 }, { signal: going() })
      expect(picture?.subarray(1, 4).toString()).toBe('PNG')
    })
  })
}
