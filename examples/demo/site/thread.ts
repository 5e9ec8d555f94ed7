import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DemoSiteOptions } from './server.ts'
import type { DemoStats } from './stats.ts'

/** A demo site that runs in a thread of its own. */
export interface DemoSiteThread {
  readonly origin: string
  readonly pages: number
  stats(): Promise<DemoStats>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a demo site in another thread, so that its work is not counted as the client's when rates are measured. */
export async function startDemoSiteThread(options: DemoSiteOptions = {}): Promise<DemoSiteThread> {
  const worker = new Worker(new URL('thread-main.ts', import.meta.url), { workerData: options })
  const [{ origin, pages }] = (await once(worker, 'message')) as [{ origin: string; pages: number }]
  const exited = once(worker, 'exit')
  const close = async () => {
    worker.postMessage('close')
    await exited
  }
  return {
    origin,
    pages,
    async stats() {
      worker.postMessage('stats')
      const [stats] = (await once(worker, 'message')) as [DemoStats]
      return stats
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
