import type { ServerResponse } from 'node:http'

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly setCookies?: readonly string[]
  /** The compressed body, for clients that accept it. */
  readonly gzip?: Buffer
}

export function html(body: string | Buffer, more: Partial<Reply> = {}): Reply {
  return { status: 200, type: 'text/html; charset=utf-8', body, ...more }
}

export function json(value: unknown, more: Partial<Reply> = {}): Reply {
  return { status: 200, type: 'application/json', body: JSON.stringify(value), ...more }
}

/** A file that a browser may keep. */
export function asset(type: string, body: string | Buffer): Reply {
  return { status: 200, type, body, headers: { 'cache-control': 'public, max-age=3600' } }
}

export function notFound(): Reply {
  return { status: 404, type: 'text/plain; charset=utf-8', body: 'Not found\n' }
}

/** Writes a reply. The body is compressed when there is a compressed one and the client accepts it. */
export function send(response: ServerResponse, reply: Reply, acceptsGzip: boolean, head: boolean): void {
  const gzip = acceptsGzip ? reply.gzip : undefined
  const body = gzip ?? (typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body)
  response.statusCode = reply.status
  response.setHeader('content-type', reply.type)
  response.setHeader('content-length', body.length)
  if (reply.gzip) response.setHeader('vary', 'accept-encoding')
  if (gzip) response.setHeader('content-encoding', 'gzip')
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  if (reply.setCookies?.length) response.setHeader('set-cookie', [...reply.setCookies])
  response.end(head ? undefined : body)
}
