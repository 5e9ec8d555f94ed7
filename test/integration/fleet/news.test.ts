import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { openBroker, type Session } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { SITE } from './contents.ts'

const keys = generateKey()
const SCRIPT = fileURLToPath(new URL('news-writer.ts', import.meta.url))
const read = (session: Session) => session.cookies.header(SITE)

async function startWriter(target: string) {
  const child = spawn(process.execPath, ['--no-warnings', SCRIPT, target], {
    env: { PATH: process.env['PATH'], ONEJAR_KEYS: keys },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value as string
  expect(await next()).toBe('ready')
  return {
    /** Resolves to when the flush began and ended. */
    async write(value: string): Promise<[from: number, to: number]> {
      child.stdin.write(`${value}\n`)
      const [from = 0, to = 0] = (await next()).split(' ').map(Number)
      return [from, to]
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}

/**
 * From each flush in the other process to the value in this one's open session, and to the end of the flush: medians, in
 * ms. How long a flush takes says how busy the machine is.
 */
async function medians(target: string, rounds: number): Promise<{ news: number; flush: number }> {
  await using broker = await openBroker({ store: { target }, keys, identity: null })
  await using writer = await startWriter(target)
  const session = await broker.session('shared')
  const news: number[] = []
  const flush: number[] = []
  for (let at = 0; at < rounds; at++) {
    const flushed = writer.write(`${at}`)
    while (read(session) !== `news=${at}`) await pause(1)
    const seenAt = performance.timeOrigin + performance.now()
    const [from, to] = await flushed
    news.push(seenAt - from)
    flush.push(to - from)
  }
  return { news: median(news), flush: median(flush) }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

describe('what another process has flushed', () => {
  it('is there within 10 ms by way of Redis', async () => {
    const server = await RedisServer.start()
    try {
      const { news, flush } = await medians(server.url, 100)
      expect(news).toBeLessThan(Math.max(10, 5 * flush))
    } finally {
      await server.stop()
    }
  })

  it('is there within 20 ms by way of SQLite', async () => {
    using folder = temporaryFolder()
    const { news, flush } = await medians(join(folder.path, 'onejar.db'), 100)
    expect(news).toBeLessThan(Math.max(20, 5 * flush))
  })

  it('is caught up with when the subscription was cut off', async () => {
    const server = await RedisServer.start()
    const client = new Redis(server.url)
    try {
      await using broker = await openBroker({ store: { target: server.url }, keys, identity: null })
      await using writer = await startWriter(server.url)
      const session = await broker.session('shared')
      for (let at = 0; at < 20; at++) {
        await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await writer.write(`${at}`)
        await eventually(() => expect(read(session)).toBe(`news=${at}`))
      }
    } finally {
      client.disconnect()
      await server.stop()
    }
  })

  it('is heard by sessions that were opened while the subscription was cut off', {
    timeout: 120_000,
  }, async () => {
    const server = await RedisServer.start()
    const client = new Redis(server.url)
    try {
      const options = { store: { target: server.url }, keys, identity: null }
      await using broker = await openBroker(options)
      await using other = await openBroker(options)
      const ids = Array.from({ length: 50 }, (_, at) => `s${at}`)
      const sessions = await Promise.all(
        ids.map(async (id) => {
          await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
          return broker.session(id)
        }),
      )
      for (const id of ids) {
        const theirs = await other.session(id)
        theirs.cookies.set('news=1; Max-Age=3600', SITE)
        await theirs.flush()
      }
      await eventually(() => expect(sessions.map(read)).toEqual(ids.map(() => 'news=1')))
    } finally {
      client.disconnect()
      await server.stop()
    }
  })
})
