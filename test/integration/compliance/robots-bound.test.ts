import { describe, expect, it } from 'vitest'
import { memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'

describe('what is known of robots.txt files', () => {
  it('is bounded by what they weigh: the one that was asked for first is asked for again', async () => {
    const asked = new Map<string, number>()
    const file = `User-agent: *\nDisallow: /none\n${`Disallow: /${'x'.repeat(1_000)}\n`.repeat(480)}`
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/robots.txt') {
        const host = request.headers.host ?? ''
        asked.set(host, (asked.get(host) ?? 0) + 1)
        response.end(file)
      } else response.end('ok')
    })
    await using proxy = await startProxy({ toLoopback: true })
    await using broker = await memoryBroker({ robots: {}, proxy: proxy.url })
    const session = await broker.session('a')
    const urls = Array.from({ length: 75 }, (_, i) => `http://h${i}.test:${server.port}/`)
    for (const url of urls) await (await session.fetch(url)).text()
    const timesAsked = () => [...asked.values()].reduce((sum, times) => sum + times, 0)
    expect(timesAsked()).toBe(urls.length)
    await (await session.fetch(urls.at(-1) as string)).text()
    expect(timesAsked()).toBe(urls.length)
    await (await session.fetch(urls[0] as string)).text()
    expect(timesAsked()).toBe(urls.length + 1)
  })
})
