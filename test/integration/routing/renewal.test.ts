import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { collect, memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { CONTENT, type Gate, startGate } from '../../support/gates.ts'

const MIN = 60_000

let broker: Broker
let session: Session
let events: SessionEvent[]
let gate: Gate
let now: number
let asked: string[]
/** What the browser asked for. */
let visited: string[]

/** @param lifeMs - of the clearance, by the session’s clock */
async function open(lifeMs?: number) {
  asked = []
  visited = []
  gate = await startGate('cookie', {
    attributes: () =>
      lifeMs === undefined ? '' : `; max-age=${Math.round((now - Date.now() + lifeMs) / 1000)}`,
    intercept: (request, response) => {
      const fromBrowser = request.headers['x-http'] === undefined
      if (fromBrowser) visited.push(request.url ?? '')
      const cleared = request.headers.cookie?.includes('clearance')
      asked.push(`${fromBrowser ? 'browser' : 'http'}${cleared ? ' cleared' : ''}`)
      if (!fromBrowser || !cleared) return false
      // What the site hands out behind the gate is no part of the clearance.
      response.setHeader('set-cookie', `sid=${asked.length}; Path=/`)
      return false
    },
  })
}
beforeEach(async () => {
  now = Date.now()
  broker = await memoryBroker({}, { clock: { now: () => now } })
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(async () => {
  await broker.close()
  await gate.close()
})
/** As after a new start of the process: nothing is known but what was stored. */
const reopen = async () => {
  await session.release()
  session = await broker.session('a')
  events = collect(session.events())
}
const get = async (path = '/') => {
  const response = await session.fetch(gate.origin + path, { headers: { 'x-http': '1' } })
  expect([response.via, await response.text()]).toEqual(['http', CONTENT])
}
const ended = (count: number) =>
  eventually(() => expect(events.filter(({ type }) => type === 'solve-end')).toHaveLength(count))
const challengedOverHttp = () => asked.filter((one) => one === 'http').length

describe('a clearance whose end is known', () => {
  it('is renewed shortly before, in the background, while requests come', async () => {
    await open(30 * MIN)
    await get()
    await ended(1)
    const sid = session.cookies.all().find(({ name }) => name === 'sid')?.value
    now += 27 * MIN
    await get()
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
    now += 2 * MIN
    gate.revoke()
    gate.kind = 'open'
    // They go on with the one they have.
    await Promise.all([get(), get(), get()])
    gate.kind = 'cookie'
    await ended(2)
    expect(events.findLast(({ type }) => type === 'solve-end')).toMatchObject({
      outcome: 'passed',
      reason: 'the session has a new clearance',
    })
    expect(session.cookies.header(gate.origin)).toContain('clearance=good-2')
    await get()
    now += 10 * MIN
    await get()
    // The first request alone met the challenge.
    expect(challengedOverHttp()).toBe(1)
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(2)
    expect(session.cookies.all().find(({ name }) => name === 'sid')?.value).not.toBe(sid)
  })

  it('is renewed after a new start too, where the challenge was met, without the query', async () => {
    await open(30 * MIN)
    await get('/guarded/list?key=secret')
    await ended(1)
    await reopen()
    expect(visited).toContain('/guarded/list?key=secret')
    visited = []
    now += 29 * MIN
    gate.revoke()
    gate.kind = 'open'
    await get('/elsewhere')
    gate.kind = 'cookie'
    await ended(1)
    expect(events.findLast(({ type }) => type === 'solve-end')).toMatchObject({ outcome: 'passed' })
    expect(new Set(visited)).toEqual(new Set(['/guarded/list']))
  })

  it('is left to end when nobody asks', async () => {
    await open(30 * MIN)
    await get()
    await ended(1)
    now += 31 * MIN
    const { requests } = gate.counts
    expect(gate.counts.requests).toBe(requests)
    gate.revoke()
    await get()
    await ended(2)
    expect(events.filter(({ type }) => type === 'challenge')).toHaveLength(2)
  })

  it('stays in use when the site gives no new one, and is not asked for again and again', async () => {
    await open(30 * MIN)
    await get()
    await ended(1)
    now += 29 * MIN
    gate.kind = 'open'
    await get()
    await ended(2)
    expect(events.findLast(({ type }) => type === 'solve-end')).toMatchObject({ outcome: 'failed' })
    await Promise.all([get(), get(), get()])
    gate.kind = 'cookie'
    await get()
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(2)
    expect(challengedOverHttp()).toBe(1)
  })
})

describe('a clearance whose end nothing tells', () => {
  it('is taken to last as long as the one before', async () => {
    await open()
    await get()
    await ended(1)
    for (let i = 1; i <= 5; i++) {
      now += 2 * MIN
      await get()
    }
    now += MIN
    gate.revoke()
    await get()
    await ended(2)
    now += 8 * MIN
    await get()
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(2)
    now += 1.5 * MIN
    await get()
    await ended(3)
    expect(events.findLast(({ type }) => type === 'solve-start')).toMatchObject({
      reason: 'the clearance ends soon',
    })
    expect(events.filter(({ type }) => type === 'challenge')).toHaveLength(2)
  })

  it('is not taken to have lasted while nobody used it', async () => {
    await open()
    await get()
    await ended(1)
    await reopen()
    now += 600 * MIN
    gate.revoke()
    await get()
    await ended(1)
    now += 599 * MIN
    await get()
    await session.flush()
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
  })
})
