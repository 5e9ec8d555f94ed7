import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, it, vi } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { Housekeeper } from '../../../src/store/housekeeper.ts'
import { generateKey, openStore } from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { SITE } from './contents.ts'

const DAY_MS = 24 * 3_600_000
const keys = generateKey()

it.each(['sqlite', 'redis'])('what is of no use any more leaves the store (%s)', async (kind) => {
  using folder = temporaryFolder()
  const server = kind === 'redis' ? await RedisServer.start() : null
  const target = server?.url ?? join(folder.path, 'onejar.db')
  try {
    await using broker = await openBroker({ store: target, keys, identity: null })
    const session = await broker.session('used')
    await session.cookies.set('short=1; Max-Age=86400', SITE)
    await session.cookies.set('long=1; Max-Age=8640000', SITE)
    await session.localStorage(SITE).set('gone', '1')
    await session.localStorage(SITE).delete('gone')
    const other = await broker.session('forgotten')
    await other.cookies.set('a=1', SITE)
    await Promise.all([session.flush(), other.flush()])

    const later = { now: () => Date.now() + 40 * DAY_MS }
    await using store = await openStore({ target, keys }, { clock: later })
    const purge = vi.spyOn(store, 'purge')
    const keepers = [1, 2, 3].map(() => new Housekeeper(store, { firstMs: 1, everyMs: 60_000 }))
    for (const keeper of keepers) keeper.start()
    await eventually(() => expect(purge).toHaveBeenCalled())
    await Promise.all(keepers.map((keeper) => keeper.stop()))
    expect(purge).toHaveBeenCalledTimes(1)
    expect(await purge.mock.results[0]?.value).toEqual({ sessions: 1, entries: 2 })
    const { entries } = await store.load({ tenant: 'default', id: 'used' })
    expect(entries).toMatchObject([{ value: { name: 'long' } }])
  } finally {
    await server?.stop()
  }
})

it('Redis itself forgets a session when its cookies say so, and later when it is used', async () => {
  const server = await RedisServer.start()
  const client = new Redis(server.url)
  const ttlDays = async () => {
    const ttls = await Promise.all((await client.keys('onejar:{*')).map((key) => client.pttl(key)))
    expect(ttls).toHaveLength(3)
    return [...new Set(ttls.map((ms) => Math.round(ms / DAY_MS)))]
  }
  try {
    const limits = { retentionFloorMs: 10 * DAY_MS, retentionCeilingMs: 100 * DAY_MS }
    await using broker = await openBroker({ store: { target: server.url, ...limits }, keys, identity: null })
    const session = await broker.session('a')
    const kept = async (line: string) => {
      await session.cookies.set(line, SITE)
      await session.flush()
      return ttlDays()
    }
    expect(await kept('none=1')).toEqual([10])
    expect(await kept(`soon=1; Max-Age=${DAY_MS / 1000}`)).toEqual([10])
    expect(await kept(`mid=1; Max-Age=${(50 * DAY_MS) / 1000}`)).toEqual([50])
    expect(await kept(`far=1; Max-Age=${(300 * DAY_MS) / 1000}`)).toEqual([100])
    await using store = await openStore(
      { target: server.url, keys, ...limits },
      { clock: { now: () => Date.now() + 30 * DAY_MS } },
    )
    for (const key of await client.keys('onejar:{*')) await client.pexpire(key, 3_600_000)
    await store.load({ tenant: 'default', id: 'a' })
    expect(await ttlDays()).toEqual([100])

    const brief = { target: server.url, keys, retentionFloorMs: 300, retentionCeilingMs: 300 }
    await using other = await openStore(brief)
    await other.commit({ tenant: 'default', id: 'b' }, [])
    await other.commit({ tenant: 'default', id: 'b' }, [localEntry('k', '1', 1)])
    await eventually(async () => expect(await client.keys('onejar:{*')).toHaveLength(3))
    expect(await other.load({ tenant: 'default', id: 'b' })).toMatchObject({ entries: [], problems: [] })
  } finally {
    client.disconnect()
    await server.stop()
  }
})
