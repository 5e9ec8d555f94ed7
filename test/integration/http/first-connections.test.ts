import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { IdentitySource } from '../../../src/http/index.ts'
import { startHttp2Server, startHttpsServer } from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const identity: IdentitySource = { headersFor: () => ['User-Agent', 'test'], priorityFor: () => 'u=0, i' }

describe('the first connection to an origin', () => {
  it('carries the request that it was opened for', async () => {
    const seen: (string | undefined)[] = []
    await using server = await startHttp2Server((request, response) => {
      seen.push(request.headers['priority'] as string | undefined)
      response.end()
    })
    await using http = openHttp()
    for (let round = 0; round < 3; round++) await (await http.send(server.origin, { identity })).body.dump()
    expect(seen).toEqual(['u=0, i', 'u=0, i', 'u=0, i'])
    expect(server.accepted).toBe(1)
  })

  it('serves all who ask at once', async () => {
    let answered = 0
    await using server = await startHttp2Server((_request, response) => {
      answered++
      response.end()
    })
    await using http = openHttp()
    const all = Array.from({ length: 50 }, () => http.send(server.origin, { identity }))
    for (const response of await Promise.all(all)) await response.body.dump()
    expect(answered).toBe(50)
  })

  it('tells HTTP/1.1 apart, which has no priority', async () => {
    const seen: (string | undefined)[] = []
    await using server = await startHttpsServer((request, response) => {
      seen.push(request.headers['priority'] as string | undefined)
      response.end()
    })
    await using http = openHttp()
    for (let round = 0; round < 2; round++) await (await http.send(server.origin, { identity })).body.dump()
    expect(seen).toEqual([undefined, undefined])
  })

  it('fails the request with what it failed with, and asks once', async () => {
    let asked = 0
    const server = net.createServer((socket) => {
      asked++
      socket.destroy()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await using http = openHttp()
    const { port } = server.address() as AddressInfo
    const error = await errorOf(http.send(`https://127.0.0.1:${port}/`, { identity }))
    expect(error.code).toBe('ONEJAR_NETWORK')
    expect(asked).toBe(1)
    server.close()
  })

  it('is closed when nobody takes it', async () => {
    const sockets: Socket[] = []
    const server = net.createServer((socket) => sockets.push(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const http = openHttp({ connectTimeoutMs: 500 })
    const { port } = server.address() as AddressInfo
    const ended = http.send(`https://127.0.0.1:${port}/`, { identity, timeoutMs: 200 })
    expect((await errorOf(ended)).code).toBe('ONEJAR_TIMEOUT')
    await http[Symbol.asyncDispose]()
    await Promise.all(sockets.map((socket) => socket.destroyed || once(socket.resume(), 'close')))
    server.close()
    await once(server, 'close')
  })
})
