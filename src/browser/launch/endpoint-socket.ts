import type { Socket } from 'node:net'
import { Agent, buildConnector, request, WebSocket } from 'undici'

/** The most that the answer to the question for the browser's own address may take. */
const MAX_ANSWER_BYTES = 1 << 20
/** A response of this protocol can hold a whole document. */
const MAX_MESSAGE_BYTES = 256 << 20

/** A connection to the browser at a DevTools endpoint: whole messages, until one side ends it. */
export interface EndpointSocket {
  send(message: string): void
  /** Ends it at once, whether or not the other side still answers. Safe to call twice. */
  destroy(): void
}

export interface SocketListener {
  message(text: string): void
  /** Called once, when the connection is over for whatever reason. */
  closed(): void
}

/**
 * Connects to a DevTools endpoint: `http(s)://`, which is asked for the browser's own address, or that address itself,
 * `ws(s)://`. An address of a browser that was replaced by another at the same host and port leads to the new one.
 *
 * Errors never hold the URL: a token may be in it.
 */
export async function connectEndpoint(
  endpoint: string,
  timeoutMs: number,
  listener: SocketListener,
): Promise<EndpointSocket> {
  const url = URL.parse(endpoint)
  if (url === null || !/^(?:https?|wss?):$/.test(url.protocol)) {
    throw new Error('The endpoint is no URL of http, https, ws or wss')
  }
  const signal = AbortSignal.timeout(timeoutMs)
  if (/^http/.test(url.protocol)) return openSocket(await ownAddress(url, signal), signal, listener)
  try {
    return await openSocket(url, signal, listener)
  } catch (error) {
    if (signal.aborted || !url.pathname.startsWith('/devtools/browser/')) throw error
    const asked = new URL(url.href.replace(/^ws/, 'http'))
    asked.pathname = '/'
    return openSocket(await ownAddress(asked, signal), signal, listener)
  }
}

async function ownAddress(endpoint: URL, signal: AbortSignal): Promise<URL> {
  const { bare, authorization } = split(endpoint)
  bare.pathname = `${bare.pathname.replace(/\/$/, '')}/json/version/`
  const dispatcher = new Agent()
  try {
    const response = await request(bare, { dispatcher, signal, headers: authorization }).catch(() => {
      throw new Error(signal.aborted ? 'The endpoint did not answer in time' : 'The endpoint is not reached')
    })
    if (response.statusCode !== 200) throw new Error(`The endpoint answers with ${response.statusCode}`)
    const address = URL.parse(webSocketUrl(await bounded(response.body)))
    if (address === null || !/^wss?:$/.test(address.protocol)) throw new Error('The endpoint is no DevTools')
    if (endpoint.username !== '' && address.host === endpoint.host) {
      address.username = endpoint.username
      address.password = endpoint.password
    }
    return address
  } finally {
    await dispatcher.destroy().catch(() => {})
  }
}

async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new Error('The endpoint is no DevTools')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function webSocketUrl(json: string): string {
  try {
    return String(JSON.parse(json).webSocketDebuggerUrl)
  } catch {
    return ''
  }
}

function openSocket(url: URL, signal: AbortSignal, listener: SocketListener): Promise<EndpointSocket> {
  const { bare, authorization } = split(url)
  const connect = buildConnector({ allowH2: false })
  let raw: Socket | undefined
  const dispatcher = new Agent({
    allowH2: false,
    webSocket: { maxPayloadSize: MAX_MESSAGE_BYTES },
    connect: (options, done) =>
      connect(options, (...outcome) => {
        raw = outcome[1] as Socket | undefined
        if (over) raw?.destroy()
        done(...outcome)
      }),
  })
  const socket = new WebSocket(bare.href, { dispatcher, headers: authorization })
  const { promise, resolve, reject } = Promise.withResolvers<EndpointSocket>()
  let over = false
  let open = false
  const end = () => {
    if (over) return
    over = true
    signal.removeEventListener('abort', end)
    // A closing handshake waits for a browser that may not answer any more.
    raw?.destroy()
    dispatcher.destroy().catch(() => {})
    if (open) listener.closed()
    else
      reject(
        new Error(signal.aborted ? 'The endpoint did not answer in time' : 'The endpoint is not reached'),
      )
  }
  socket.addEventListener('open', () => {
    if (over) return
    open = true
    signal.removeEventListener('abort', end)
    resolve({ send: (message) => socket.send(message), destroy: end })
  })
  socket.addEventListener('message', ({ data }) => {
    if (!over && typeof data === 'string') listener.message(data)
  })
  socket.addEventListener('error', end)
  socket.addEventListener('close', end)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return promise
}

/** The URL without its credentials, and the header that they make. */
function split(url: URL): { bare: URL; authorization: Record<string, string> } {
  const bare = new URL(url)
  const { username, password } = url
  bare.username = ''
  bare.password = ''
  if (username === '' && password === '') return { bare, authorization: {} }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { bare, authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}
