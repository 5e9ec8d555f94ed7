import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BrokerOptions, openBroker, type SessionEvent } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { collect, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { SITE } from './contents.ts'

const keys = generateKey()
const maxSessionBytes = 300_000
let folder: ReturnType<typeof temporaryFolder>
let redis: RedisServer
beforeEach(async () => {
  folder = temporaryFolder()
  redis = await RedisServer.start()
})
afterEach(async () => {
  await redis.stop()
  folder[Symbol.dispose]()
})

describe.each(['sqlite', 'redis'])('a site that floods its session (%s)', (kind) => {
  it('is told of once, and costs the store nothing it had', async () => {
    const target = kind === 'redis' ? redis.url : join(folder.path, 'onejar.db')
    const warnings: SessionEvent[] = []
    const options: BrokerOptions = {
      store: { target, maxSessionBytes },
      keys,
      identity: null,
      onWarning: (warning) => warnings.push(warning),
    }
    await using broker = await openBroker(options)
    const session = await broker.session('flooded')
    const told = () => events.filter(({ type }) => type === 'store')
    const events = collect(session.events())
    await session.cookies.set('login=1; Max-Age=3600', SITE)
    await session.localStorage(SITE).set('kept', 'before')
    await session.flush()
    const storage = session.localStorage('https://flood.example')
    for (let at = 0; at < 10_000; at++) storage.set(`k${at}`, 'x'.repeat(100))
    await session.flush()
    await eventually(() => expect(told().length).toBeGreaterThan(0))
    // One flood is one batch or a few, however many entries are refused.
    expect(told().length).toBeLessThanOrEqual(3)
    expect(told()).toMatchObject(
      told().map(() => ({ state: 'problem', reason: expect.stringContaining('ONEJAR_SESSION_TOO_LARGE') })),
    )
    expect(warnings).toEqual(told())

    // The session goes on: in memory with all it holds, in the store with what fits.
    expect(await storage.get('k9999')).toHaveLength(100)
    await session.cookies.set('login=2; Max-Age=3600', SITE)
    await session.localStorage(SITE).set('kept', 'after')
    await session.flush()
    await using other = await openBroker({ ...options, onWarning: () => {} })
    const same = await other.session('flooded')
    expect(same.cookies.header(SITE)).toBe('login=2')
    expect(await same.localStorage(SITE).get('kept')).toBe('after')
    const kept = await same.localStorage('https://flood.example').entries()
    expect(kept.length).toBeGreaterThan(100)
    expect(kept.length).toBeLessThan(5000)

    // And when the flood is gone there is room again.
    await storage.clear()
    await session.flush()
    await session.localStorage(SITE).set('new', 'x'.repeat(10_000))
    await session.flush()
    await eventually(async () => expect(await same.localStorage(SITE).get('new')).toHaveLength(10_000))
  })
})
