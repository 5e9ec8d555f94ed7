import { openBroker } from '../src/index.ts'
import { latency } from './measure.ts'

export interface SyncFigures {
  /** The barrier before a request, while a page is open and nothing has changed. */
  readonly barrier: { p50: number; p99: number }
  /** Writing fifty changed cookies to an open context. */
  readonly push50: { p50: number; p99: number }
}

/** Measures how long the sync with an open page takes, in milliseconds. */
export async function measureSync(origin: string): Promise<SyncFigures> {
  await using broker = await openBroker({ store: 'memory' })
  const session = await broker.session('sync')
  const page = await session.page()
  await page.goto(`${origin}/quiet`)
  const storage = session.localStorage(origin)
  const barrier = await latency(300, () => storage.get('nothing'))
  const push50 = await latency(100, (round) => {
    const set = Array.from({ length: 50 }, (_, i) => session.cookies.set(`c${i}=${round}; Path=/`, origin))
    return Promise.all(set)
  })
  await page.close()
  return { barrier, push50 }
}
