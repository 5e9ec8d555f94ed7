import { once } from 'node:events'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { errorOf, IDENTITY, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, startHttpsServer } from '../../support/http-server.ts'
import { startProxy, startSocksProxy, type TestProxy } from '../../support/proxy-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { CliHome } from '../cli/run-cli.ts'

const auth = { username: 'us:er@x', password: 'pä ss%/canary' }
const wrong = { username: 'canary-name', password: 'canary-wrong' }

const KINDS: Readonly<Record<string, () => Promise<TestProxy>>> = {
  http: () => startProxy({ auth, toLoopback: true }),
  https: () => startProxy({ auth, toLoopback: true, tls: true }),
  socks5: () => startSocksProxy({ auth }),
}

function inUrl({ url }: TestProxy, { username, password } = auth): string {
  const [scheme, rest] = url.split('://')
  return `${scheme}://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${rest}`
}

/** A site by names that only a proxy knows, over http and https, and what its proxy-authorization was. */
async function sites() {
  const leaks: unknown[] = []
  const plain = await startHttpServer((request, response) => {
    leaks.push(request.headers['proxy-authorization'])
    response.setHeader('content-type', 'text/html')
    response.end('<p>in')
  })
  const secure = await startHttpsServer((request, response) => {
    leaks.push(request.headers['proxy-authorization'])
    response.setHeader('content-type', 'text/html')
    response.end('<p>in')
  })
  return {
    leaks,
    urls: [`http://shop.test:${plain.port}/`, `https://shop.test:${secure.port}/`],
    [Symbol.asyncDispose]: async () => {
      await plain.close()
      await secure.close()
    },
  }
}

describe('credentials of a proxy', () => {
  it.each(Object.keys(KINDS))(
    'of the kind %s work on both transports, however they are given',
    async (kind) => {
      await using site = await sites()
      await using proxy = await KINDS[kind]!()
      const options = { retry: false, ignoreHTTPSErrors: true } as const
      const given = [
        { broker: { proxy: inUrl(proxy) }, session: {} },
        { broker: { proxyRoutes: [{ proxies: [inUrl(proxy)] }] }, session: {} },
        { broker: {}, session: { proxy: { server: proxy.url, ...auth } } },
      ]
      for (const one of given) {
        await using broker = await memoryBroker({ ...options, ...one.broker })
        const session = await broker.session('a', one.session)
        for (const url of site.urls) {
          expect(await (await session.fetch(url)).text()).toContain('in')
          expect(await (await session.fetch(url, { render: true })).text()).toContain('in')
        }
      }
      expect(new Set(site.leaks)).toEqual(new Set([undefined]))
    },
  )

  it.each(Object.keys(KINDS))(
    'of the kind %s that are wrong are told apart from a proxy that is not there',
    async (kind) => {
      await using site = await sites()
      const proxy = await KINDS[kind]!()
      await using broker = await memoryBroker({ retry: false, ignoreHTTPSErrors: true })
      const refused = await broker.session('refused', { proxy: inUrl(proxy, wrong) })
      for (const render of [false, true]) {
        for (const url of site.urls) {
          const error = await errorOf(refused.fetch(url, { render }))
          expect([render, error.code, error.details['fault']]).toEqual([
            render,
            'ONEJAR_PROXY_FAILED',
            'credentials',
          ])
          expect(error.details['proxy']).toBe(proxy.url)
          expect(inspect(error, { depth: 10 })).not.toContain('canary')
        }
      }
      await proxy.close()
      const dead = await broker.session('dead', { proxy: inUrl(proxy) })
      for (const render of [false, true]) {
        for (const url of site.urls) {
          const error = await errorOf(dead.fetch(url, { render }))
          expect([render, error.code, error.details['fault']]).toEqual([
            render,
            'ONEJAR_PROXY_FAILED',
            'unreachable',
          ])
          expect(inspect(error, { depth: 10 })).not.toContain('canary')
        }
      }
      expect(site.leaks).toEqual([])
    },
  )

  it('work on the command line, and a proxy that fails has an exit code of its own', async () => {
    await using site = await sites()
    const home = new CliHome()
    try {
      for (const kind of ['http', 'socks5']) {
        await using proxy = await KINDS[kind]!()
        for (const render of [[], ['--render']]) {
          const { code, out } = await home.run([
            'fetch',
            '-s',
            '-A',
            'test',
            ...render,
            '-x',
            inUrl(proxy),
            site.urls[0]!,
          ])
          expect([kind, code, out]).toEqual([kind, 0, expect.stringContaining('in')])
        }
        const flags = ['fetch', '-A', 'test', '-x', inUrl(proxy, wrong), site.urls[0]!]
        const { code, err } = await home.run(flags)
        expect([code, err]).toEqual([
          56,
          expect.stringContaining(`The proxy ${proxy.url} wants other credentials`),
        ])
        expect(err).not.toContain('canary')
      }
    } finally {
      home.remove()
    }
  })

  it('reach a worker, and what it says of the proxy comes back', async () => {
    await using gate = await startHttpServer((request, response) => {
      const passed = request.headers.cookie?.includes('passed=1')
      response.writeHead(passed ? 200 : 403, { 'content-type': 'text/html' })
      const script = "document.cookie = 'passed=1'; location.reload()"
      response.end(
        passed ? '<p>content' : `<!doctype html><title>One moment</title><script>${script}</script>`,
      )
    })
    await using proxy = await startProxy({ auth, toLoopback: true })
    const redis = await RedisServer.start()
    const home = new CliHome()
    const keys = generateKey()
    const worker = home.start(['worker', '--queue', redis.url], { env: { ONEJAR_KEYS: keys } })
    try {
      await once(worker.child.stdout!, 'data') // ready
      await using broker = await openBroker({
        ...{ store: redis.url, keys, queue: redis.url, identity: IDENTITY, robots: false },
        proxy: inUrl(proxy),
      })
      const session = await broker.session('a')
      expect(await (await session.fetch(`http://gate.test:${gate.port}/`)).text()).toContain('content')
      expect(proxy.passed.length).toBeGreaterThan(2)
    } finally {
      worker.child.kill('SIGTERM')
      await worker.ended
      await redis.stop()
      home.remove()
    }
  })

  it('for SOCKS5 are refused where the browser on another machine could not use them', async () => {
    await using broker = await memoryBroker({ browser: { cdpEndpoint: 'http://chrome.example:9222' } })
    const error = await errorOf(broker.session('a', { proxy: 'socks5://user:canary@proxy.example:1080' }))
    expect([error.code, error.message]).toEqual(['ONEJAR_BAD_OPTIONS', expect.stringContaining('SOCKS5')])
    expect(error.message).not.toContain('canary')
  })
})
