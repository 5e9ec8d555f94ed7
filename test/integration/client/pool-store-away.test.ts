import { expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { TcpGate } from '../../support/tcp-gate.ts'

const SITE = 'http://shop.example/'

it('a pool parks nothing while the store is away, and goes on when it is back with nothing lost', async () => {
  const server = await RedisServer.start()
  const gate = await TcpGate.start(server.port)
  try {
    const keys = generateKey()
    const target = `redis://127.0.0.1:${gate.port}`
    await using broker = await memoryBroker({ store: { target, keys, timeoutMs: 300 }, onWarning: () => {} })
    const pool = broker.pool({ maxSessions: 1, idleMs: 1 })
    const lease = await pool.lease({ id: 'a' })
    gate.hold()
    await lease.session.cookies.set('a=1; Max-Age=3600', SITE)
    await errorOf(lease.session.flush())
    lease.release()
    pool.sweep()
    expect([broker.storeHealth.state, lease.session.closed]).toEqual(['away', false])
    expect((await errorOf(pool.lease({ id: 'b', timeoutMs: 50 }))).code).toBe('ONEJAR_TIMEOUT')
    expect(lease.session.closed).toBe(false)

    const waiting = pool.lease({ id: 'b' })
    gate.letGo()
    using second = await waiting
    expect([second.session.id, lease.session.closed]).toEqual(['b', true])
    await using other = await memoryBroker({ store: { target: server.url, keys } })
    await eventually(async () => {
      const session = await other.session('a')
      expect(await session.cookies.header(SITE)).toBe('a=1')
      await session.release()
    })
  } finally {
    await gate.stop()
    await server.stop()
  }
})
