import { Agent, request, fetch as undiciFetch } from 'undici'
import { openBroker } from '../src/index.ts'
import type { Peer } from './measure.ts'
import { type BenchProtocol, type BenchServer, type SeenRequest, startBenchServer } from './server.ts'

const COOKIES = Array.from({ length: 20 }, (_, i) => `cookie${i}=${'value'.repeat(4)}${i}; Path=/`)
const PROTOCOLS: readonly BenchProtocol[] = ['http/1.1', 'http/1.1 over TLS', 'HTTP/2']

/** One way in which a session and undici alone ask the same server for the same page. */
export interface TransportScenario {
  readonly name: string
  readonly peers: Peer[]
  /** Which peers are compared, what the first should have of the second's throughput at least, and what that is called. */
  readonly pairs: readonly (readonly [mine: string, theirs: string, atLeast: number, name: string])[]
  close(): Promise<void>
}

/** Each protocol, one request after the other and 32 at once, without cookies and with twenty. */
export async function* transportScenarios(): AsyncGenerator<TransportScenario> {
  for (const protocol of PROTOCOLS) {
    const server = await startBenchServer(protocol)
    try {
      for (const cookies of [0, COOKIES.length]) {
        for (const atOnce of [1, 32]) yield await scenario(protocol, server, cookies, atOnce)
      }
    } finally {
      await server.close()
    }
  }
}

async function scenario(
  protocol: BenchProtocol,
  { origin, ca }: BenchServer,
  cookies: number,
  atOnce: number,
): Promise<TransportScenario> {
  // A page that sets no cookie, so that there are as many at the end as at the beginning.
  const url = `${origin}/quiet`
  const seenAt = `${origin}/raw-headers`
  const connect = ca === undefined ? undefined : { ca }
  const broker = await openBroker({ store: 'memory', ...(connect === undefined ? {} : { connect }) })
  const session = await broker.session('bench')
  for (const line of COOKIES.slice(0, cookies)) session.cookies.set(line, url)
  // As sessions: HTTP/2 where the server offers it.
  const agent = new Agent({ allowH2: true, ...(connect === undefined ? {} : { connect }) })

  const ofRequest = (await (await session.request(seenAt)).body.json()) as SeenRequest
  const ofFetch = (await (await session.fetch(seenAt)).json()) as SeenRequest
  const ofDispatcher = (await (
    await request(seenAt, { dispatcher: session.dispatcher })
  ).body.json()) as SeenRequest
  const own = {
    request: headersOf(ofRequest),
    fetch: headersOf(ofFetch),
    dispatcher: headersOf(ofDispatcher),
  }
  const raw = async (headers: string[]) =>
    (await request(seenAt, { dispatcher: agent, headers })).body.json() as Promise<SeenRequest>
  const byFetch = async (headers: string[]) =>
    (await (
      await undiciFetch(seenAt, { dispatcher: agent, headers: pairsOf(headers) })
    ).json()) as SeenRequest
  sameRequest(`session.request, ${protocol}`, ofRequest, await raw(own.request))
  sameRequest(`session.dispatcher, ${protocol}`, ofDispatcher, await raw(own.dispatcher))
  sameRequest(`session.fetch, ${protocol}`, ofFetch, await byFetch(own.fetch))

  const name = `${protocol}, ${cookies} cookies, ${atOnce === 1 ? 'in turn' : `${atOnce} at once`}`
  const fast = { concurrency: atOnce, requests: 4000 }
  const half = { concurrency: atOnce, requests: 2000 }
  const of = (what: string) => `${what}, ${name}`
  const pairsForFetch = pairsOf(own.fetch)
  const peers: Peer[] = [
    {
      name: of('undici.request'),
      ...fast,
      fetch: async () => (await request(url, { dispatcher: agent, headers: own.request })).body.text(),
    },
    { name: of('session.request'), ...fast, fetch: async () => (await session.request(url)).body.text() },
    {
      name: of('undici.request as the dispatcher'),
      ...fast,
      fetch: async () => (await request(url, { dispatcher: agent, headers: own.dispatcher })).body.text(),
    },
    {
      name: of('session.dispatcher'),
      ...fast,
      fetch: async () => (await request(url, { dispatcher: session.dispatcher })).body.text(),
    },
    {
      name: of('undici.fetch'),
      ...half,
      fetch: async () => (await undiciFetch(url, { dispatcher: agent, headers: pairsForFetch })).text(),
    },
    { name: of('session.fetch'), ...half, fetch: async () => (await session.fetch(url)).text() },
  ]
  return {
    name,
    peers,
    pairs: [
      [of('session.request'), of('undici.request'), 0.85, of('session.request / undici.request')],
      [
        of('session.dispatcher'),
        of('undici.request as the dispatcher'),
        0.85,
        of('session.dispatcher / undici.request'),
      ],
      [of('session.fetch'), of('undici.fetch'), 1.6, of('session.fetch / undici.fetch')],
    ],
    close: async () => {
      await broker.close()
      await agent.close()
    },
  }
}

/** What the connection itself says, which each client writes by itself. */
const OF_CONNECTION = new Set(['host', 'connection'])

/** The headers of a request, as undici takes them. */
function headersOf({ rawHeaders }: SeenRequest): string[] {
  return pairsOf(rawHeaders)
    .filter(([name]) => !name.startsWith(':') && !OF_CONNECTION.has(name.toLowerCase()))
    .flat()
}

function pairsOf(list: readonly string[]): [string, string][] {
  return Array.from({ length: list.length / 2 }, (_, at) => [list[2 * at] ?? '', list[2 * at + 1] ?? ''])
}

/** What undici's fetch writes by itself, whatever it is given. */
const OF_UNDICI_FETCH = 'sec-fetch-mode'

/** @throws Error when the two sides of a comparison did not ask for the same in the same protocol */
function sameRequest(what: string, mine: SeenRequest, theirs: SeenRequest): void {
  const told = (seen: SeenRequest) => {
    const all = new Map<string, string>()
    for (const [name, value] of pairsOf(headersOf(seen))) {
      const key = name.toLowerCase()
      if (key === OF_UNDICI_FETCH) continue
      // HTTP/2 may send a cookie header in pieces.
      const before = all.get(key)
      all.set(key, before === undefined ? value : `${before}; ${value}`)
    }
    return JSON.stringify([seen.httpVersion, [...all].sort()])
  }
  if (told(mine) !== told(theirs))
    throw new Error(`${what}: undici sent something else\n${told(mine)}\n${told(theirs)}`)
}
