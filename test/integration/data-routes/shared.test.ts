import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Session, SessionEvent } from '../../../src/index.ts'
import { collect, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { FIELDS, productOf, shownOf, startDataSite } from '../../support/data-site.ts'
import { eventually } from '../../support/eventually.ts'
import { isOfBrowser } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

const CHILD = fileURLToPath(new URL('../../support/data-process.ts', import.meta.url))
const KEYS = Buffer.alloc(32, 7).toString('base64url')
const REST = `show(await (await fetch('/api/products/' + id)).json())`

interface Answer {
  readonly via?: string
  readonly values?: unknown
  readonly routes: number
  readonly states: unknown[]
}

let folder: ReturnType<typeof temporaryFolder>
let ending: Array<() => Promise<unknown>>
beforeEach(() => {
  folder = temporaryFolder()
  ending = []
})
afterEach(async () => {
  for (const end of ending.reverse()) await end()
  folder[Symbol.dispose]()
})

/** Another process of the session: what it answers to a URL. */
async function startProcess(store: string): Promise<(line: string) => Promise<Answer>> {
  const child: ChildProcess = spawn(process.execPath, ['--no-warnings', CHILD, store], {
    env: { ...process.env, ONEJAR_HOME: folder.path, ONEJAR_KEYS: KEYS },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value as string
  ending.push(async () => {
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdin?.end()
    await closed
  })
  expect(await next()).toBe('ready')
  return async (line) => {
    child.stdin?.write(`${line}\n`)
    return JSON.parse(await next())
  }
}

const STORES: Readonly<Record<string, () => Promise<string>>> = {
  Redis: async () => {
    const redis = await RedisServer.start()
    ending.push(() => redis.stop())
    return redis.url
  },
  SQLite: async () => `sqlite:${folder.path}/store.db`,
}

describe('data routes of two processes that live', { timeout: 120_000 }, () => {
  it.each(Object.keys(STORES))('are learned, unlearned and learned anew together, on %s', async (kind) => {
    let isTrap = false
    const site = await startDataSite(REST, ({ pathname }, request) => {
      const product = productOf(pathname.split('/').at(-1))
      return isTrap && product && !isOfBrowser(request) ? { ...product, price: product.price + 20 } : product
    })
    ending.push(() => site.close())
    const target = await STORES[kind]?.()
    const broker = await memoryBroker({ store: { target: target as string, keys: KEYS } })
    ending.push(() => broker.close())
    const session: Session = await broker.session('shared')
    const events: SessionEvent[] = collect(session.events())
    const other = await startProcess(target as string)
    const here = async (id: number) => {
      const response = await session.fetch(`${site.origin}/p/${id}`, { extract: FIELDS })
      return { via: response.via, values: await response.json() }
    }
    const there = (id: number) => other(`${site.origin}/p/${id}`)
    const right = (via: string, id: number) => ({ via, values: shownOf(productOf(id) as never) })

    // Learned here, used there.
    for (const id of [100, 101]) expect(await here(id)).toEqual(right('page', id))
    await eventually(async () => expect((await other('-')).routes).toBe(1))
    expect(await there(102)).toMatchObject(right('http', 102))
    expect(await here(103)).toEqual(right('http', 103))

    // Found wrong there, used no longer here: and what was given here meanwhile is reported here.
    isTrap = true
    expect((await here(104)).via).toBe('http')
    const answers = []
    for (const id of [105, 106, 107]) answers.push(await there(id))
    expect(answers.at(-1)).toMatchObject(right('page', 107))
    expect(answers.flatMap(({ states }) => states)).toEqual([['mismatch', 4]])
    await eventually(async () => expect(session.routes.list()).toEqual([]))
    expect(await here(108)).toEqual(right('page', 108))
    const told = events.flatMap((event) =>
      event.type === 'data-route' ? [[event.state, event.unchecked]] : [],
    )
    expect(told).toEqual([
      ['learned', 0],
      ['mismatch', 2],
    ])

    // Learned anew here, used there.
    isTrap = false
    expect(await here(109)).toEqual(right('page', 109))
    await eventually(async () => expect((await other('-')).routes).toBe(1))
    expect(await there(110)).toMatchObject(right('http', 110))
  })
})
