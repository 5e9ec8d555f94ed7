import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'

/** A proxy on a free port, with counts of its requests. */
export interface CountingProxy {
  readonly url: string
  /** How many requests and tunnels it forwarded. */
  readonly passed: number
  /** How many requests it answered with 503 itself, so that they are retried. */
  readonly refused: number
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * @param refuseEvery - every how many requests for items the proxy answers with 503
 * @param origin - of the site whose items they are
 */
export async function startProxy(refuseEvery: number, origin: string): Promise<CountingProxy> {
  const counts = { passed: 0, refused: 0 }
  let items = 0
  const agent = new http.Agent({ keepAlive: true })
  const server = http.createServer((request, response) => {
    const { method, rawHeaders: headers } = request
    const target = new URL(request.url ?? '')
    const isItem = target.origin === origin && target.pathname.startsWith('/item/')
    if (isItem && ++items % refuseEvery === 0) {
      counts.refused++
      response.writeHead(503, { 'retry-after': '0' }).end('busy')
      return
    }
    counts.passed++
    const { hostname: host, port } = target
    const path = target.pathname + target.search
    // As they were written, so that a site sees its client and not the proxy.
    const onward = http.request({ agent, host, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.on('connect', (request, socket) => {
    counts.passed++
    const { hostname, port } = new URL(`http://${request.url}`)
    const onward = net.connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get passed() {
      return counts.passed
    },
    get refused() {
      return counts.refused
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
