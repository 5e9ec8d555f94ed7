import type { IncomingMessage } from 'node:http'
import type { Session } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { type GateKind, startGate } from '../../support/gates.ts'
import { isOfBrowser } from '../../support/http-server.ts'
import type { Counts } from './compare-costs.ts'

const CALLERS = 50
const SHOP = (path: string) =>
  `<!doctype html><title>Shop</title><h1>Lamp ${path.slice(1)}</h1><p>content</p><script>document.body.append('rendered')</script>`

interface Scenario {
  readonly kind: GateKind
  readonly run: (session: Session, origin: string) => Promise<unknown>
}

const read = async (session: Session, url: string) => (await session.fetch(url)).text()
const inTurn = async (session: Session, urls: readonly string[]) => {
  for (const url of urls) await read(session, url)
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'an open site': { kind: 'open', run: read },
  'a gated site, the first page': { kind: 'cookie', run: read },
  'a gated site, ten pages': {
    kind: 'cookie',
    run: (session, origin) =>
      inTurn(
        session,
        Array.from({ length: 10 }, (_, n) => `${origin}/${n}`),
      ),
  },
  [`a gated site, ${CALLERS} callers at once`]: {
    kind: 'cookie',
    run: (session, origin) =>
      Promise.all(Array.from({ length: CALLERS }, (_, n) => read(session, `${origin}/${n}`))),
  },
  'a site that knows the browser by its connection, three pages': {
    kind: 'connection',
    run: (session, origin) => inTurn(session, [`${origin}/1`, `${origin}/2`, `${origin}/3`]),
  },
  'a captcha': { kind: 'captcha', run: (session, origin) => read(session, origin).catch(() => {}) },
  'a refusal': { kind: 'block', run: (session, origin) => read(session, origin).catch(() => {}) },
  'a rendered page': {
    kind: 'open',
    run: async (session, origin) => (await session.fetch(origin, { render: true })).text(),
  },
  'an expectation that HTTP meets': {
    kind: 'open',
    run: async (session, origin) => (await session.fetch(origin, { expect: { text: 'content' } })).text(),
  },
}

/** Documents that a browser asked a site for, by what the session was asked for. */
export async function measureVisits(): Promise<Counts> {
  await using broker = await memoryBroker({ onWarning: () => {} })
  const counts: Record<string, number> = {}
  for (const [name, { kind, run }] of Object.entries(SCENARIOS)) {
    let documents = 0
    await using gate = await startGate(kind, {
      content: SHOP('/'),
      intercept: (request) => {
        if (isDocumentOfBrowser(request)) documents++
        return false
      },
    })
    const session = await broker.session(name)
    await run(session, gate.origin)
    await session.release()
    counts[`documents in the browser: ${name}`] = documents
  }
  return counts
}

function isDocumentOfBrowser(request: IncomingMessage): boolean {
  return isOfBrowser(request) && request.headers['sec-fetch-dest'] === 'document'
}
