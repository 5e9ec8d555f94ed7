import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserPort, LoadTask } from '../../../src/browsing/index.ts'
import type { Verdict } from '../../../src/challenge/index.ts'
import { RECORDING_BOUNDS } from '../../../src/discovery/index.ts'
import { cookieId, type SessionRecord } from '../../../src/record/index.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { describeFetches } from './fetches.ts'
import { type KitSite, startKitSite } from './site.ts'

/** An implementation of the port, and the record of the session that it works for. */
export interface PortUnderTest {
  readonly browser: BrowserPort
  readonly record: SessionRecord
  /** What pages wrote until now is in the record afterwards. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** What a case works with: the port, and the site that it loads. */
export interface PortCases {
  readonly port: PortUnderTest
  readonly site: KitSite
}

/** A signal that nobody aborts. */
export const going = () => new AbortController().signal

/** An address of this machine where nobody listens any more. */
export async function deserted(): Promise<URL> {
  const gone = await startHttpServer(() => {})
  const url = new URL(gone.on('localhost'))
  await gone.close()
  return url
}

/**
 * The cases that every browser behind the port has to pass. They share one session: what it sees of a site in one case is
 * there in the next.
 *
 * @param open - a session with the browser; called once
 */
export function describeBrowserPort(name: string, open: () => Promise<PortUnderTest>): void {
  describe(`${name} as a browser port`, () => {
    let cases: PortCases
    beforeAll(async () => {
      cases = { port: await open(), site: await startKitSite() }
    })
    afterAll(async () => {
      await cases.port.close()
      await cases.site.close()
    })
    describeLoads(() => cases)
    describeSolves(() => cases)
    describeFetches(() => cases)
  })
}

function taskOf(url: URL, own: Partial<LoadTask> = {}): LoadTask {
  return {
    url,
    solveTimeoutMs: 20_000,
    deadlineMs: 60_000,
    timeoutMs: 60_000,
    render: false,
    expect: undefined,
    maxBytes: 0,
    screenshot: false,
    ...own,
  }
}

function describeLoads(cases: () => PortCases): void {
  const at = (path: string) => cases().site.at(path)
  const passed = async (
    url: URL,
    own: Partial<LoadTask> = {},
    onWaitingRoom?: (at: URL, seen: Verdict) => void,
  ) => {
    const reply = await cases().port.browser.load(taskOf(url, own), { signal: going(), onWaitingRoom })
    if (reply.kind === 'failed') throw new Error(`not let through: ${reply.why}`)
    return reply
  }
  const load = async (url: URL, own: Partial<LoadTask> = {}) => (await passed(url, own)).document

  it('loads the bytes of a document, and what it set is in the record at the next barrier', async () => {
    const document = await load(at('/page'))
    expect(document).toMatchObject({
      statusCode: 200,
      statusText: 'OK',
      body: Buffer.from('<!doctype html><p>page'),
      verdict: { kind: 'ok' },
      afterChallenge: false,
    })
    expect(document.url.href).toBe(at('/page').href)
    expect(document.headers['content-type']).toBe('text/html')
    await cases().port.settle()
    expect(cases().port.record.cookieHeader(at('/'))).toContain('seen=yes')
  })

  it('shows a site what the record holds', async () => {
    cases().port.record.receive(['own=1; Path=/'], at('/'), undefined, { name: 'api' })
    expect((await load(at('/page'))).sentCookie).toContain('own=1')
  })

  it('loads the bytes of a download', async () => {
    const document = await load(at('/file'))
    expect([...document.body]).toEqual([0, 1, 2, 255])
    expect(document.isFile).toBe(true)
  })

  it('loads what is larger than any message', async () => {
    const { body } = await load(at('/large'))
    expect(body.length).toBe(6 * 1024 * 1024)
    expect(body.equals(Buffer.concat(Array(6).fill(body.subarray(0, 1024 * 1024))))).toBe(true)
  })

  it('renders a document as its scripts leave it', async () => {
    expect((await load(at('/rendered'), { render: true })).body.toString()).toContain('<p id="price">42</p>')
  })

  it.each([
    ['/rendered', { text: '>42<' }],
    ['/page', { selector: 'p' }],
    ['/orders', { jsonPath: '$.id[0]' }],
  ])('waits for what is expected of %s: %j', async (path, expected) => {
    expect((await load(at(path), { expect: expected })).statusCode).toBe(200)
  })

  it("asks the caller's function about each document, until it agrees", async () => {
    const seen: Array<[number, string]> = []
    const document = await load(at('/rendered'), {
      expect: async (response) => {
        const text = await response.text()
        seen.push([response.status, response.url])
        return text.includes('>42<')
      },
    })
    expect(document.body.toString()).toContain('>42<')
    expect(seen.length).toBeGreaterThan(1)
    expect(seen[0]).toEqual([200, at('/rendered').href])
  })

  it("ends with what the caller's function throws", async () => {
    const failure = new Error('of the caller')
    const refuse = () => Promise.reject(failure)
    await expect(load(at('/page'), { expect: refuse })).rejects.toBe(failure)
  })

  it('says where what is expected does not come', async () => {
    const loading = load(at('/page'), { expect: { text: 'never there' } })
    await expect(loading).rejects.toMatchObject({ code: 'ONEJAR_EXPECTATION_FAILED' })
  })

  it('keeps what the page itself asks for', async () => {
    const { recording } = await passed(at('/rendered'), { render: true, record: RECORDING_BOUNDS })
    const [price] = recording?.exchanges.filter(({ kind }) => kind === 'data') ?? []
    expect(price).toMatchObject({ url: at('/price').href, status: 200, body: '42' })
  })

  it('says of each document of a waiting room, and holds the place', async () => {
    const rooms: string[] = []
    // Longer than a solve may take, and each document has as long to come as one on a busy machine needs.
    const own = { deadlineMs: 60_000, solveTimeoutMs: 4_000 }
    const { document } = await passed(at('/line'), own, (url, { kind }) => void rooms.push(`${kind} ${url}`))
    expect(document.body.toString()).toContain('the seats')
    expect(rooms).toEqual(Array(2).fill(`waiting-room ${at('/line')}`))
  })

  it('replies with what stopped it, and a picture where one is wanted', async () => {
    await using block = await startGate('block')
    const url = new URL(block.on('localhost'))
    const reply = await cases().port.browser.load(taskOf(url, { screenshot: true }), { signal: going() })
    expect(reply).toMatchObject({ kind: 'failed', why: 'stopped', verdict: { kind: 'block' } })
    const { screenshot, at: where } = reply as { screenshot: Buffer; at: URL }
    expect(screenshot.subarray(1, 4).toString()).toBe('PNG')
    expect(where.origin).toBe(url.origin)
  })

  it('ends with the reason of the signal, and the site is left alone', async () => {
    const ending = new AbortController()
    const loading = cases().port.browser.load(taskOf(at('/never/load')), { signal: ending.signal })
    const { givenUp } = await cases().site.hanging('/never/load')
    const failed = expect(loading).rejects.toThrow('given up')
    ending.abort(new Error('given up'))
    await failed
    await givenUp
  })

  it('refuses a document that is larger than allowed', async () => {
    const loading = load(at('/page'), { maxBytes: 4 })
    await expect(loading).rejects.toMatchObject({ code: 'ONEJAR_BODY_TOO_LARGE' })
  })

  it('says that nobody answers', async () => {
    await expect(load(await deserted())).rejects.toMatchObject({ code: 'ONEJAR_NETWORK' })
  })

  it('pictures what a URL shows', async () => {
    const picture = { url: at('/page'), timeoutMs: 10_000 }
    const png = await cases().port.browser.picture(picture, { signal: going() })
    expect(png?.subarray(1, 4).toString()).toBe('PNG')
  })
}

function describeSolves(cases: () => PortCases): void {
  it('solves a challenge, and renews the clearance: the record has it', async () => {
    const { browser, record } = cases().port
    await using gate = await startGate('cookie', { attributes: () => '; max-age=600' })
    const url = new URL(gate.on('localhost'))
    const solving = { url, timeoutMs: 20_000, roomMs: 0, observedLifeMs: null, screenshot: false }
    const reply = await browser.solve(solving, { signal: going() })
    expect(record.cookieHeader(url)).toContain('clearance=good-1')
    // Behind a coordinated port only a request can tell, and the record has the outcome.
    expect(reply.kind).toBe(browser.coordinated ? 'unproven' : 'passed')
    const { clearance } = reply as { clearance: readonly string[] }
    if (!browser.coordinated) expect(clearance.length).toBeGreaterThan(0)
    for (const id of clearance) expect(record.cookie(id)).toBeDefined()

    gate.revoke()
    const without = record.matchingCookies(url).map(cookieId)
    const endedAt = record.value('visit', url.origin)?.endedAt ?? 0
    const renewed = await browser.renew({ url, timeoutMs: 20_000, without, endedAt }, { signal: going() })
    expect(renewed.kind).toBe(browser.coordinated ? 'none' : 'renewed')
    expect(record.cookieHeader(url)).toContain(`clearance=good-${browser.coordinated ? 2 : 1}`)
  })

  it('has a page renew what it keeps, and says once the record shows it', async () => {
    const { browser, record } = cases().port
    const url = cases().site.at('/renewing').href
    const done = () => record.cookieHeader(cases().site.at('/')).includes('token=new')
    const task = { url, timeoutMs: 30_000, graceMs: 1_000, lookEveryMs: 50 }
    expect(await browser.run(task, { signal: going(), done })).toBe(true)
    expect(await browser.run({ ...task, graceMs: 100 }, { signal: going(), done: () => false })).toBe(false)
  })

  it('leaves a page whose work is given up', async () => {
    const ending = new AbortController()
    const url = cases().site.at('/never/run').href
    const task = { url, timeoutMs: 30_000, graceMs: 1_000, lookEveryMs: 50 }
    const running = cases().port.browser.run(task, { signal: ending.signal, done: () => false })
    const { givenUp } = await cases().site.hanging('/never/run')
    const failed = expect(running).rejects.toThrow('given up')
    ending.abort(new Error('given up'))
    await failed
    await givenUp
  })
}
