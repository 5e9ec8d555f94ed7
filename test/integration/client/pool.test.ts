import { describe, expect, it, vi } from 'vitest'
import type { Clock } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'

const MINUTE = 60_000

function movableClock(): Clock & { advance(ms: number): void } {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    advance(ms) {
      ahead += ms
    },
  }
}

describe('a pool', () => {
  it('opens as many sessions as it may, parks the one used longest ago, and brings it back whole', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 2 })
    const visit = (id: string) => pool.use(async (session) => session, { id })
    const alice = await visit('alice')
    await alice.cookies.set('who=alice', 'http://shop.example/')
    const bob = await visit('bob')
    await visit('alice')
    await visit('carol')
    expect(pool.stats.open).toBe(2)
    expect(bob.closed).toBe(true)
    expect(alice.closed).toBe(false)
    await visit('dave')
    expect(alice.closed).toBe(true)
    const again = await visit('alice')
    expect(again.cookies.header('http://shop.example/')).toBe('who=alice')
  })

  it('parks nobody on lease, and lets others wait for a free session', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 1 })
    const lease = await pool.lease()
    const waiting = pool.lease()
    const stop = new AbortController()
    const aborted = errorOf(pool.lease({ signal: stop.signal }))
    stop.abort(new Error('enough'))
    expect((await aborted).code).toBe('ONEJAR_ABORTED')
    expect((await errorOf(pool.lease({ timeoutMs: 20 }))).code).toBe('ONEJAR_TIMEOUT')
    expect(lease.session.closed).toBe(false)
    lease.release()
    lease.release()
    const second = await waiting
    expect(second.session).toBe(lease.session)
    expect(pool.stats.leased).toBe(1)
  })

  it('shares a session between leases as far as it may, once there is no room for another', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 2, leasesPerSession: 2 })
    const leases = await Promise.all([pool.lease(), pool.lease(), pool.lease(), pool.lease()])
    expect(new Set(leases.map(({ session }) => session)).size).toBe(2)
    expect((await errorOf(pool.lease({ timeoutMs: 20 }))).code).toBe('ONEJAR_TIMEOUT')
  })

  it('serves a thousand callers with ten sessions', async () => {
    await using server = await startHttpServer((_request, response) => response.end('ok'))
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 10 })
    const texts = await Promise.all(
      Array.from({ length: 1_000 }, () =>
        pool.use(async (session) => (await session.fetch(server.origin)).text(), { timeoutMs: 5 * MINUTE }),
      ),
    )
    expect(texts.every((text) => text === 'ok')).toBe(true)
    expect(pool.stats).toMatchObject({ open: 10, leased: 0, waiting: 0 })
  })

  it('looks for a session a few times for each caller, however many wait', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 1 })
    const looks = vi.spyOn(pool, 'sweep')
    await Promise.all(Array.from({ length: 300 }, () => pool.use(async () => {})))
    expect(looks.mock.calls.length).toBeLessThan(4 * 300)
  })

  it('gives what came free to the next one when who was to have it is gone', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 1 })
    const first = await pool.lease()
    const [gone, late] = [new AbortController(), new AbortController()]
    const waiting = [gone, late].map(({ signal }) => errorOf(pool.lease({ signal })))
    const last = pool.lease()
    await expect.poll(() => pool.stats.waiting).toBe(3)
    late.abort()
    expect((await waiting[1])?.code).toBe('ONEJAR_ABORTED')
    first.release()
    gone.abort()
    expect((await waiting[0])?.code).toBe('ONEJAR_ABORTED')
    ;(await last).release()
    expect(pool.stats).toMatchObject({ leased: 0, waiting: 0 })
  })

  it('parks what nobody used for a while', async () => {
    const clock = movableClock()
    await using broker = await memoryBroker({}, { clock })
    const pool = broker.pool({ idleMs: MINUTE })
    const idle = await pool.use(async (session) => session, { id: 'idle' })
    const lease = await pool.lease({ id: 'busy' })
    clock.advance(2 * MINUTE)
    pool.sweep()
    expect(idle.closed).toBe(true)
    expect(lease.session.closed).toBe(false)
  })

  it('parks what is idle by itself, without being asked', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ idleMs: 30 })
    const session = await pool.use(async (one) => one)
    for await (const _event of session.events()) {
      // The events end with the session.
    }
    expect(session.closed).toBe(true)
    expect(pool.stats.open).toBe(0)
  })

  it.each([
    ['as long as its longest cookie, between floor and ceiling', 45 * 60, 45 * MINUTE],
    ['not shorter than the floor', 60, 10 * MINUTE],
    ['not longer than the ceiling', 86_400, 60 * MINUTE],
    ['until the ceiling when its cookies say nothing', null, 60 * MINUTE],
  ])('uses a session %s', async (_what, maxAge, ttlMs) => {
    const clock = movableClock()
    await using broker = await memoryBroker({}, { clock })
    const options = { ttlFloorMs: 10 * MINUTE, ttlCeilingMs: 60 * MINUTE, idleMs: 1_000 * MINUTE }
    const pool = broker.pool(options)
    const session = await pool.use(async (one) => {
      const line = maxAge === null ? 'a=1' : `a=1; Max-Age=${maxAge}`
      await one.cookies.set(line, 'http://shop.example/')
      return one
    })
    clock.advance(ttlMs - MINUTE)
    pool.sweep()
    expect(session.closed).toBe(false)
    clock.advance(2 * MINUTE)
    pool.sweep()
    expect(session.closed).toBe(true)
  })

  it('puts what a site refuses into quarantine, and takes another one', async () => {
    const clock = movableClock()
    await using gate = await startGate('block')
    await using broker = await memoryBroker({}, { clock })
    const pool = broker.pool({ quarantineMs: 5 * MINUTE })
    const first = await pool.lease()
    expect((await errorOf(first.session.fetch(gate.origin))).code).toBe('ONEJAR_BLOCKED')
    expect(first.session.quarantined()).toMatchObject({ reason: expect.stringContaining('health') })
    expect((await errorOf(first.session.fetch('http://127.0.0.1:1/'))).code).toBe('ONEJAR_QUARANTINED')
    const { id } = first.session
    first.release()
    const second = await pool.lease()
    expect(second.session.id).not.toBe(id)
    // By its name it is refused, by whoever asks: the quarantine is kept with the session.
    const refused = await errorOf(pool.lease({ id }))
    expect(refused).toMatchObject({ code: 'ONEJAR_QUARANTINED', retryAfterMs: expect.any(Number) })
    clock.advance(6 * MINUTE)
    const third = await pool.lease()
    expect(third.session.id).toBe(id)
    expect(third.session.quarantined()).toBeNull()
  })

  it('says how long a quarantine lasts also when the wall clock was set since', async () => {
    let steady = 0
    let wall = Date.now()
    await using broker = await memoryBroker({}, { clock: { now: () => wall, steady: () => steady } })
    const pool = broker.pool()
    const lease = await pool.lease({ id: 'one' })
    lease.session.quarantine('by hand', { forMs: 5 * MINUTE })
    for (const hours of [-6, 3]) {
      wall += hours * 60 * MINUTE
      steady += MINUTE
      const left = 5 * MINUTE - steady
      expect(lease.session.quarantined()?.remainingMs).toBe(left)
      expect(await errorOf(pool.lease({ id: 'one' }))).toMatchObject({ retryAfterMs: left })
    }
    lease.release()
  })

  it('takes a session out of quarantine when a person has taken care of what stopped it', async () => {
    await using gate = await startGate('captcha')
    await using other = await startHttpServer((_request, response) => response.end('ok'))
    const seen: unknown[] = []
    await using broker = await memoryBroker({
      onChallenge: ({ origin }) => {
        seen.push(lease.session.quarantined()?.reason)
        lease.session.quarantine('by hand', { origin })
        lease.session.quarantine('by hand', { origin: 'http://elsewhere.example/' })
        gate.kind = 'open'
      },
    })
    const pool = broker.pool({ maxSessions: 2 })
    const lease = await pool.lease()
    expect((await lease.session.fetch(gate.origin)).status).toBe(200)
    expect(seen).toEqual([expect.stringContaining('health')])
    expect(lease.session.quarantined()).toBeNull()
    expect(await (await lease.session.fetch(other.origin)).text()).toBe('ok')
    // What does not come of it stays.
    expect(lease.session.quarantined(gate.origin)?.reason).toBe('by hand')
    expect(lease.session.quarantined('http://elsewhere.example/')?.reason).toBe('by hand')
    expect(pool.stats.health).toEqual([1])
  })

  it('takes a session out of quarantine when somebody says so after it was parked', async () => {
    await using gate = await startGate('captcha')
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 2 })
    const { id } = await pool.use(async (session) => {
      await errorOf(session.fetch(gate.origin))
      return session
    })
    const session = await broker.session(id)
    session.unblock('http://elsewhere.example/')
    expect(session.quarantined()).not.toBeNull()
    session.unblock(gate.origin)
    expect(session.quarantined()).toBeNull()
    gate.kind = 'open'
    expect((await pool.lease({ id })).session.quarantined()).toBeNull()
  })

  it('takes the healthiest session that is free', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 2 })
    const [one, two] = await Promise.all([pool.lease(), pool.lease()])
    one.report('rate-limited')
    one.release()
    two.release()
    expect((await pool.lease()).session).toBe(two.session)
  })

  it('notices a session that its user released', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 1 })
    const first = await pool.lease()
    await first.session.release()
    first.release()
    const second = await pool.lease()
    expect(second.session.closed).toBe(false)
  })

  it('gives back the place of a session that cannot be opened', async () => {
    await using broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 1 })
    await broker.session('taken', { tenant: 'default', target: 'http://a.example/' })
    const other = broker.pool({ name: 'other', maxSessions: 1, session: { target: 'http://b.example/' } })
    expect((await errorOf(other.lease({ id: 'taken' }))).code).toBe('ONEJAR_BAD_OPTIONS')
    expect(other.stats).toMatchObject({ open: 0, leased: 0 })
    expect((await pool.lease()).session.closed).toBe(false)
  })

  it('ends with its broker, waiting callers included', async () => {
    const broker = await memoryBroker()
    const pool = broker.pool({ maxSessions: 1 })
    const lease = await pool.lease()
    const waiting = errorOf(pool.lease())
    await broker.close()
    expect((await waiting).code).toBe('ONEJAR_CLOSED')
    expect(lease.session.closed).toBe(true)
    expect((await errorOf(pool.lease())).code).toBe('ONEJAR_CLOSED')
  })

  it('is refused twice under one name, and with options that make no sense', async () => {
    await using broker = await memoryBroker()
    broker.pool({ name: 'shop' })
    expect(() => broker.pool({ name: 'shop' })).toThrow('shop')
    expect(() => broker.pool({ maxSessions: 0 })).toThrow('maxSessions')
    expect(() => broker.pool({ session: { tenant: '' } })).toThrow('session.tenant')
  })
})
