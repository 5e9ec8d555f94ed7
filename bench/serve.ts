import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openBroker } from '../src/index.ts'
import { OnejarProcess } from '../test/support/onejar-process.ts'
import type { Peer } from './measure.ts'

const AT_ONCE = 32
const MAX_TIMEOUT_MS = 60_000

export const SERVED = 'onejar serve, POST /v1/fetch'
export const FLARE_STAND_IN = 'stand-in with FlareSolverr’s interface, on a session of the library'
export const LIBRARY = 'session.fetch of the library'

/**
 * The same page through `onejar serve`, as a process of its own; through the library in this process; and through a stand-in for
 * FlareSolverr, which is no FlareSolverr: its `POST /v1` with `request.get`, answered from the library in this process. It shows what
 * that shape of a job costs (a POST for each page, the whole document and all cookies in JSON), without a browser.
 */
export async function servePeers(origin: string): Promise<{ peers: Peer[]; close(): Promise<void> }> {
  const url = `${origin}/quiet`
  const stack = new AsyncDisposableStack()
  const broker = await openBroker({ store: 'memory', robots: false })
  stack.defer(() => broker.close())
  const session = await broker.session('bench')
  const service = await OnejarProcess.start(
    ['serve', '--port', '0', '--store', 'memory', '--allow-address', 'any'],
    { ONEJAR_TOKEN: '', ONEJAR_LOG: '' },
  )
  stack.defer(() => service.kill())
  const standIn = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    request.on('end', async () => {
      const startTimestamp = Date.now()
      const { url, maxTimeout } = JSON.parse(text) as { url: string; maxTimeout: number }
      const answer = await session.fetch(url, { timeoutMs: maxTimeout })
      const solution = {
        url: answer.url,
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        response: await answer.text(),
        cookies: session.cookies.all(),
        userAgent: '',
      }
      const body = { status: 'ok', message: '', startTimestamp, endTimestamp: Date.now(), solution }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => standIn.listen(0, '127.0.0.1', resolve))
  stack.defer(() => {
    standIn.closeAllConnections()
    standIn.close()
  })
  const standInUrl = `http://127.0.0.1:${(standIn.address() as AddressInfo).port}/v1`
  const post = async (to: string, body: unknown) => {
    const response = await fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { text?: string; solution?: { response: string } }
    const document = answer.text ?? answer.solution?.response
    if (!document?.includes('quick brown fox')) throw new Error(`no page: ${response.status}`)
  }
  const flare = { cmd: 'request.get', url, session: 'bench', maxTimeout: MAX_TIMEOUT_MS }
  const peers: Peer[] = [
    {
      name: LIBRARY,
      concurrency: AT_ONCE,
      requests: 4000,
      fetch: async () => void (await (await session.fetch(url)).text()),
    },
    {
      name: SERVED,
      concurrency: AT_ONCE,
      requests: 1500,
      fetch: () => post(`${service.url}/v1/fetch`, { session: 'bench', url, robots: false }),
    },
    {
      name: FLARE_STAND_IN,
      concurrency: AT_ONCE,
      requests: 1500,
      fetch: () => post(standInUrl, flare),
    },
  ]
  return { peers, close: () => stack.disposeAsync() }
}
