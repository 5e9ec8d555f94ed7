import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { Housekeeper } from '../../../src/store/housekeeper.ts'
import { generateKey, openStore } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/broker.ts'
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
    await session.storage(SITE).set('gone', '1')
    await session.storage(SITE).delete('gone')
    const other = await broker.session('forgotten')
    await other.cookies.set('a=1', SITE)
    await Promise.all([session.flush(), other.flush()])

    const later = { now: () => Date.now() + 40 * DAY_MS }
    await using store = await openStore({ target, keys }, { clock: later })
    const purge = vi.spyOn(store, 'purge')
    const keepers = [1, 2, 3].map(() => new Housekeeper(store, { firstMs: 1, everyMs: 60_000 }))
    for (const keeper of keepers) keeper.start()
    await vi.waitFor(() => expect(purge).toHaveBeenCalled())
    await Promise.all(keepers.map((keeper) => keeper.stop()))
    expect(purge).toHaveBeenCalledTimes(1)
    expect(await purge.mock.results[0]?.value).toEqual({ sessions: 1, entries: 2 })
    const { entries } = await store.load({ tenant: 'default', id: 'used' })
    expect(entries).toMatchObject([{ value: { name: 'long' } }])
  } finally {
    await server?.stop()
  }
})
