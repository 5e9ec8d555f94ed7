import dgram from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { errorOf, IDENTITY } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { CliHome, type Running } from '../cli/run-cli.ts'

describe('addresses of services', () => {
  let home: CliHome
  const running: Running[] = []
  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const one = home.start(args, { env })
    running.push(one)
    return one
  }
  /** The first line that a process says. */
  const line = async ({ child }: Running) => {
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer]
    return chunk.toString().trim()
  }

  beforeEach(() => {
    home = new CliHome()
  })
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGTERM')
      await ended
    }
    home.remove()
  })

  async function call(service: string, body: unknown): Promise<{ status: number; json: never }> {
    const response = await fetch(`${service}/v1/fetch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, json: (await response.json()) as never }
  }

  it('onejar serve reaches none of this machine, unless it is told to', async () => {
    const hits: string[] = []
    await using secret = await startHttpServer((request, response) => {
      hits.push(request.url ?? '')
      response.end('SECRET')
    })
    await using server = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html')
      if (request.url === '/redirect') response.writeHead(302, { location: secret.origin }).end()
      else if (request.url === '/script') response.end(`<script>location = '${secret.origin}'</script>`)
      else response.end('<p>in')
    })
    const closed = await line(start(['serve', '--port', '0', '--store', 'memory']))
    const allow = ['--allow-address', `127.0.0.1/32:${server.port}`, '--allow-address', '10.0.0.0/8']
    const open = await line(start(['serve', '--port', '0', '--store', 'memory', ...allow]))
    for (const render of [false, true]) {
      const refused = await call(closed, { session: 'a', url: server.origin, render })
      expect(refused).toMatchObject({
        status: 403,
        json: { error: { code: 'ONEJAR_ADDRESS_REFUSED', retry: 'never' } },
      })
      const got = await call(open, { session: 'a', url: server.origin, render })
      expect(got).toMatchObject({ status: 200, json: { status: 200 } })
      for (const url of [
        secret.origin,
        `${server.origin}/redirect`,
        ...(render ? [`${server.origin}/script`] : []),
      ]) {
        const { json } = await call(open, { session: 'a', url, render })
        expect([url, json]).toMatchObject([url, { error: { code: 'ONEJAR_ADDRESS_REFUSED' } }])
      }
    }
    expect(hits).toEqual([])
  })

  it('an address that cannot be read is a wrong command line', async () => {
    const { code, err } = await home.run(['serve', '--allow-address', '10.0.0.0/99'])
    expect([code, err]).toEqual([2, expect.stringContaining('addresses.allow.0')])
  })

  it.each(['of who asks', 'of the worker'])('a worker holds to the addresses %s', async (whose) => {
    const hits: string[] = []
    await using secret = await startHttpServer((request, response) => {
      hits.push(request.url ?? '')
      response.end('SECRET')
    })
    const udp = dgram.createSocket('udp4').on('message', () => hits.push('udp'))
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
    // The browser passes once the page has tried to reach what it may not, and failed.
    await using gate = await startHttpServer((request, response) => {
      if (request.headers.cookie?.includes('passed=1')) {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<p>content')
        return
      }
      const go = "document.cookie = 'passed=1'; location.reload()"
      const script = `
        const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:${udp.address().port}' }] })
        peer.createDataChannel('x')
        peer.onicegatheringstatechange = () => {
          if (peer.iceGatheringState !== 'complete') return
          fetch('${secret.origin}', { mode: 'no-cors' }).catch(() => { ${go} })
        }
        peer.createOffer().then((offer) => peer.setLocalDescription(offer))`
      response
        .writeHead(403, { 'content-type': 'text/html' })
        .end(`<!doctype html><title>One moment</title><script>${script}</script>`)
    })
    const redis = await RedisServer.start()
    try {
      const keys = generateKey()
      const allow = `127.0.0.1:${gate.port}`
      const flags = whose === 'of the worker' ? ['--allow-address', allow] : []
      await line(start(['worker', '--queue', redis.url, ...flags], { ONEJAR_KEYS: keys }))
      const common = { store: redis.url, keys, queue: redis.url, identity: IDENTITY, robots: false } as const
      await using broker = await openBroker({
        ...common,
        addresses: whose === 'of who asks' ? { allow: [allow] } : 'any',
      })
      const session = await broker.session('a')
      expect(await (await session.fetch(gate.origin)).text()).toContain('content')
      expect(hits).toEqual([])
    } finally {
      udp.close()
      for (const { child, ended } of running.splice(0)) {
        child.kill('SIGTERM')
        await ended
      }
      await redis.stop()
    }
  })

  it('a worker that may reach nothing here says so', async () => {
    await using gate = await startHttpServer((_request, response) => {
      response
        .writeHead(403, { 'content-type': 'text/html' })
        .end(
          '<!doctype html><title>One moment</title><script>setTimeout(() => location.reload(), 1e4)</script>',
        )
    })
    const redis = await RedisServer.start()
    try {
      const keys = generateKey()
      await line(start(['worker', '--queue', redis.url, '--allow-address', 'public'], { ONEJAR_KEYS: keys }))
      await using broker = await openBroker({
        store: redis.url,
        keys,
        queue: redis.url,
        identity: IDENTITY,
        robots: false,
      })
      const error = await errorOf((await broker.session('a')).fetch(gate.origin))
      expect(error.code).toBe('ONEJAR_ADDRESS_REFUSED')
    } finally {
      for (const { child, ended } of running.splice(0)) {
        child.kill('SIGTERM')
        await ended
      }
      await redis.stop()
    }
  })
})
