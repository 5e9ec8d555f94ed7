import net, { type AddressInfo, type Socket } from 'node:net'
import { type AddressPolicy, ANY_ADDRESS } from '../../compliance/index.ts'
import type { OnejarError } from '../../core/index.ts'
import { connectionOptions } from '../create-dispatcher.ts'
import { toHttpError } from '../http-error.ts'
import type { HttpTransportOptions } from '../http-options.ts'
import { judgedConnector, refusedAddress, tlsConnector } from '../judged-connector.ts'
import { toProxy } from '../proxy-fault.ts'
import { readProxy } from '../read-proxy.ts'
import { openSocksTunnel } from '../socks-connector.ts'
import { httpFront } from './http-front.ts'
import { serveSocks } from './socks-front.ts'

export type BrowserRelayOptions = Pick<
  HttpTransportOptions,
  'proxy' | 'addresses' | 'connect' | 'connectTimeoutMs' | 'ignoreHTTPSErrors'
>

/** As many sites are remembered that could not be reached. */
const MAX_FAULTS = 1_000

/**
 * A proxy on this machine's loopback that a browser context sends everything through: pages and what they load, workers,
 * WebSockets, prefetches. It connects to addresses that the policy admits, judged where the connection is made, and to
 * nothing else; or passes on to the session's proxy, with the credentials that Chromium would not send.
 */
export class BrowserRelay {
  readonly #server: net.Server
  readonly #scheme: 'http' | 'socks5'
  readonly #sockets = new Set<Socket>()
  readonly #faults = new Map<string, OnejarError>()
  #closing: Promise<void> | undefined

  private constructor(options: BrowserRelayOptions) {
    const { addresses = ANY_ADDRESS } = options
    const proxy = options.proxy === undefined ? undefined : readProxy(options.proxy)
    if (proxy === undefined || proxy.protocol.startsWith('socks')) {
      const open =
        proxy === undefined ? directTunnel(options, addresses) : socksTunnel(proxy, options, addresses)
      this.#scheme = 'socks5'
      this.#server = net.createServer((socket) => {
        serveSocks(socket, async (host, port) => {
          try {
            const way = await open(host, port)
            this.#track(way)
            this.#note(host, port, null)
            return way
          } catch (error) {
            this.#note(host, port, toHttpError(error, siteUrl(host, port), proxy))
            throw error
          }
        })
      })
    } else {
      const tls = { ...connectionOptions(options), allowH2: false }
      const dial = toProxy(proxy, tlsConnector(tls))
      this.#scheme = 'http'
      this.#server = httpFront({
        proxy,
        answerTimeoutMs: tls.timeout ?? 10_000,
        dial: async () => {
          const way = await connection(dial, proxy.protocol, proxy.hostname, proxy.port)
          this.#track(way)
          return way
        },
        refusal: (host, port) => (addresses.admitsUnresolved(host, port) ? null : refusedAddress(host)),
        onEnd: (host, port, error) => this.#note(host, port, error),
      })
    }
    this.#server.on('connection', (socket) => this.#track(socket))
  }

  /** Starts one on a free port. */
  static async open(options: BrowserRelayOptions): Promise<BrowserRelay> {
    const relay = new BrowserRelay(options)
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject)
      relay.#server.listen(0, '127.0.0.1', resolve)
    })
    relay.#server.unref()
    return relay
  }

  /** The proxy setting for a browser. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Why the last connection to the site of this URL did not come to be; undefined when it did, or none was asked for. */
  faultOf({ hostname, port, protocol }: URL): OnejarError | undefined {
    return this.#faults.get(siteName(hostname, Number(port) || (protocol === 'https:' ? 443 : 80)))
  }

  /** Ends every connection. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
    return this.#closing
  }

  #note(host: string, port: number, error: OnejarError | null): void {
    const name = siteName(host, port)
    this.#faults.delete(name)
    if (error === null) return
    if (this.#faults.size >= MAX_FAULTS) this.#faults.delete(this.#faults.keys().next().value as string)
    this.#faults.set(name, error)
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (this.#closing !== undefined) socket.destroy()
  }
}

function directTunnel(options: BrowserRelayOptions, addresses: AddressPolicy) {
  const connect = judgedConnector(plainOptions(options), addresses)
  return (host: string, port: number) => connection(connect, 'http:', host, String(port))
}

function socksTunnel(proxy: URL, options: BrowserRelayOptions, addresses: AddressPolicy) {
  const tls = connectionOptions(options)
  const dial = toProxy(proxy, tlsConnector(tls))
  return async (host: string, port: number) => {
    if (!addresses.admitsUnresolved(host, port)) throw refusedAddress(host)
    const to = { protocol: 'http:', hostname: host, port: String(port) }
    return openSocksTunnel({ proxy, dial, timeoutMs: tls.timeout ?? 0 }, to)
  }
}

/** TLS is between the browser and the site; how a connection is made may be the user's choice. */
function plainOptions(options: BrowserRelayOptions) {
  const { connect, connectTimeoutMs = 10_000 } = options
  const given = typeof connect === 'object' ? (connect as { lookup?: net.LookupFunction }).lookup : undefined
  return { timeout: connectTimeoutMs, allowH2: false, ...(given === undefined ? {} : { lookup: given }) }
}

function connection(
  connect: ReturnType<typeof tlsConnector>,
  protocol: string,
  hostname: string,
  port: string,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  connect({ protocol, hostname, host: hostname, port }, (...[error, socket]) => {
    if (error === null) resolve(socket)
    else reject(error)
  })
  return promise
}

function siteName(host: string, port: number): string {
  return `${host.toLowerCase().replace(/^\[|\]$/g, '')} ${port}`
}

function siteUrl(host: string, port: number): URL {
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}/`)
}
