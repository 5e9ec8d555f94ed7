import { openBroker } from '../../src/index.ts'
import type { Peer } from '../measure.ts'
import { browserPeers } from '../peers.ts'
import { load } from './install.ts'

const COOKIES = Array.from({ length: 20 }, (_, i) => `cookie${i}=${'value'.repeat(4)}${i}; Path=/`)
const AT_ONCE = 32

/** A client that cannot be had here, and why. */
export interface Missing {
  readonly name: string
  readonly why: string
}

/** What Onejar is compared with, each with twenty cookies in a jar of its own. */
export async function clientPeers(origin: string): Promise<{ peers: Peer[]; missing: Missing[] }> {
  const url = `${origin}/`
  const makers: Readonly<Record<string, (name: string, url: string) => Promise<Peer[]>>> = {
    'session.request': ourPeers,
    'undici.request': undiciPeers,
    'http-cookie-agent + undici': agentPeers,
    'got-scraping': gotScrapingPeers,
    impit: impitPeers,
    'Playwright context.request': async () => {
      const [request, page] = await browserPeers(origin)
      return request === undefined ? [] : [{ ...request, close: async () => page?.close?.() }]
    },
  }
  const peers: Peer[] = []
  const missing: Missing[] = []
  for (const [name, make] of Object.entries(makers)) {
    try {
      const made = await make(name, url)
      for (const peer of made) await peer.fetch()
      peers.push(...made)
    } catch (error) {
      missing.push({ name, why: (error as Error).message.split('\n')[0] ?? '' })
    }
  }
  return { peers, missing }
}

async function ourPeers(name: string, url: string): Promise<Peer[]> {
  const broker = await openBroker({ store: 'memory' })
  const session = await broker.session('bench')
  for (const line of COOKIES) session.cookies.setSync(line, url)
  return [
    { name, ...some(4000), fetch: async () => (await session.request(url)).body.text() },
    {
      name: 'session.fetch',
      ...some(4000),
      fetch: async () => (await session.fetch(url)).text(),
      close: () => broker.close(),
    },
  ]
}

async function undiciPeers(name: string, url: string): Promise<Peer[]> {
  const { Agent, request } = await load('undici')
  const agent = new Agent()
  const jar = await filledJar(url)
  const headers = { cookie: await jar.getCookieString(url) }
  return [
    {
      name,
      ...some(4000),
      fetch: async () => (await request(url, { dispatcher: agent, headers })).body.text(),
    },
    {
      name: 'undici.request + tough-cookie by hand',
      ...some(4000),
      fetch: async () => {
        const answer = await request(url, {
          dispatcher: agent,
          headers: { cookie: await jar.getCookieString(url) },
        })
        for (const line of [answer.headers['set-cookie'] ?? []].flat()) await jar.setCookie(line, url)
        return answer.body.text()
      },
      close: () => agent.close(),
    },
  ]
}

async function agentPeers(name: string, url: string): Promise<Peer[]> {
  const { request } = await load('undici')
  const { CookieAgent } = await load('http-cookie-agent/undici')
  const dispatcher = new CookieAgent({ cookies: { jar: await filledJar(url) } })
  const fetch = async () => (await request(url, { dispatcher })).body.text()
  return [{ name, ...some(4000), fetch, close: () => dispatcher.close() }]
}

async function gotScrapingPeers(name: string, url: string): Promise<Peer[]> {
  const { gotScraping } = await load('got-scraping')
  const { Agent } = await import('node:http')
  const agent = { http: new Agent({ keepAlive: true }) }
  const cookieJar = await filledJar(url)
  const fetch = async () => (await gotScraping({ url, cookieJar, agent })).body
  return [{ name, ...some(800), fetch, close: async () => agent.http.destroy() }]
}

async function impitPeers(name: string, url: string): Promise<Peer[]> {
  const { Impit } = await load('impit')
  const client = new Impit({ cookieJar: await filledJar(url) })
  return [{ name, ...some(2000), fetch: async () => (await client.fetch(url)).text() }]
}

async function filledJar(url: string) {
  const { CookieJar } = await load('tough-cookie')
  const jar = new CookieJar()
  for (const line of COOKIES) jar.setCookieSync(line, url)
  return jar
}

function some(requests: number) {
  return { concurrency: AT_ONCE, requests }
}
