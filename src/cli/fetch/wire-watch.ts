import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type SocketTimes, timesOf } from './connector.ts'

/** What one transfer put on the wire and got from it, redirects included. */
export class WireTrace {
  /** The heads of the responses that came over HTTP, as they were. */
  readonly heads: Buffer[] = []
  readonly startedAt = performance.now()
  requestBytes = 0
  uploadBytes = 0
  connects = 0
  sentAt: number | undefined
  firstByteAt: number | undefined
  redirectedAt: number | undefined
  socket: Partial<TLSSocket> | undefined
  times: SocketTimes | undefined

  get headBytes(): number {
    return this.heads.reduce((sum, head) => sum + head.length, 0)
  }

  /** Whether the head of the answer to what was sent last is there. */
  get isAnswered(): boolean {
    return this.firstByteAt !== undefined && this.firstByteAt >= (this.sentAt ?? 0)
  }

  /** Headers have gone out on a connection. */
  sent(socket: Socket | undefined, headers: string): void {
    if (this.sentAt !== undefined) this.redirectedAt = performance.now()
    this.sentAt = performance.now()
    this.requestBytes += Buffer.byteLength(headers, 'latin1')
    this.uploadBytes = 0
    if (socket === undefined) return
    this.socket = socket as Partial<TLSSocket>
    this.times = timesOf(socket)
    if (!USED.has(socket)) this.connects++
    USED.add(socket)
  }

  received(head: Buffer): void {
    this.heads.push(head)
    this.firstByteAt = performance.now()
  }
}

/** Connections that a request was sent on: another one makes no new connection. */
const USED = new WeakSet<Socket>()

const CREATED = 'undici:request:create'
const SENT = 'undici:client:sendHeaders'
const UPLOADED = 'undici:request:bodyChunkSent'
const RECEIVED = 'undici:request:headers'

interface Sent {
  readonly request: Wire
  readonly headers: string
  readonly socket?: Socket
}

interface Wire {
  readonly method: string
}

interface Received {
  readonly request: Wire
  readonly response: {
    readonly statusCode: number
    readonly statusText?: string
    readonly headers: readonly (Buffer | string)[] | Readonly<Record<string, string | string[]>>
  }
}

/** Watches the requests of this process, and says which transfer each belongs to. */
export class WireWatch {
  readonly #current = new AsyncLocalStorage<WireTrace>()
  readonly #owners = new WeakMap<object, WireTrace>()

  constructor() {
    subscribe(CREATED, this.#onCreated)
    subscribe(SENT, this.#onSent)
    subscribe(UPLOADED, this.#onUploaded)
    subscribe(RECEIVED, this.#onReceived)
  }

  /** Runs a transfer: what it sends is noted in its trace. */
  run<T>(trace: WireTrace, work: () => T): T {
    return this.#current.run(trace, work)
  }

  close(): void {
    unsubscribe(CREATED, this.#onCreated)
    unsubscribe(SENT, this.#onSent)
    unsubscribe(UPLOADED, this.#onUploaded)
    unsubscribe(RECEIVED, this.#onReceived)
  }

  readonly #onCreated = (message: unknown): void => {
    const trace = this.#current.getStore()
    const { request } = message as Sent
    // A tunnel is part of making a connection.
    if (trace !== undefined && request.method !== 'CONNECT') this.#owners.set(request, trace)
  }

  readonly #onSent = (message: unknown): void => {
    const { request, headers, socket } = message as Sent
    this.#owners.get(request)?.sent(socket, headers)
  }

  readonly #onUploaded = (message: unknown): void => {
    const { request, chunk } = message as { readonly request: Wire; readonly chunk: Uint8Array | string }
    const trace = this.#owners.get(request)
    if (trace !== undefined) trace.uploadBytes += Buffer.byteLength(chunk)
  }

  readonly #onReceived = (message: unknown): void => {
    const { request, response } = message as Received
    this.#owners.get(request)?.received(headBytes(response))
  }
}

function headBytes({ statusCode, statusText, headers }: Received['response']): Buffer {
  // HTTP/2 gives an object, and HTTP/1.1 a flat list of bytes.
  const isList = Array.isArray(headers)
  const first = isList ? `HTTP/1.1 ${statusCode} ${statusText ?? ''}` : `HTTP/2 ${statusCode} `
  const lines: (string | Buffer)[] = [first, '\r\n']
  for (const [name, value] of isList
    ? pairs(headers)
    : entries(headers as Record<string, string | string[]>)) {
    lines.push(name, ': ', value, '\r\n')
  }
  lines.push('\r\n')
  return Buffer.concat(lines.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
}

function pairs(list: readonly (Buffer | string)[]): [Buffer | string, Buffer | string][] {
  return list.flatMap((name, at): [Buffer | string, Buffer | string][] =>
    at % 2 === 0 && at + 1 < list.length ? [[name, list[at + 1] as Buffer | string]] : [],
  )
}

function entries(headers: Readonly<Record<string, string | string[]>>): [string, string][] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, one]),
    )
}
