import { parentPort, workerData } from 'node:worker_threads'
import { startDemoSite } from './server.ts'

const site = await startDemoSite(workerData)
parentPort?.on('message', async (asked: 'stats' | 'close') => {
  if (asked === 'stats') parentPort?.postMessage(site.stats())
  else {
    await site.close()
    parentPort?.close()
  }
})
parentPort?.postMessage({ origin: site.origin, pages: site.pages })
