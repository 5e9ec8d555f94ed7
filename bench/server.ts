import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker } from 'node:worker_threads'

/** The page that every peer fetches: 4 kB, and one answer in ten sets a cookie. */
const PAGE =
  `<!doctype html><title>bench</title><p>${'The quick brown fox jumps over the lazy dog. '.repeat(90)}</p>`.slice(
    0,
    4096,
  )

export interface BenchServer {
  readonly origin: string
  close(): Promise<void>
}

/** Starts the server in a thread of its own, so that what is measured is the client. */
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
  const server = createServer((request, response) => {
    const headers: Record<string, string> = {
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(PAGE.length),
    }
    if (++served % 10 === 0 && request.url === '/')
      headers['set-cookie'] = `visit=${served}; Path=/; SameSite=Lax`
    response.writeHead(200, headers)
    response.end(PAGE)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
}
