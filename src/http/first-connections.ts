import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { buildConnector } from 'undici'
import { ignore } from '../core/index.ts'

type Connector = buildConnector.connector

/** As many origins are remembered; then the memory starts anew. */
const MAX_ORIGINS = 10_000
/** What was opened and is not taken is closed after this. */
const SPARE_MS = 2_000

interface Spare {
  readonly result: { readonly socket: Socket } | { readonly error: Error }
  readonly timer: NodeJS.Timeout
}

/**
 * Knows which origins speak HTTP/2. Headers differ between the two versions (`priority`, how cookies are split), and undici
 * chooses the version when it connects, which is after it has taken the headers. So the first connection to an https origin
 * is opened before its first request is built, and the request then travels on that connection: it costs no further one.
 */
export class FirstConnections {
  readonly #connect: Connector
  readonly #http2 = new Map<string, boolean>()
  readonly #opening = new Map<string, Promise<void>>()
  readonly #spares = new Map<string, Spare>()
  #closed = false

  /** @param connect - opens connections straight to a site */
  constructor(connect: Connector) {
    this.#connect = connect
  }

  /** For undici: gives the connection that was opened ahead, or opens one. */
  readonly connector: Connector = (to, callback) => {
    const origin = `${to.protocol}//${to.host ?? to.hostname}`
    const mayBeHttp2 = (to as { readonly allowH2?: boolean }).allowH2 !== false
    const spare = mayBeHttp2 ? this.#take(origin) : undefined
    if (spare === undefined) {
      this.#connect(to, (...[error, socket]) => {
        if (error === null) {
          if (mayBeHttp2) this.#note(origin, socket)
          callback(null, socket)
        } else callback(error, null)
      })
    } else if ('error' in spare) setImmediate(callback, spare.error, null)
    else setImmediate(callback, null, spare.socket)
  }

  /** Whether an origin is known to speak HTTP/2. */
  speaksHttp2(origin: string): boolean {
    return this.#http2.get(origin) === true
  }

  /**
   * Resolves when it is known what an origin speaks; undefined when it is, and where it is plain http. Never rejects: what
   * goes wrong is what the request then fails with.
   */
  learn(url: URL): Promise<void> | undefined {
    const { origin } = url
    if (url.protocol !== 'https:' || this.#http2.has(origin) || this.#closed) return undefined
    const underway = this.#opening.get(origin)
    if (underway !== undefined) return underway
    const opening = new Promise<void>((resolve) => {
      const { host, hostname, protocol, port } = url
      const to = {
        host,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        protocol,
        port,
      } as buildConnector.Options
      this.#connect(to, (...[error, socket]) => {
        if (error === null) {
          this.#note(origin, socket)
          this.#keep(origin, { socket })
        } else this.#keep(origin, { error })
        resolve()
      })
    }).finally(() => this.#opening.delete(origin))
    this.#opening.set(origin, opening)
    return opening
  }

  /** Closes what was opened and not taken. Idempotent. */
  close(): void {
    this.#closed = true
    for (const origin of this.#spares.keys()) this.#drop(origin)
  }

  #note(origin: string, socket: Socket | TLSSocket): void {
    if (!origin.startsWith('https:')) return
    if (this.#http2.size >= MAX_ORIGINS) this.#http2.clear()
    this.#http2.set(origin, (socket as Partial<TLSSocket>).alpnProtocol === 'h2')
  }

  #keep(origin: string, result: Spare['result']): void {
    if ('socket' in result) {
      result.socket.on('error', ignore)
      if (this.#closed) {
        result.socket.destroy()
        return
      }
    }
    this.#drop(origin)
    this.#spares.set(origin, { result, timer: setTimeout(() => this.#drop(origin), SPARE_MS).unref() })
  }

  #take(origin: string): Spare['result'] | undefined {
    const spare = this.#spares.get(origin)
    if (spare === undefined) return undefined
    this.#spares.delete(origin)
    clearTimeout(spare.timer)
    const { result } = spare
    return 'socket' in result && result.socket.destroyed ? undefined : result
  }

  #drop(origin: string): void {
    const result = this.#take(origin)
    if (result !== undefined && 'socket' in result) result.socket.destroy()
  }
}
