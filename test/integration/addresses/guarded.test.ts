import dgram from 'node:dgram'
import http, { type IncomingMessage, type Server } from 'node:http'
import net, { type AddressInfo, type LookupFunction } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { type Handler, startHttpServer } from '../../support/http-server.ts'
import { startProxy, startSocksProxy } from '../../support/proxy-server.ts'

/** A server that nobody is to reach, with what came there. */
async function startSecret() {
  const hits: string[] = []
  const note = ({ url }: IncomingMessage) => void hits.push(url ?? '')
  const server: Server = http.createServer((request, response) => {
    note(request)
    response.setHeader('access-control-allow-origin', '*')
    response.end('SECRET')
  })
  server.on('upgrade', (request, socket) => {
    note(request)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { hits, port, origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close }
}

/** The one site that may be reached, and the only one. */
const site = (handler: Handler) =>
  startHttpServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    handler(request, response)
  })

const only = (port: number): BrokerOptions => ({ addresses: { allow: [`127.0.0.1:${port}`] }, retry: false })

describe('addresses that may not be reached', () => {
  it('are refused over HTTP: asked for, by a name, and by a redirect', async () => {
    await using secret = await startSecret()
    await using server = await site((request, response) => {
      if (request.url === '/in') response.end('in')
      else response.writeHead(302, { location: `${secret.origin}/redirected` }).end()
    })
    await using broker = await memoryBroker(only(server.port))
    const session = await broker.session('a')
    expect(await (await session.fetch(`${server.origin}/in`)).text()).toBe('in')
    const urls = [
      secret.origin,
      `http://localhost:${secret.port}`,
      `http://[::1]:${secret.port}`,
      `${server.origin}/go`,
    ]
    urls.push(
      `http://[::ffff:127.0.0.1]:${secret.port}`,
      `http://0:${secret.port}`,
      `http://0x7f.1:${secret.port}`,
    )
    for (const url of urls) {
      const error = await errorOf(session.fetch(url))
      expect([url, error.code, error.retry]).toEqual([url, 'ONEJAR_ADDRESS_REFUSED', 'never'])
    }
    const { statusCode } = await session.request(`${server.origin}/in`)
    expect(statusCode).toBe(200)
    expect((await errorOf(session.request(secret.origin, { method: 'POST', body: 'x' }))).code).toBe(
      'ONEJAR_ADDRESS_REFUSED',
    )
    expect(secret.hits).toEqual([])
  })

  it('are refused where robots.txt is asked for first, with the same error', async () => {
    await using secret = await startSecret()
    await using server = await site((_request, response) => {
      response.writeHead(302, { location: `${secret.origin}/redirected` }).end()
    })
    await using broker = await memoryBroker({ ...only(server.port), robots: {} })
    const session = await broker.session('a')
    expect((await errorOf(session.fetch(secret.origin))).code).toBe('ONEJAR_ADDRESS_REFUSED')
    expect(secret.hits).toEqual([])
  })

  it.each(['http', 'page'])(
    'are refused by %s when a name resolves to them at the next connection',
    async (via) => {
      const hits: string[] = []
      let asked = 0
      const lookup: LookupFunction = (_host, _options, callback) => {
        const address = asked++ === 0 ? '127.0.0.1' : '127.0.0.2'
        callback(null, [{ address, family: 4 }])
      }
      await using server = await startHttpServer((_request, response) => {
        response.writeHead(200, { connection: 'close', 'content-type': 'text/html' }).end('<p>first')
      })
      // Both listen on the same port, so that the name alone leads from one to the other.
      await using _twin = await startTwin(server.port, hits)
      await using broker = await memoryBroker({
        addresses: { allow: ['127.0.0.1'] },
        retry: false,
        connect: { lookup } as never,
      })
      const session = await broker.session('a')
      const ask = () => session.fetch(server.on('rebound.example'), { render: via === 'page' })
      expect(await (await ask()).text()).toContain('first')
      const error = await errorOf(ask())
      expect([error.code, error.message.includes('127.0.0')]).toEqual(['ONEJAR_ADDRESS_REFUSED', false])
      expect(hits).toEqual([])
    },
  )

  it('are refused to a document of the browser: asked for, by a redirect, and by a script', async () => {
    await using secret = await startSecret()
    await using server = await site((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: `${secret.origin}/x` }).end()
      else if (request.url === '/script') response.end(`<script>location = '${secret.origin}/y'</script>`)
      else response.end('<p>rendered')
    })
    await using broker = await memoryBroker(only(server.port))
    const session = await broker.session('a')
    expect(await (await session.fetch(server.origin, { render: true })).text()).toContain('rendered')
    for (const url of [secret.origin, `${server.origin}/redirect`, `${server.origin}/script`]) {
      const error = await errorOf(session.fetch(url, { render: true }))
      expect([url, error.code]).toEqual([url, 'ONEJAR_ADDRESS_REFUSED'])
    }
    expect(secret.hits).toEqual([])
  })

  it('are refused to all that a page loads, and to UDP', async () => {
    await using secret = await startSecret()
    const packets: number[] = []
    const udp = dgram.createSocket('udp4').on('message', (message) => packets.push(message.length))
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
    const { port: udpPort } = udp.address()
    const there = (path: string) => `${secret.origin}/${path}`
    const worker = `fetch('${there('worker')}').catch(() => 0).then(() => postMessage(0))`
    const page = `<!doctype html><link rel=icon href="data:,">
      <img src="${there('image')}"><iframe src="${there('frame')}"></iframe><script src="${there('script')}"></script>
      <link rel=stylesheet href="http://localhost:${secret.port}/style"><link rel=prefetch href="${there('prefetch')}">
      <link rel=preconnect href="${secret.origin}"><video src="${there('video')}"></video>
      <script type=speculationrules>{"prefetch":[{"source":"list","urls":["${there('rules')}"]}]}</script>
      <script>
        const ended = (start) => new Promise((resolve) => start(resolve))
        const quiet = () => 0
        open('${there('popup')}')
        navigator.sendBeacon('${there('beacon')}', 'x')
        const tried = Promise.all([
          fetch('${there('fetch')}').catch(quiet),
          ended((end) => { new WebSocket('ws://127.0.0.1:${secret.port}/socket').onclose = end }),
          ended((end) => {
            const blob = new Blob([${JSON.stringify(worker)}])
            new Worker(URL.createObjectURL(blob)).onmessage = end
          }),
          ended((end) => { new EventSource('${there('events')}').onerror = end }),
          navigator.serviceWorker.register('/service-worker.js').then(({ installing }) =>
            ended((end) => { installing.onstatechange = () => installing.state === 'activated' && end() })),
          ended((end) => {
            const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:${udpPort}' }] })
            peer.createDataChannel('x')
            peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && end()
            peer.createOffer().then((offer) => peer.setLocalDescription(offer))
          }),
          new WebTransport('https://127.0.0.1:${udpPort}/').ready.catch(quiet),
        ])
      </script>`
    await using server = await site((request, response) => {
      if (request.url !== '/service-worker.js') return void response.end(page)
      response.setHeader('content-type', 'text/javascript')
      response.end(`oninstall = (e) => e.waitUntil(fetch('${there('service')}').catch(() => 0))`)
    })
    await using broker = await memoryBroker(only(server.port))
    const session = await broker.session('a')
    const shown = await session.page()
    await shown.goto(server.origin)
    await shown.evaluate('tried')
    expect(await shown.goto(there('typed')).catch(String)).toContain('net::ERR_')
    udp.close()
    expect([secret.hits, packets]).toEqual([[], []])
  })

  it('are refused to a fetch inside a page', async () => {
    await using secret = await startSecret()
    await using gate = await startGate('connection', {
      intercept: (request, response) => {
        if (request.url !== '/redirect') return false
        response.writeHead(302, { location: `${secret.origin}/x` }).end()
        return true
      },
    })
    await using broker = await memoryBroker(only(gate.port))
    const session = await broker.session('a')
    expect((await session.fetch(gate.origin)).via).toBe('page-fetch')
    expect((await errorOf(session.fetch(`${gate.origin}/redirect`))).code).toBe('ONEJAR_ADDRESS_REFUSED')
    expect(secret.hits).toEqual([])
  })

  it('are refused through a proxy as far as they can be told from the URL', async () => {
    await using secret = await startSecret()
    await using server = await startHttpServer((_request, response) => response.end('in'))
    await using http = await startProxy({ toLoopback: true })
    await using socks = await startSocksProxy()
    for (const proxy of [http, socks]) {
      await using broker = await memoryBroker({ addresses: 'public', retry: false, proxy: proxy.url })
      const session = await broker.session('a')
      for (const render of [false, true]) {
        expect(await (await session.fetch(server.on('shop.example'), { render })).text()).toContain('in')
        const before = proxy.passed.length
        for (const host of [
          '127.0.0.1',
          '[::1]',
          'localhost',
          'a.localhost',
          'metadata.google.internal',
          'printer',
        ]) {
          const error = await errorOf(session.fetch(`http://${host}:${secret.port}/`, { render }))
          expect([host, render, error.code]).toEqual([host, render, 'ONEJAR_ADDRESS_REFUSED'])
        }
        expect(proxy.passed.length).toBe(before)
      }
    }
  })

  it('a session may narrow what the broker allows, and not widen it', async () => {
    await using one = await startHttpServer((_request, response) => response.end('one'))
    await using two = await startHttpServer((_request, response) => response.end('two'))
    await using broker = await memoryBroker({ addresses: { allow: [`127.0.0.1:${one.port}`] }, retry: false })
    const narrow = await broker.session('narrow', { addresses: 'public' })
    const wide = await broker.session('wide', { addresses: 'any' })
    const codes = []
    for (const session of [narrow, wide]) {
      for (const { origin } of [one, two]) {
        codes.push(
          await session.fetch(origin).then(
            (r) => r.text(),
            (error) => error.code,
          ),
        )
      }
    }
    expect(codes).toEqual([
      'ONEJAR_ADDRESS_REFUSED',
      'ONEJAR_ADDRESS_REFUSED',
      'one',
      'ONEJAR_ADDRESS_REFUSED',
    ])
  })

  it('are refused to a connector of the user’s, before anything is sent', async () => {
    const received: Buffer[] = []
    await using secret = await startHttpServer((_request, response) => response.end('SECRET'))
    await using broker = await memoryBroker({
      addresses: 'public',
      retry: false,
      connect: (_to, callback) => {
        const socket = net.connect(secret.port, '127.0.0.1', () => callback(null, socket))
        socket.on('data', (chunk) => received.push(chunk))
      },
    })
    const session = await broker.session('a')
    expect((await errorOf(session.fetch('http://shop.example/'))).code).toBe('ONEJAR_ADDRESS_REFUSED')
    expect(received).toEqual([])
  })

  it('cannot be asked of a browser on another machine', async () => {
    const options = { addresses: 'public', browser: { cdpEndpoint: 'http://chrome.example:9222' } } as const
    expect((await errorOf(memoryBroker(options))).code).toBe('ONEJAR_BAD_OPTIONS')
  })
})

async function startTwin(port: number, hits: string[]) {
  const server = http.createServer((request, response) => {
    hits.push(request.url ?? '')
    response.end('SECRET')
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.2', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { [Symbol.asyncDispose]: close }
}
