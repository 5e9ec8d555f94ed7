import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'

// Chromium sends nothing for the loopback through a proxy, so the site has a name that only the proxies know.
const site = () => startHttpServer((_request, response) => response.end('<!doctype html><p>hello'))

describe('a session’s proxy', () => {
  it('comes from the table by tenant and target, and is the same for HTTP and for pages', async () => {
    await using server = await site()
    await using acme = await startProxy({ toLoopback: true })
    await using rest = await startProxy({ toLoopback: true })
    await using broker = await memoryBroker({
      proxyRoutes: [
        { tenant: 'acme', domain: 'shop.test', proxies: [acme.url] },
        { domain: 'shop.test', proxies: [rest.url] },
      ],
    })
    const url = `http://www.shop.test:${server.port}/`
    const options = { target: url }
    const mine = await broker.session('a', { ...options, tenant: 'acme' })
    expect(await (await mine.fetch(`${url}http`)).text()).toContain('hello')
    const page = await mine.page()
    await page.goto(`${url}page`)
    expect(acme.passed.map(({ target }) => target)).toEqual(
      expect.arrayContaining([`${url}http`, `${url}page`]),
    )
    expect(rest.passed).toEqual([])
    const other = await broker.session('a', options)
    await (await other.fetch(`${url}other`)).text()
    expect(rest.passed.map(({ target }) => target)).toEqual([`${url}other`])
  })

  it('goes when the table is changed: what is under way ends first, what is kept goes on', async () => {
    const reached = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    await using server = await startHttpServer(async (request, response) => {
      if (request.url === '/slow') {
        reached.resolve()
        await answer.promise
      }
      response.end('done')
    })
    await using old = await startProxy({ toLoopback: true })
    await using fresh = await startProxy({ toLoopback: true })
    await using broker = await memoryBroker({
      proxyRoutes: [{ domain: 'shop.test', proxies: [old.url] }],
    })
    const url = `http://shop.test:${server.port}/`
    const moved = await broker.session('moved', { target: url })
    const kept = await broker.session('kept', { target: 'http://other.test/' })
    const slow = moved.fetch(`${url}slow`)
    await reached.promise
    const rotated = broker.rotateProxies([{ domain: 'shop.test', proxies: [fresh.url] }])
    answer.resolve()
    expect(await (await slow).text()).toBe('done')
    expect(await rotated).toEqual({ parked: 1, kept: 1 })
    expect(await errorOf(moved.fetch(url))).toMatchObject({ code: 'ONEJAR_CLOSED' })
    expect(kept.closed).toBe(false)
    const again = await broker.session('moved', { target: url })
    await (await again.fetch(`${url}fresh`)).text()
    expect(fresh.passed.map(({ target }) => target)).toEqual([`${url}fresh`])
    expect(old.passed).toHaveLength(1)
  })

  it('that refuses is named, and its credentials are not', async () => {
    await using proxy = await startProxy({ auth: { username: 'right', password: 'canary-right' } })
    await using broker = await memoryBroker({
      proxyRoutes: [{ proxies: [{ server: proxy.url, username: 'wrong', password: 'canary-wrong' }] }],
    })
    const session = await broker.session('a')
    for (const url of ['http://shop.test/', 'https://shop.test/']) {
      const error = await errorOf(session.fetch(url))
      expect(error.code).toBe('ONEJAR_PROXY_FAILED')
      expect(inspect(error, { depth: 10 })).not.toContain('canary')
    }
  })

  it('is checked with its path', async () => {
    const error = await errorOf(memoryBroker({ proxyRoutes: [{ proxies: ['ftp://user:canary@host'] }] }))
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).toContain('proxyRoutes')
    expect(error.message).not.toContain('canary')
    await using broker = await memoryBroker()
    expect((await errorOf(broker.rotateProxies([{ proxies: [] }]))).message).toContain('proxies')
  })
})
