import type { BrokerOptions } from '../../src/client/index.ts'
import { type RunningService, type ServeOptions, startService } from '../../src/service/index.ts'
import type { Log } from '../../src/telemetry/index.ts'
import { IDENTITY } from './broker.ts'

export interface OpenedService extends RunningService {
  /** A call with JSON; what came back, parsed where it is JSON. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; json: ReturnType<typeof JSON.parse> }>
  [Symbol.asyncDispose](): Promise<void>
}

/** A service on a free port, in memory, that reaches this machine. */
export async function openService(
  options: Partial<Omit<ServeOptions, 'broker' | 'log'>> & { broker?: BrokerOptions; lines?: unknown[] } = {},
): Promise<OpenedService> {
  const { broker, lines, ...rest } = options
  const note = (fields: unknown, message: string) => void lines?.push({ fields, message })
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const service = await startService({
    host: '127.0.0.1',
    port: 0,
    token: undefined,
    ...rest,
    broker: { store: 'memory', identity: IDENTITY, addresses: 'any', ...broker },
    log,
  })
  return {
    ...service,
    async call(method, path, body, headers = {}) {
      const response = await fetch(service.url + path, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        json: text === '' ? null : JSON.parse(text),
      }
    },
    [Symbol.asyncDispose]: () => service.close(),
  }
}
