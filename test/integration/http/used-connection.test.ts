import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startHttp2Server, startHttpServer, startHttpsServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'
import { errorOf, openHttp } from './fixture.ts'

type Ending = 'closes' | 'resets'

/** Breaks the connection of the requests whose number is given, without a word; answers the others. */
function breaking(numbers: readonly number[], ending: Ending, seen: string[]) {
  return (
    request: { method?: string; url?: string; socket: Socket },
    response: { end(text: string): void },
  ) => {
    seen.push(`${request.method} ${request.url}`)
    if (!numbers.includes(seen.length)) response.end('answer')
    else if (ending === 'closes') request.socket.destroy()
    else request.socket.resetAndDestroy()
  }
}

describe('a connection that the server closes while it is used again', () => {
  it.each([
    ['http', 'closes', startHttpServer],
    ['http', 'resets', startHttpServer],
    ['https', 'closes', startHttpsServer],
    ['HTTP/2', 'closes', startHttp2Server],
  ] as const)('is no matter to what only reads: %s, %s', async (_scheme, ending, start) => {
    const seen: string[] = []
    await using server = await start(breaking([2, 4, 6], ending, seen) as never)
    await using http = openHttp({ maxConnectionsPerOrigin: 1 })
    for (const method of ['GET', 'GET', 'OPTIONS', 'HEAD']) {
      const response = await http.send(`${server.origin}/${method}`, { method })
      expect([response.statusCode, await response.body.text()]).toEqual([
        200,
        method === 'HEAD' ? '' : 'answer',
      ])
    }
    expect(seen).toEqual([
      'GET /GET',
      ...['GET /GET', 'GET /GET'],
      ...['OPTIONS /OPTIONS', 'OPTIONS /OPTIONS'],
      ...['HEAD /HEAD', 'HEAD /HEAD'],
    ])
  })

  it('is none in the middle of a redirect chain, or behind a proxy', async () => {
    const seen: string[] = []
    await using proxy = await startProxy()
    await using server = await startHttpServer((request, response) => {
      seen.push(request.url ?? '')
      if (request.url === '/from') response.writeHead(302, { location: '/to', 'set-cookie': 'a=1' }).end()
      else if (seen.filter((url) => url === '/to').length === 1) request.socket.destroy()
      else response.end(request.headers.cookie)
    })
    await using http = openHttp({ maxConnectionsPerOrigin: 1 })
    const response = await http.send(`${server.origin}/from`)
    expect([await response.body.text(), response.hops, seen]).toEqual(['a=1', 1, ['/from', '/to', '/to']])
    await using tunnelled = openHttp({ proxy: proxy.url, maxConnectionsPerOrigin: 1 })
    expect(await (await tunnelled.send(`${server.origin}/from`)).body.text()).toBe('a=1')
  })

  it('is met once: a server that goes on is believed', async () => {
    const seen: string[] = []
    await using server = await startHttpServer(breaking([2, 3, 4], 'closes', seen) as never)
    await using http = openHttp({ maxConnectionsPerOrigin: 1 })
    await (await http.send(server.origin)).body.text()
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_NETWORK')
    expect(seen).toHaveLength(3)
  })

  it('is an error for what does more than read', async () => {
    const seen: string[] = []
    await using server = await startHttpServer(breaking([2], 'closes', seen) as never)
    await using http = openHttp({ maxConnectionsPerOrigin: 1 })
    await (await http.send(server.origin)).body.text()
    expect((await errorOf(http.send(server.origin, { method: 'DELETE' }))).code).toBe('ONEJAR_NETWORK')
    expect(seen).toHaveLength(2)
  })
})

it('a fresh connection that breaks is an error at once', async () => {
  const seen: string[] = []
  await using server = await startHttpServer(breaking([1, 2, 3], 'resets', seen) as never)
  await using http = openHttp()
  expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_NETWORK')
  expect(seen).toHaveLength(1)
})

it('an answer that does not come in time is not asked for again', async () => {
  const seen: string[] = []
  await using server = await startHttpServer((request, response) => {
    seen.push(request.url ?? '')
    if (seen.length === 1) response.end('answer')
  })
  await using http = openHttp({ maxConnectionsPerOrigin: 1, headersTimeoutMs: 1_000 })
  await (await http.send(server.origin)).body.text()
  expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_TIMEOUT')
  expect(seen).toHaveLength(2)
})

it('an answer that breaks off is not asked for again', async () => {
  const seen: string[] = []
  await using server = await startHttpServer((request, response) => {
    seen.push(request.url ?? '')
    if (seen.length === 1) response.end('whole')
    else response.writeHead(200, { 'content-length': '10' }).write('half', () => request.socket.destroy())
  })
  await using http = openHttp({ maxConnectionsPerOrigin: 1 })
  await (await http.send(server.origin)).body.text()
  const response = await http.send(server.origin)
  expect((await errorOf(response.body.text())).code).toBe('ONEJAR_NETWORK')
  expect(seen).toHaveLength(2)
})
