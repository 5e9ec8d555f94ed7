import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { BrowserRental } from '../../support/browser-rental.ts'
import { CdpFilter, type Filtered } from '../../support/cdp-filter.ts'
import { eventually } from '../../support/eventually.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RawClient } from '../../support/remote-browser.ts'
import { killRounds } from '../../support/rented-rounds.ts'

const WITH_BROWSER = { timeout: 120_000 }

let rental: BrowserRental
beforeAll(async () => {
  rental = await BrowserRental.start(2)
})
afterAll(() => rental[Symbol.asyncDispose]())

const countUp = (counts: number[], at: number) => void counts.splice(at, 1, (counts[at] ?? 0) + 1)

/** The browsers that were handed out since, and how often each was given back. */
function sinceNow() {
  const before = rental.leases.length
  return () => rental.leases.slice(before)
}

const rented = (browser: BrokerOptions['browser'] = {}, more: BrokerOptions = {}) =>
  memoryBroker({ browser: { endpoint: rental.endpoint, maxEndpoints: 2, ...browser }, ...more })

describe('sessions in rented browsers', WITH_BROWSER, () => {
  it('are spread over them, keep to their own, and give each back once', async () => {
    const leases = sinceNow()
    await using site = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html').setHeader('set-cookie', `who=${request.url?.slice(1)}`)
      response.end('<!doctype html>')
    })
    const broker = await rented()
    const sessions = await Promise.all(['a', 'b', 'c', 'd'].map((id) => broker.session(id)))
    await Promise.all(
      sessions.map(async (session) => {
        const page = await session.page()
        await page.goto(`${site.origin}/${session.id}`)
        await page.close()
      }),
    )
    const counts = await Promise.all(
      leases().map(async ({ browser }) => {
        const client = await RawClient.connect(browser.address)
        const contexts = await client.contexts()
        client.close()
        return contexts.length
      }),
    )
    expect(counts).toEqual([2, 2])
    for (const session of sessions) {
      await session.fetch(site.origin)
      expect(session.cookies.header(site.origin)).toBe('who=')
    }
    await broker.close()
    expect(leases().map(({ releases }) => releases)).toEqual([1, 1])
  })

  it('go on in another one when theirs is killed in the middle of a solve: nothing is lost or doubled', async () => {
    const leases = sinceNow()
    let kill = true
    // The challenge is on its way when its browser dies.
    const challenged = Promise.withResolvers<void>()
    const gate = await startGate('cookie', {
      intercept: (request, response) => {
        const isBrowser = request.headers['sec-fetch-dest'] === 'document'
        if (!kill || !isBrowser) return false
        kill = false
        leases()[0]?.browser.kill().then(challenged.resolve, challenged.reject)
        response.on('close', () => response.destroy())
        return true
      },
    })
    await using broker = await rented()
    const session = await broker.session('a')
    await session.cookies.set('before=kept', gate.on('localhost'))
    const response = await session.fetch(gate.on('localhost'), { method: 'POST', body: 'order' })
    await challenged.promise
    expect(response.status).toBe(200)
    expect(gate.passed.filter((request) => request === 'POST order')).toHaveLength(1)
    expect(session.cookies.header(gate.on('localhost'))).toContain('before=kept')
    expect(leases().map(({ releases }) => releases)).toEqual([1, 0])
    await broker.close()
    expect(leases().map(({ releases }) => releases)).toEqual([1, 1])
    await gate.close()
  })

  it('fetch in a page again where its browser has gone since', async () => {
    await using gate = await startGate('connection')
    await using broker = await rented()
    const session = await broker.session('a')
    const first = await session.fetch(gate.on('localhost'))
    expect(first.via).not.toBe('http')
    await rental.out[0]?.browser.kill()
    const second = await session.fetch(gate.on('localhost'))
    expect([second.status, rental.out.length]).toEqual([200, 1])
  })

  it('leave a browser that has no page open, and find everything in the next one', async () => {
    const leases = sinceNow()
    await using site = await startHttpServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html>')
    })
    await using broker = await rented({ endpointIdleMs: 500 })
    const session = await broker.session('a')
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(() => {
      localStorage.setItem('item', 'kept')
      document.cookie = 'script=kept'
    })
    await page.close()
    await eventually(() => expect(leases().map(({ releases }) => releases)).toEqual([1]))
    const next = await session.page()
    await next.goto(site.origin)
    expect(await next.evaluate(() => [localStorage.getItem('item'), document.cookie])).toEqual([
      'kept',
      'script=kept',
    ])
    expect(leases()).toHaveLength(2)
  })

  it('are not mixed where two brokers are handed the same browser', async () => {
    await using site = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html').end(`<!doctype html><p>${request.headers.cookie ?? ''}`)
    })
    const [browser] = rental.out.length === 0 ? [await rental.endpoint()] : []
    const releases = [0, 0]
    const brokers = await Promise.all(
      releases.map((_, at) =>
        memoryBroker({
          browser: {
            endpoint: async () => ({
              url: browser?.url as string,
              release: () => countUp(releases, at),
            }),
            maxEndpoints: 2,
          },
        }),
      ),
    )
    const seen = await Promise.all(
      brokers.flatMap((broker, at) =>
        ['a', 'b'].map(async (id) => {
          const session = await broker.session(id)
          await session.cookies.set(`who=${at}${id}`, site.origin)
          const page = await session.page()
          for (let n = 0; n < 3; n++) await page.goto(site.origin)
          return (await page.textContent('p')) === `who=${at}${id}` && session.cookies.all().length === 1
        }),
      ),
    )
    expect(seen).toEqual([true, true, true, true])
    await Promise.all(brokers.map((broker) => broker.close()))
    expect(releases).toEqual([2, 2])
    browser?.release()
  })
})

describe('rented browsers of which one is killed in each round', { timeout: 240_000 }, () => {
  it('lose and double nothing, are never more than allowed, and are given back once each', async () => {
    const report = await killRounds(3)
    expect(report).toMatchObject({ faults: [], killed: 3, peak: 3 })
    // One for each of the three, and one for each that was killed; one that a busy machine holds up for too long is given up as well.
    expect(report.leases).toBeGreaterThanOrEqual(6)
  })
})

describe('a call of endpoint() that does not return', WITH_BROWSER, () => {
  it('holds up a request no longer than its timeoutMs or its signal, and not the closing', async () => {
    await using gate = await startGate('cookie')
    const answer = Promise.withResolvers<never>()
    let releases = 0
    const broker = await memoryBroker({ browser: { endpoint: () => answer.promise } })
    const session = await broker.session('a')
    const url = gate.on('localhost')
    expect((await errorOf(session.fetch(url, { timeoutMs: 500 }))).code).toBe('ONEJAR_TIMEOUT')
    const ending = new AbortController()
    const fetching = errorOf(session.fetch(url, { signal: ending.signal }))
    ending.abort()
    expect((await fetching).code).toBe('ONEJAR_ABORTED')
    const opening = errorOf(session.page())
    await broker.close()
    expect((await opening).code).toBe('ONEJAR_CLOSED')
    answer.resolve({ url: 'ws://farm.example/', release: () => void releases++ } as never)
    await eventually(() => expect(releases).toBe(1))
  })

  it('does not hold up a request that needs no page, where it was to say what the browser shows', async () => {
    await using gate = await startGate('open')
    await using broker = await memoryBroker({
      identity: undefined,
      browser: { endpoint: () => new Promise<never>(() => {}), launchTimeoutMs: 1_000 },
    })
    const session = await broker.session('a')
    expect((await session.fetch(gate.on('localhost'))).status).toBe(200)
  })
})

describe('a browser behind an endpoint that filters commands', WITH_BROWSER, () => {
  const filtered = async (decide: (method: string) => Filtered) => {
    const { url, release } = await rental.endpoint()
    const { webSocketDebuggerUrl } = (await (await fetch(`${url}/json/version`)).json()) as {
      webSocketDebuggerUrl: string
    }
    const filter = await CdpFilter.start(webSocketDebuggerUrl, decide)
    const leases: number[] = []
    return {
      filter,
      leases,
      endpoint: async () => {
        const at = leases.push(0) - 1
        return { url: filter.url, release: () => countUp(leases, at) }
      },
      async [Symbol.asyncDispose]() {
        await filter[Symbol.asyncDispose]()
        release()
      },
    }
  }

  it('is refused by the names of those that are needed, and its address is in no message', async () => {
    const refused: Record<string, Filtered> = {
      'Fetch.enable': 'unknown',
      'Storage.setCookies': 'refused',
      'Fetch.fulfillRequest': 'refused',
      'Page.createIsolatedWorld': 'pass',
    }
    await using farm = await filtered((method) => refused[method] ?? 'pass')
    const warnings: string[] = []
    const broker = await memoryBroker({
      browser: { endpoint: farm.endpoint },
      onWarning: (warning) => warnings.push(JSON.stringify(warning)),
    })
    const session = await broker.session('a')
    const error = await errorOf(session.page())
    expect(error.code).toBe('ONEJAR_BROWSER_LIMITED')
    expect(error.details['commands']).toEqual(['Storage.setCookies', 'Fetch.enable', 'Fetch.fulfillRequest'])
    await broker.close()
    expect(farm.leases).toEqual([1])
    const shown = JSON.stringify([warnings, error.message, String(error.stack), String(error.cause)])
    for (const secret of [farm.filter.token, 'password', 'user:']) expect(shown).not.toContain(secret)
  })

  it('is used, with a warning that says what is lost, where those can be done without', async () => {
    await using farm = await filtered((method) =>
      method === 'Page.captureScreenshot' ? 'refused' : method === 'Runtime.getHeapUsage' ? 'silent' : 'pass',
    )
    await using gate = await startGate('cookie')
    const warnings: { type: string; reason: string }[] = []
    await using broker = await memoryBroker({
      browser: { endpoint: farm.endpoint },
      onWarning: (warning) => void warnings.push(warning as never),
    })
    const session = await broker.session('a')
    expect((await session.fetch(gate.on('localhost'))).status).toBe(200)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.type).toBe('browser')
    expect(warnings[0]?.reason).toMatch(/Page\.captureScreenshot, Runtime\.getHeapUsage: .*pictures.*pages/)
  })

  it('that is gone for good is told of without its address', async () => {
    const broker = await memoryBroker({
      browser: {
        endpoint: async () => ({ url: 'ws://user:password@127.0.0.1:9/?token=secret', release: () => {} }),
      },
    })
    const error = await errorOf((await broker.session('a')).page())
    expect(error.code).toBe('ONEJAR_BROWSER_FAILED')
    let shown = ''
    for (let one: unknown = error; one instanceof Error; one = one.cause) shown += `${one.stack}`
    for (const secret of ['password', 'secret']) expect(shown).not.toContain(secret)
    await broker.close()
  })
})
