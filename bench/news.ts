import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openBroker } from '../src/index.ts'
import { generateKey } from '../src/store/index.ts'
import { RedisServer } from '../test/support/redis-server.ts'
import { percentiles } from './measure.ts'

export interface NewsFigures {
  /** The time from the start of a flush in another process until this process's open session has the value. */
  readonly flushed: { p50: number; p99: number }
  /** The same from the write itself, without a flush: it includes the 50 ms for which the queue collects writes. */
  readonly behind: { p50: number; p99: number }
}

const WRITER = fileURLToPath(new URL('news-writer.ts', import.meta.url))
const SITE = 'https://shop.example/'
const WARM_UP = 50

/** Measures after how many milliseconds another process sees a write, through a Redis on this machine. */
export async function measureNews(rounds = 500): Promise<NewsFigures> {
  const server = await RedisServer.start()
  const keys = generateKey()
  try {
    await using broker = await openBroker({ store: { target: server.url }, keys, identity: null })
    const session = await broker.session('shared')
    const child = spawn(process.execPath, ['--no-warnings', WRITER, server.url], {
      env: { PATH: process.env['PATH'], ONEJAR_KEYS: keys },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => String((await lines.next()).value)
    await next()
    const measure = async (how: 'flush' | 'behind', count: number) => {
      const delays: number[] = []
      for (let at = 0; at < count; at++) {
        child.stdin.write(`${how} ${at}\n`)
        const value = `news=${how}${at}`
        while (session.cookies.header(SITE) !== value) await new Promise((resolve) => setImmediate(resolve))
        const seenAt = performance.timeOrigin + performance.now()
        delays.push(seenAt - Number(await next()))
      }
      return percentiles(delays)
    }
    await measure('flush', WARM_UP)
    const flushed = await measure('flush', rounds)
    const behind = await measure('behind', Math.ceil(rounds / 10))
    child.stdin.end()
    await once(child, 'close')
    return { flushed, behind }
  } finally {
    await server.stop()
  }
}
