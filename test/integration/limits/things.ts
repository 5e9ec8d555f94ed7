import { join } from 'node:path'
import { type Broker, type BrokerOptions, openBroker, type Session } from '../../../src/index.ts'
import { IDENTITY, temporaryFolder } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'

/** Something that users make, give back, and make again. */
export interface Thing {
  readonly name: string
  /** How many a round of the test makes. */
  readonly count: number
  /** What one may leave behind, in bytes; noise, and what the runtime learns. */
  readonly bytesEach: number
  /** Opens what the things are made in. */
  open(): Promise<Workshop>
}

export interface Workshop {
  make(index: number): Promise<void>
  close(): Promise<void>
}

/** On a store outside of this process's memory. */
async function openDisk(
  options: BrokerOptions = {},
): Promise<{ broker: Broker; close: () => Promise<void> }> {
  const folder = temporaryFolder()
  const store = { target: join(folder.path, 'store.db') }
  const broker = await openBroker({
    store,
    identity: IDENTITY,
    robots: false,
    onWarning: () => {},
    ...options,
  })
  const close = async () => {
    await broker.close()
    folder[Symbol.dispose]()
  }
  return { broker, close }
}

/** A site, a broker, and a session that stays open. */
async function openOne(
  handler: Parameters<typeof startHttpServer>[0],
  make: (session: Session, origin: string, index: number, broker: Broker) => Promise<void>,
  options: BrokerOptions = {},
): Promise<Workshop> {
  const server = await startHttpServer(handler)
  const { broker, close } = await openDisk(options)
  const session = await broker.session('one')
  return {
    make: (index) => make(session, server.origin, index, broker),
    async close() {
      await close()
      await server.close()
    },
  }
}

const hello: Parameters<typeof startHttpServer>[0] = (_request, response) => {
  response.writeHead(200, { 'set-cookie': 'sid=1; Max-Age=3600' }).end('hello')
}

export const THINGS: readonly Thing[] = [
  {
    name: 'sessions',
    count: 150,
    bytesEach: 700,
    open: () =>
      openOne(hello, async (_, origin, index, broker) => {
        const session = await broker.session(`s${index}`, { tenant: `t${index % 7}` })
        await (await session.fetch(origin)).text()
        await session.release()
      }),
  },
  {
    name: 'dispatchers',
    count: 100,
    bytesEach: 1_000,
    open: () =>
      openOne(hello, async (_, origin, index, broker) => {
        const session = await broker.session(`s${index}`)
        const { dispatcher } = session
        await (await fetch(origin, { dispatcher } as RequestInit)).text()
        await session.release()
      }),
  },
  {
    name: 'proxies of their own',
    count: 60,
    bytesEach: 2_000,
    async open() {
      const proxy = await startProxy({ toLoopback: true })
      const workshop = await openOne(hello, async (_, origin, index, broker) => {
        const own = proxy.url.replace('://', `://user${index}:secret@`)
        const session = await broker.session(`s${index}`, { proxy: own })
        await (await session.fetch(origin.replace('127.0.0.1', 'shop.test'))).text()
        await session.release()
      })
      return {
        make: workshop.make,
        async close() {
          await workshop.close()
          await proxy.close()
        },
      }
    },
  },
  {
    name: 'pools',
    count: 100,
    bytesEach: 1_000,
    open: () =>
      openOne(hello, async (_, _origin, index, broker) => {
        const pool = broker.pool({ name: `p${index}`, maxSessions: 2 })
        await pool.use(async (session) => session.cookies.all())
        await pool.close()
      }),
  },
  {
    name: 'listeners to events',
    count: 1_000,
    bytesEach: 100,
    open: () =>
      openOne(hello, async (session) => {
        const events = session.events()
        const next = events.next()
        await events.return?.()
        await next
      }),
  },
  {
    name: 'cookies of a site that sets them without end',
    count: 40,
    bytesEach: 5_000,
    open() {
      let set = 0
      return openOne(
        (_request, response) => {
          const lines = Array.from({ length: 50 }, () => `c${set++}=${'x'.repeat(40)}; Max-Age=3600`)
          response.writeHead(200, { 'set-cookie': lines }).end()
        },
        async (session, origin) => {
          await (await session.fetch(origin)).text()
        },
      )
    },
  },
  {
    name: 'items of localStorage',
    count: 1_200,
    bytesEach: 100,
    open: () =>
      openOne(hello, async (session, _origin, index) => {
        const storage = session.localStorage('https://shop.example')
        await storage.set(`key${index}`, 'a value of some length')
        await storage.delete(`key${index}`)
      }),
  },
  {
    name: 'requests with idempotency keys',
    count: 200,
    bytesEach: 300,
    open: () =>
      openOne(hello, async (session, origin, index) => {
        await (await session.fetch(origin, { method: 'POST', body: 'x', idempotencyKey: `k${index}` })).text()
      }),
  },
  {
    name: 'dead letters',
    count: 120,
    bytesEach: 2_000,
    open: () =>
      openOne(
        (_request, response) => response.destroy(),
        async (session, origin) => {
          await session.fetch(origin, { deadLetter: true, retry: false }).catch(() => {})
          session.unblock(origin)
        },
      ),
  },
  {
    name: 'pages and contexts',
    count: 2,
    bytesEach: 60_000,
    open: () =>
      openOne(hello, async (_, origin, index, broker) => {
        const session = await broker.session(`s${index}`)
        const page = await session.page()
        await page.goto(origin)
        await page.close()
        await session.release()
      }),
  },
  {
    name: 'visits',
    count: 1,
    bytesEach: 150_000,
    async open() {
      const gate = await startGate('cookie')
      const { broker, close } = await openDisk()
      return {
        async make(index) {
          const session = await broker.session(`s${index}`)
          await (await session.fetch(gate.origin)).text()
          await session.release()
        },
        async close() {
          await close()
          await gate[Symbol.asyncDispose]()
        },
      }
    },
  },
]
