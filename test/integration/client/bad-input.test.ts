import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { errorOf, IDENTITY, ownBrowserBroker, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer, startTcpServer } from '../../support/http-server.ts'
import { activeResources, chromiumProcesses } from '../../support/processes.ts'

let before: Record<string, number>
beforeEach(() => {
  before = activeResources()
})
// Whatever went wrong, nothing is left of it: no process, no timer, no socket.
afterEach(async () => {
  await eventually(() => expect(chromiumProcesses()).toEqual([]))
  const left = (kind: string) => (activeResources()[kind] ?? 0) - (before[kind] ?? 0)
  await eventually(() => {
    for (const kind of [
      'Timeout',
      'TCPSocketWrap',
      'TCPServerWrap',
      'ProcessWrap',
      'PipeWrap',
      'FSEventWrap',
    ]) {
      // The poll itself is a timer.
      expect(left(kind), kind).toBeLessThanOrEqual(kind === 'Timeout' ? 2 : 0)
    }
  })
})

async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
  const from = performance.now()
  const value = await work
  return { value, ms: performance.now() - from }
}

const STUCK_MS = 400
/** At the deadline, on a busy machine too; what does not heed it would not end at all. */
const SOON_MS = 15_000

describe('a URL', () => {
  it.each([
    ['nonsense', 'ONEJAR_BAD_URL'],
    ['', 'ONEJAR_BAD_URL'],
    ['/relative', 'ONEJAR_BAD_URL'],
    ['ftp://host/file', 'ONEJAR_BAD_URL'],
    ['file:///etc/passwd', 'ONEJAR_BAD_URL'],
    ['data:text/html,x', 'ONEJAR_BAD_URL'],
    ['javascript:alert(1)', 'ONEJAR_BAD_URL'],
    ['http://user:canary@host/', 'ONEJAR_BAD_URL'],
    ['http://127.0.0.1:1/', 'ONEJAR_NETWORK'],
    ['http://no-such-name.invalid/', 'ONEJAR_NETWORK'],
  ])('%s fails with %s, by whichever way it comes', async (url, code) => {
    await using broker = await ownBrowserBroker()
    const session = await broker.session('a')
    for (const call of [() => session.fetch(url), () => session.request(url)]) {
      const error = await errorOf(call)
      expect(error.code).toBe(code)
      expect(error.message).not.toContain('canary')
    }
  })
})

describe('a browser', () => {
  it('is options or false, which the error says, and names what is wrong within', async () => {
    for (const browser of [true, 'chrome', 7]) {
      const { code, message } = await errorOf(openBroker({ store: 'memory', browser: browser as never }))
      expect(code).toBe('ONEJAR_BAD_OPTIONS')
      expect(message).toContain('browser: expected options of the browser, or false for none')
    }
    const within = await errorOf(
      openBroker({ store: 'memory', browser: { maxSolves: 0, headles: true } as never }),
    )
    expect(within.message).toMatch(/browser: there is no headles in it.*headless/)
  })

  it('that is switched off is named as that, and what may be done', async () => {
    await using broker = await openBroker({ store: 'memory', browser: false })
    const { code, message } = await errorOf((await broker.session('a')).page())
    expect(code).toBe('ONEJAR_BROWSER_NOT_FOUND')
    expect(message).toMatch(/browser: false.*leave that out, or name a queue/)
  })

  it('that is missing does not matter to HTTP, and is named when it is needed', async () => {
    await using gate = await startGate('open')
    await using broker = await openBroker({
      store: 'memory',
      browser: { executablePath: '/nowhere/chromium' },
    })
    const session = await broker.session('a')
    expect((await session.fetch(gate.origin)).status).toBe(200)
    gate.kind = 'cookie'
    for (const use of [
      () => session.fetch(gate.origin),
      () => session.page(),
      () => session.fetch(gate.origin, { render: true }),
    ]) {
      const error = await errorOf(use)
      expect(error.code).toBe('ONEJAR_BROWSER_NOT_FOUND')
      expect(error.message).toMatch(/executablePath.*\/nowhere\/chromium/)
      expect(error.message).toContain('npx playwright install')
    }
    gate.kind = 'open'
    expect((await session.fetch(gate.origin)).status).toBe(200)
  })

  it('that does not start does not matter to HTTP either', async () => {
    await using gate = await startGate('open')
    await using broker = await openBroker({ store: 'memory', browser: { executablePath: '/bin/false' } })
    const session = await broker.session('a')
    expect((await session.fetch(gate.origin)).status).toBe(200)
    gate.kind = 'cookie'
    const error = await errorOf(session.fetch(gate.origin))
    expect(error.code).toBe('ONEJAR_BROWSER_FAILED')
    const soon = await errorOf(session.fetch(gate.origin))
    expect(soon).toMatchObject({ code: 'ONEJAR_BROWSER_FAILED', retryAfterMs: expect.any(Number) })
  })

  it('that is slow to start does not hold a request beyond its time', async () => {
    using folder = temporaryFolder()
    const slow = join(folder.path, 'slow-chromium')
    writeFileSync(slow, '#!/bin/sh\nexec sleep 8\n', { mode: 0o755 })
    await using server = await startHttpServer((_, response) => response.end())
    await using broker = await openBroker({
      store: 'memory',
      browser: { executablePath: slow, launchTimeoutMs: 7_000 },
    })
    // Loading Playwright keeps the process busy for a moment, once.
    await import('playwright')
    const session = await broker.session('a')
    const { value, ms } = await timed(errorOf(session.fetch(server.origin, { timeoutMs: STUCK_MS })))
    expect(value.code).toBe('ONEJAR_TIMEOUT')
    // The start would be given up after seven seconds.
    expect(ms).toBeLessThan(6_000)
    const controller = new AbortController()
    const call = errorOf(session.fetch(server.origin, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect(await call).toMatchObject({
      code: 'ONEJAR_ABORTED',
      cause: expect.objectContaining({ message: 'enough' }),
    })
  })

  it('at an endpoint that nobody answers is named', async () => {
    await using broker = await ownBrowserBroker({ browser: { cdpEndpoint: 'http://127.0.0.1:1' } })
    const error = await errorOf((await broker.session('a')).page())
    expect(error.code).toBe('ONEJAR_BROWSER_FAILED')
    expect(error.message).toContain('browser.cdpEndpoint')
  })
})

describe('a store', () => {
  it('that cannot be written is refused at once, with its cause', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'file')
    writeFileSync(file, 'x')
    mkdirSync(join(folder.path, 'dir.db'))
    for (const path of [join(file, 'below', 'onejar.db'), join(folder.path, 'dir.db')]) {
      const error = await errorOf(openBroker({ store: path, identity: IDENTITY }))
      expect(error.code, path).toBe('ONEJAR_STORE_UNAVAILABLE')
      expect(error.message).toContain('writable')
    }
  })

  it('that is none is refused by name', async () => {
    for (const store of ['mysql://x', 'redis://a,b']) {
      expect((await errorOf(openBroker({ store }))).code).toBe('ONEJAR_BAD_OPTIONS')
    }
  })
})

describe('a response that never ends', () => {
  it('ends at the deadline before its headers', async () => {
    await using server = await startTcpServer((socket) => socket.resume())
    await using broker = await ownBrowserBroker()
    const session = await broker.session('a')
    const { value, ms } = await timed(errorOf(session.fetch(server.origin, { timeoutMs: STUCK_MS })))
    expect(value.code).toBe('ONEJAR_TIMEOUT')
    expect(ms).toBeLessThan(SOON_MS)
    await server.drained()
  })

  it('ends at the deadline in its body', async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('x')
    })
    await using broker = await ownBrowserBroker()
    const session = await broker.session('a')
    const response = await session.fetch(server.origin, { timeoutMs: STUCK_MS })
    const { value, ms } = await timed(errorOf(response.text()))
    expect(value.code).toBe('ONEJAR_TIMEOUT')
    expect(ms).toBeLessThan(SOON_MS)
  })

  it('ends at the deadline while something is expected of it', async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).write('x'.repeat(100_000))
    })
    await using broker = await ownBrowserBroker()
    const session = await broker.session('a')
    const call = session.fetch(server.origin, { timeoutMs: STUCK_MS, expect: { text: 'y' } })
    expect((await errorOf(call)).code).toBe('ONEJAR_TIMEOUT')
  })

  it('is a challenge too, whose body never ends: the visit does not wait for it', async () => {
    let first = true
    await using gate = await startGate('cookie', {
      intercept: (_, response) => {
        if (!first) return false
        first = false
        response.writeHead(403, { 'content-type': 'text/html', 'x-kpsdk-ct': '1' })
        response.write('<script>document.cookie="a=b"; location.reload()</script>')
        return true
      },
    })
    await using broker = await ownBrowserBroker()
    const session = await broker.session('a')
    expect(await (await session.fetch(gate.origin, { timeoutMs: 15_000 })).text()).toContain(
      'behind the gate',
    )
  })
})

describe('a challenge that never ends', () => {
  it('ends at the caller’s deadline, and at the end of the visit’s time', async () => {
    await using gate = await startGate('stuck')
    await using broker = await ownBrowserBroker({ solveTimeoutMs: 4_000 })
    const session = await broker.session('a')
    await (await session.page()).close()
    const ended: string[] = []
    const call = async (who: string, timeoutMs?: number) => {
      const error = await errorOf(session.fetch(gate.origin, timeoutMs === undefined ? {} : { timeoutMs }))
      ended.push(who)
      return error
    }
    const patient = call('patient')
    expect(await call('hasty', 1_000)).toMatchObject({ code: 'ONEJAR_TIMEOUT' })
    const error = await patient
    expect(ended).toEqual(['hasty', 'patient'])
    expect(error).toMatchObject({ code: 'ONEJAR_CHALLENGE_UNSOLVED', details: { origin: gate.origin } })
    expect(error.message).toContain('4000 ms')
    // The next one is not tried again: it sees the challenge, and no page does.
    const seen = gate.counts.challenged
    expect(await call('next')).toMatchObject({
      code: 'ONEJAR_CHALLENGE_UNSOLVED',
      retryAfterMs: expect.any(Number),
    })
    expect(gate.counts.challenged - seen).toBeLessThanOrEqual(1)
  })

  it('is given up when the session is released or the broker closed', async () => {
    await using gate = await startGate('stuck')
    const broker = await ownBrowserBroker()
    const session = await broker.session('a')
    const arrived = eventually(() => expect(gate.counts.challenged).toBeGreaterThan(1))
    const call = errorOf(session.fetch(gate.origin))
    const rendering = errorOf(session.fetch(gate.origin, { render: true }))
    await arrived
    const { ms } = await timed(broker.close())
    expect([(await call).code, (await rendering).code]).toEqual(['ONEJAR_CLOSED', 'ONEJAR_CLOSED'])
    expect(ms).toBeLessThan(5_000)
  })
})

describe('an abort', () => {
  it('ends a request at every stage, as ONEJAR_ABORTED with its reason', async () => {
    await using silent = await startTcpServer((socket) => socket.resume())
    await using slow = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('x')
    })
    await using gate = await startGate('stuck')
    await using broker = await ownBrowserBroker({ browser: { maxSolves: 1 } })
    const session = await broker.session('a')
    const reason = new Error('enough')
    const abortedAt = async (
      stage: (signal: AbortSignal) => Promise<unknown>,
      when: () => Promise<unknown>,
    ) => {
      const controller = new AbortController()
      const call = errorOf(stage(controller.signal))
      await when()
      controller.abort(reason)
      const { value, ms } = await timed(call)
      expect(value).toMatchObject({ code: 'ONEJAR_ABORTED', cause: reason })
      expect(ms).toBeLessThan(SOON_MS)
    }
    const now = async () => {}
    const challenged = (count: number) => () =>
      eventually(() => expect(gate.counts.challenged).toBeGreaterThanOrEqual(count))
    // Before it starts, before the headers, in the body,
    await abortedAt((signal) => session.fetch(silent.origin, { signal }), now)
    await abortedAt(
      (signal) => session.fetch(silent.origin, { signal }),
      () => eventually(() => expect(silent.open).toBeGreaterThan(0)),
    )
    await abortedAt(
      async (signal) => (await session.fetch(slow.origin, { signal })).text(),
      () => eventually(() => expect(slow.open).toBe(1)),
    )
    // while a page renders, while it waits for its turn to,
    const url = gate.origin
    await abortedAt(async (signal) => {
      const waiting = abortedAt((own) => session.fetch(url, { render: true, signal: own }), challenged(1))
      await Promise.all([session.fetch(url, { render: true, signal }), waiting])
    }, challenged(1))
    // and while the browser visits the challenge.
    await abortedAt((signal) => session.fetch(url, { signal }), challenged(gate.counts.challenged + 2))
    const signal = AbortSignal.timeout(50)
    expect((await errorOf(session.fetch(url, { signal }))).code).toBe('ONEJAR_TIMEOUT')
  })

  it('of a page that renders leaves no page behind', async () => {
    await using gate = await startGate('stuck')
    await using broker = await ownBrowserBroker()
    const session = await broker.session('a')
    const kept = await session.page()
    const controller = new AbortController()
    const call = errorOf(session.fetch(gate.origin, { render: true, signal: controller.signal }))
    await eventually(() => expect(kept.context().pages()).toHaveLength(2))
    await eventually(() => expect(gate.counts.challenged).toBe(1))
    controller.abort()
    await call
    // The one page beside it may be Onejar's own blank one, which has no title.
    const titles = () =>
      Promise.all(
        kept
          .context()
          .pages()
          .map((page) => page.title()),
      )
    await eventually(async () => expect((await titles()).filter((title) => title !== '')).toEqual([]))
  })
})
