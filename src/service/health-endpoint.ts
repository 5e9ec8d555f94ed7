import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refusalOf } from './access.ts'
import type { MetricsEndpoint } from './metrics-endpoint.ts'

/** How a worker is, and why where it takes no work: in a sentence that anybody may read. */
export type WorkerState =
  | { readonly status: 'ok' }
  /** It works, and takes nothing for now: nothing is mended by restarting it. */
  | { readonly status: 'refusing'; readonly reason: string }
  | { readonly status: 'degraded' | 'draining'; readonly reason: string }

export interface HealthEndpoint {
  readonly url: string
  close(): Promise<void>
}

/**
 * `/health` and `/metrics` of a process that has no other interface. Anybody may ask for the health; the metrics, which
 * name origins, are for those whom the service would let in.
 */
export async function startHealthEndpoint(
  where: { readonly host: string; readonly port: number; readonly token: string | null },
  state: () => WorkerState,
  metrics: MetricsEndpoint,
): Promise<HealthEndpoint> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET') response.writeHead(405).end()
    else if (request.url === '/metrics') {
      const refusal = refusalOf(request.headers, where.token)
      if (refusal === null) return metrics.handle(request, response)
      const { status, code, message } = refusal
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code, message } }))
    } else if (request.url === '/health') {
      const now = state()
      const works = now.status === 'ok' || now.status === 'refusing'
      response.writeHead(works ? 200 : 503, { 'content-type': 'application/json' })
      response.end(JSON.stringify(now))
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where.port, where.host, resolve)
  })
  const { address, port, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
