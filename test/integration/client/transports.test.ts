import { describe, expect, it } from 'vitest'
import { memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'

const SESSIONS = 1_000
const proxiesOf = (name: string) =>
  Array.from({ length: SESSIONS }, (_, i) => `http://user:secret@${name}${i}.test:8080`)

/** What this process has worked since then, in milliseconds: others on the machine do not count. */
function workedMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1_000
}

describe('transports', () => {
  it('are given back when the last session with a proxy of its own is released', async () => {
    await using site = await startHttpServer((_request, response) => response.end('hello'))
    await using proxy = await startProxy({ toLoopback: true })
    await using broker = await memoryBroker()
    const url = `http://shop.test:${site.port}/`
    const one = await broker.session('one', { proxy: proxy.url })
    const two = await broker.session('two', { proxy: proxy.url })
    for (const session of [one, two]) await (await session.fetch(url)).text()
    expect(site.open).toBeGreaterThan(0)
    await one.release()
    expect(await (await two.fetch(url)).text()).toBe('hello')
    await two.release()
    await site.drained()
    const again = await broker.session('two', { proxy: proxy.url })
    expect(await (await again.fetch(url)).text()).toBe('hello')
  })

  it('let a response end that is still read when its session is released', async () => {
    const goOn = Promise.withResolvers<void>()
    await using site = await startHttpServer(async (_request, response) => {
      response.write('be')
      await goOn.promise
      response.end('gun')
    })
    await using proxy = await startProxy({ toLoopback: true })
    await using broker = await memoryBroker()
    const session = await broker.session('one', { proxy: proxy.url })
    const response = await session.fetch(`http://shop.test:${site.port}/`)
    await session.release()
    goOn.resolve()
    expect(await response.text()).toBe('begun')
    await site.drained()
  })

  it('cost nothing until something is sent, and a table of proxies little', async () => {
    await using broker = await memoryBroker({ proxyRoutes: [{ proxies: proxiesOf('a') }] })
    const started = process.cpuUsage()
    await Promise.all(Array.from({ length: SESSIONS }, (_, i) => broker.session(`s${i}`)))
    const opened = workedMs(started)
    const before = process.cpuUsage()
    const mixed = [...proxiesOf('a').slice(0, 500), ...proxiesOf('b').slice(0, 500)]
    const { parked, kept } = await broker.rotateProxies([{ proxies: mixed }])
    const rotated = workedMs(before)
    expect(parked + kept).toBe(SESSIONS)
    // A session stays where neither its proxy went nor a heavier one came: one of three.
    expect(kept / SESSIONS).toBeGreaterThan(0.25)
    expect(kept / SESSIONS).toBeLessThan(0.42)
    // A hash for each pair of session and proxy takes ten times as long.
    expect(opened + rotated).toBeLessThan(2_500)
  })
})
