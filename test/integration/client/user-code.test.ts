import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BrokerOptions, BrokerWarning, Session } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

let server: TestServer
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => unhandled.push(reason)
beforeEach(async () => {
  server = await startHttpServer((request, response) => {
    if (request.url === '/login') return void response.writeHead(401).end()
    response.setHeader('set-cookie', 'a=1').end('fine')
  })
  unhandled.length = 0
  process.on('unhandledRejection', onUnhandled)
})
afterEach(async () => {
  await server.close()
  process.off('unhandledRejection', onUnhandled)
})

const faults: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new RangeError('mine')
    },
  ],
  [
    'rejects',
    async () => {
      throw new RangeError('mine')
    },
  ],
]
const loose = (value: unknown) => value as never

/** What is thrown by whatever is asked of it. */
function faulty(fault: () => unknown, wholes: readonly string[] = []): object {
  const make = (name: string): unknown =>
    wholes.includes(name)
      ? () => new Proxy({}, { get: (_, part) => (part === 'then' ? undefined : fault) })
      : fault
  return new Proxy({}, { get: (_, name) => make(String(name)), has: () => true })
}

/** Three requests and an event pass; resolves to what was warned of callbacks. */
async function use(options: BrokerOptions, each?: (session: Session) => void) {
  const warnings: BrokerWarning[] = []
  await using broker = await memoryBroker({ onWarning: (warning) => warnings.push(warning), ...options })
  const session = await broker.session('a')
  const seen = collect(session.events())
  each?.(session)
  for (let i = 0; i < 3; i++) {
    expect(await (await session.fetch(server.origin)).text()).toBe('fine')
    session.quarantine('for a while', { origin: 'https://b.test' })
  }
  expect(session.cookies.header(server.origin)).toBe('a=1')
  await session.release()
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).toEqual([])
  const told = [warnings, seen].map((all) =>
    (all as BrokerWarning[]).filter(({ type }) => type === 'callback'),
  )
  return { warnings: told[0]!, events: told[1]! }
}

describe.each(faults)('a function of the user’s that %s', (how, fault) => {
  it('is a logger: requests pass, and it is told once', async () => {
    const log = { debug: fault, info: fault, warn: fault, error: fault }
    const told = await use({ telemetry: { log: loose(log) } })
    expect(told.warnings).toMatchObject([
      { callback: 'telemetry.log', reason: expect.stringContaining('RangeError') },
    ])
    expect(told.events).toHaveLength(1)
    expect(JSON.stringify(told)).not.toContain('mine')
  })

  it('is a meter or a tracer, at whichever of its calls', async () => {
    for (const [name, wholes] of [
      ['meterProvider', []],
      ['meterProvider', ['getMeter']],
      ['tracerProvider', []],
      ['tracerProvider', ['getTracer']],
    ] as const) {
      const told = await use({ telemetry: { [name]: faulty(fault, wholes) } })
      // A provider that gives a promise for a meter gives no meter, and nobody asks it again.
      if (how === 'throws') expect(told.warnings).toMatchObject([{ callback: `telemetry.${name}` }])
      else expect(told.warnings.length).toBeLessThanOrEqual(1)
    }
  })

  it('is onWarning: the process is warned once', async () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      await using broker = await memoryBroker({ onWarning: loose(fault) })
      const session = await broker.session('a')
      const seen = collect(session.events())
      const host = `${'long.'.repeat(60)}test`
      for (const kind of ['a', 'b']) {
        await session.cookies.set(`${kind}=1`, `https://${host}/`)
        session.quarantine('x', { origin: 'https://b.test' })
      }
      expect(await (await session.fetch(server.origin)).text()).toBe('fine')
      await session.release()
      await new Promise((resolve) => setImmediate(resolve))
      const warned = emitted.mock.calls.filter(([text]) => String(text).includes('onWarning'))
      expect(warned).toHaveLength(1)
      expect(seen.filter((event) => event.type === 'callback').map(({ callback }) => callback)).toContain(
        'onWarning',
      )
      expect(unhandled).toEqual([])
    } finally {
      emitted.mockRestore()
    }
  })

  it('dials: it is a connection that failed', async () => {
    await using broker = await memoryBroker({ connect: loose(fault), retry: false })
    const session = await broker.session('a')
    expect((await errorOf(session.fetch(server.origin, { timeoutMs: 5_000 }))).code).toBe('ONEJAR_NETWORK')
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })

  it('logs in, or gives credentials: that is an error of its own', async () => {
    const ways: BrokerOptions[] = [
      { reauthenticate: loose(fault) },
      {
        reauthenticate: async ({ credentials }) => void (await credentials()),
        credentials: { get: loose(fault) },
      },
    ]
    for (const options of ways) {
      await using broker = await memoryBroker(options)
      const session = await broker.session('a')
      expect((await errorOf(session.fetch(`${server.origin}/login`))).code).toBe('ONEJAR_REAUTH_FAILED')
      expect(await (await session.fetch(server.origin)).text()).toBe('fine')
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })
})

describe('a clock that fails', () => {
  it.each<[string, () => unknown]>([
    ['throws', () => (null as unknown as { now(): number }).now()],
    ['gives no number', () => Number.NaN],
    ['gives a promise', async () => 1],
    ['rejects', async () => Promise.reject(new Error('mine'))],
  ])('%s: the time of the system stands in, and it is told once', async (_how, now) => {
    const warnings: BrokerWarning[] = []
    await using broker = await memoryBroker(
      { onWarning: (warning) => warnings.push(warning) },
      { clock: { now: loose(now) } },
    )
    const session = await broker.session('a')
    expect(await (await session.fetch(server.origin)).text()).toBe('fine')
    expect(session.cookies.header(server.origin)).toBe('a=1')
    expect(warnings).toMatchObject([{ type: 'callback', callback: 'clock' }])
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })
})
