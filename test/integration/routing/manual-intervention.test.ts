import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BrokerOptions, ManualIntervention, SessionEvent } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }
const CAPTCHA = `<!doctype html><title>Verify</title><p>Please solve the captcha to go on</p><input name="captcha">
  <button onclick="document.cookie = 'human=1; path=/'; document.title = 'thanks'">I am human</button>`
const SCRIPT = "<script>document.cookie = 'ran=1; path=/'; location.reload()</script>"

let server: TestServer
let passed: string[]
let asked: number
/** What stands before the puzzle. */
let script: boolean
let status: number
let lenient: boolean
beforeEach(async () => {
  passed = []
  asked = 0
  script = false
  lenient = true
  status = 403
  server = await startHttpServer(async (request, response) => {
    if (request.url === '/favicon.ico') return void response.writeHead(404).end()
    asked++
    const { cookie = '' } = request.headers
    const body = (await readBody(request)).toString()
    if (lenient && cookie.includes('human=1')) {
      passed.push(`${request.method} ${body}`.trim())
      return void response.writeHead(200, html).end('content')
    }
    response.writeHead(status, html).end(script && !cookie.includes('ran=1') ? SCRIPT : CAPTCHA)
  })
})
afterEach(() => server.close())

async function open(options: BrokerOptions = {}) {
  const broker = await memoryBroker(options)
  const session = await broker.session('a')
  const events: SessionEvent[] = collect(session.events())
  const states = () =>
    events.flatMap((event) => {
      if (event.type === 'manual-intervention') return [event.state]
      return event.type === 'blocked' || event.type === 'unblocked' ? [event.type] : []
    })
  return { broker, session, events, states, [Symbol.asyncDispose]: () => broker.close() }
}
/** The person. */
const click = async ({ page }: ManualIntervention) => {
  await page.getByRole('button').click()
  await page.waitForFunction("document.title === 'thanks'")
}

describe('a person who takes over', () => {
  it('is asked once for all requests that were stopped, and all of them go on', async () => {
    const seen: ManualIntervention[] = []
    const onChallenge = async (intervention: ManualIntervention) => {
      seen.push(intervention)
      await click(intervention)
    }
    await using one = await open({ onChallenge })
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => one.session.fetch(`${server.origin}/${n}`)),
    )
    expect(new Set(await Promise.all(responses.map((response) => response.text())))).toEqual(
      new Set(['content']),
    )
    expect(new Set(responses.map(({ via }) => via))).toEqual(new Set(['http']))
    expect(seen).toMatchObject([
      { origin: server.origin, session: { tenant: 'default', id: 'a' }, verdict: { kind: 'captcha' } },
    ])
    expect(seen[0]?.page.isClosed()).toBe(true)
    expect(one.states()).toEqual(['blocked', 'begun', 'unblocked', 'done'])
    expect((await one.session.fetch(server.origin)).status).toBe(200)
  })

  it('is asked too when the puzzle comes up during a visit', async () => {
    script = true
    await using one = await open({ onChallenge: click })
    expect(await (await one.session.fetch(server.origin)).text()).toBe('content')
    expect(one.states()).toEqual(['blocked', 'begun', 'unblocked', 'done'])
    script = false
  })

  it('is asked too when a document is to be rendered', async () => {
    await using one = await open({ onChallenge: click })
    const response = await one.session.fetch(server.origin, { render: true })
    expect([response.via, await response.text()]).toEqual(['page', expect.stringContaining('content')])
  })

  it('has a request with a body sent again once, when it was refused at the door', async () => {
    await using one = await open({ onChallenge: click })
    expect((await one.session.fetch(server.origin, { method: 'POST', body: 'order' })).status).toBe(200)
    expect(passed.filter((line) => line.startsWith('POST'))).toEqual(['POST order'])
  })

  it('has no request sent again that the site may have processed', async () => {
    status = 200
    await using one = await open({ onChallenge: click })
    const error = await errorOf(one.session.fetch(server.origin, { method: 'POST', body: 'order' }))
    expect(error.code).toBe('ONEJAR_CAPTCHA')
    await eventually(() => expect(one.states().at(-1)).toBe('done'))
    expect(passed.filter((line) => line.startsWith('POST'))).toEqual([])
  })

  it('does not make anybody wait longer than they want', async () => {
    const held = Promise.withResolvers<void>()
    await using one = await open({
      onChallenge: async (intervention) => {
        await held.promise
        await click(intervention)
      },
    })
    const patient = one.session.fetch(server.origin)
    await eventually(() => expect(one.states()).toContain('begun'))
    const controller = new AbortController()
    const hasty = errorOf(one.session.fetch(server.origin, { timeoutMs: 200 }))
    const gone = errorOf(one.session.fetch(server.origin, { signal: controller.signal }))
    controller.abort()
    expect([(await hasty).code, (await gone).code]).toEqual(['ONEJAR_TIMEOUT', 'ONEJAR_ABORTED'])
    held.resolve()
    expect((await patient).status).toBe(200)
  })

  it('is not asked, and not waited for, by a request that leaves the browser alone', async () => {
    const held = Promise.withResolvers<void>()
    let times = 0
    await using one = await open({
      screenshotFolder: '/dev/null/none',
      onChallenge: async (intervention) => {
        times++
        await held.promise
        await click(intervention)
      },
    })
    const kept = await errorOf(one.session.fetch(server.origin, { escalate: false }))
    expect([kept.code, times, asked, one.states()]).toEqual(['ONEJAR_CAPTCHA', 0, 1, ['blocked']])
    one.session.unblock(server.origin)
    const patient = one.session.fetch(server.origin)
    await eventually(() => expect(times).toBe(1))
    const again = await errorOf(one.session.fetch(server.origin, { escalate: false }))
    expect(again.code).toBe('ONEJAR_CAPTCHA')
    held.resolve()
    expect((await patient).status).toBe(200)
  })

  it('is asked again a bounded number of times where the site is not content', async () => {
    lenient = false
    let times = 0
    await using one = await open({
      onChallenge: async () => {
        times++
      },
    })
    expect((await errorOf(one.session.fetch(server.origin))).code).toBe('ONEJAR_CAPTCHA')
    expect(times).toBeLessThanOrEqual(3)
    expect(asked).toBeLessThan(10)
  })

  it.each([
    ['throws', () => Promise.reject(new Error('my-own-secret')), {}],
    ['takes too long', () => new Promise<void>(() => {}), { manualInterventionTimeoutMs: 1 }],
  ])('and %s leaves the session halted', async (_, onChallenge, options) => {
    await using one = await open({ onChallenge, ...options })
    const error = await errorOf(one.session.fetch(server.origin))
    expect(error.code).toBe('ONEJAR_CAPTCHA')
    expect(one.states()).toEqual(['blocked', 'begun', 'given-up'])
    expect(JSON.stringify(one.events)).not.toContain('my-own-secret')
    const before = asked
    expect((await errorOf(one.session.fetch(server.origin))).code).toBe('ONEJAR_CAPTCHA')
    expect(asked).toBe(before)
  })

  it('is told when the session is released', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    const one = await open({
      onChallenge: ({ signal }) => {
        begun.resolve(signal)
        return new Promise<void>(() => {})
      },
    })
    const call = errorOf(one.session.fetch(server.origin))
    const signal = await begun.promise
    await one.broker.close()
    expect(signal.aborted).toBe(true)
    expect((await call).code).toBe('ONEJAR_CAPTCHA')
  })
})

describe('a picture of what halts a session', () => {
  it.each([
    ['over HTTP', false],
    ['during a visit', true],
  ])('met %s is kept for its owner, and its path is in the error', async (_, during) => {
    script = during
    using folder = temporaryFolder()
    await using one = await open({ screenshotFolder: join(folder.path, 'shots') })
    const error = await errorOf(one.session.fetch(`${server.origin}/?secret=1`))
    const path = error.details['screenshotPath'] as string
    expect(path.startsWith(join(folder.path, 'shots'))).toBe(true)
    expect(path).not.toContain('secret')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder.path, 'shots')).mode & 0o777).toBe(0o700)
    expect(readFileSync(path).subarray(1, 4).toString()).toBe('PNG')
  })

  it('that cannot be kept changes nothing', async () => {
    await using one = await open({ screenshotFolder: '/dev/null/shots' })
    const error = await errorOf(one.session.fetch(server.origin))
    expect([error.code, error.details['screenshotPath']]).toEqual(['ONEJAR_CAPTCHA', undefined])
  })

  it('is not taken where nobody asked for one', async () => {
    await using one = await open()
    const error = await errorOf(one.session.fetch(server.origin))
    expect(error.details).not.toHaveProperty('screenshotPath')
    expect(asked).toBe(1)
  })
})
