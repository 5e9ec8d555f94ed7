import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker } from 'node:worker_threads'
import { benchPages } from './pages.ts'

export interface BenchServer {
  readonly origin: string
  close(): Promise<void>
}

/** Starts the server in a thread of its own, so that its work is not counted as the client's. */
export async function startBenchServer(): Promise<BenchServer> {
  const worker = new Worker(fileURLToPath(import.meta.url))
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      await worker.terminate()
    },
  }
}

if (parentPort) {
  let served = 0
  const pages = new Map(Object.values(benchPages()).map((page) => [page.path, page]))
  const plain = pages.get('/')
  const server = createServer((request, response) => {
    if (request.url === '/headers') {
      response.end(JSON.stringify(request.headers))
      return
    }
    const page = pages.get(request.url ?? '') ?? plain
    const headers: Record<string, string> = {
      'content-type': page?.type ?? '',
      'content-length': String(page?.body.length),
    }
    // One response in ten sets a cookie.
    if (++served % 10 === 0 && request.url === '/')
      headers['set-cookie'] = `visit=${served}; Path=/; SameSite=Lax`
    response.writeHead(200, headers)
    response.end(page?.body)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
}
