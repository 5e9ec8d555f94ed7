import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { type Gate, startGate } from '../../support/gates.ts'
import { RedisServer } from '../../support/redis-server.ts'

const soon = (check: () => void) => eventually(check)
const open = (store: string) => memoryBroker({ store, onWarning: () => {} })
const CODES = { captcha: 'ONEJAR_CAPTCHA', block: 'ONEJAR_BLOCKED' } as const

describe.each(['captcha', 'block'] as const)('a halt after a %s', (kind) => {
  const code = CODES[kind]

  async function halted(gate: Gate, store: string) {
    const broker = await open(store)
    const session = await broker.session('a')
    expect(await errorOf(session.fetch(gate.origin, { escalate: false }))).toMatchObject({ code })
    return { broker, session, asked: gate.counts.requests }
  }

  it('is there when the session is opened again, and in the next process, until it is resumed', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    await using gate = await startGate(kind)
    const first = await halted(gate, store)
    await first.session.release()
    const again = await first.broker.session('a')
    expect(again.blockedOrigins()).toMatchObject([{ origin: gate.origin, verdict: kind }])
    const error = await errorOf(again.fetch(`${gate.origin}/other`))
    expect(error).toMatchObject({ code, details: { origin: gate.origin, verdict: kind } })
    await first.broker.close()

    await using next = await open(store)
    const session = await next.session('a')
    const events = collect(session.events())
    expect(await errorOf(session.request(gate.origin))).toMatchObject({ code })
    expect(await errorOf(session.solveChallenge(gate.origin))).toMatchObject({ code })
    expect(gate.counts.requests).toBe(first.asked)
    // It was told when it was met.
    expect(events.map(({ type }) => type)).not.toContain('blocked')
    gate.kind = 'open'
    session.unblock(gate.origin)
    expect((await session.fetch(gate.origin)).status).toBe(200)
    expect(session.blockedOrigins()).toEqual([])
    await soon(() => expect(events).toContainEqual(expect.objectContaining({ type: 'unblocked' })))
  })

  it('can be resumed before anything was asked for', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    await using gate = await startGate(kind)
    const { broker } = await halted(gate, store)
    await broker.close()
    gate.kind = 'open'
    await using second = await open(store)
    const session = await second.session('a')
    session.unblock(`${gate.origin}/any?path`)
    await session.release()
    await using third = await open(store)
    expect((await (await third.session('a')).fetch(gate.origin)).status).toBe(200)
  })

  it.each(['SQLite', 'Redis'])(
    'is met, and ends, in every process that has the session on %s',
    async (on) => {
      using folder = temporaryFolder()
      const redis = on === 'Redis' ? await RedisServer.start() : undefined
      const store = redis?.url ?? join(folder.path, 'onejar.db')
      try {
        await using gate = await startGate('open')
        await using one = await open(store)
        await using other = await open(store)
        const [a, b] = [await one.session('a'), await other.session('a')]
        expect((await b.fetch(gate.origin)).status).toBe(200)
        const events = collect(b.events())
        gate.kind = kind
        expect(await errorOf(a.fetch(gate.origin, { escalate: false }))).toMatchObject({ code })
        await soon(() => expect(events).toContainEqual(expect.objectContaining({ type: 'blocked' })))
        const asked = gate.counts.requests
        expect(await errorOf(b.fetch(gate.origin))).toMatchObject({ code })
        expect(gate.counts.requests).toBe(asked)
        gate.kind = 'open'
        const resumed = collect(a.events())
        b.unblock(gate.origin)
        await soon(() => expect(resumed).toContainEqual(expect.objectContaining({ type: 'unblocked' })))
        expect((await a.fetch(gate.origin)).status).toBe(200)
      } finally {
        await redis?.stop()
      }
    },
  )
})
