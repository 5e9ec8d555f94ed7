import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Inspector, ResponseHead } from '../../../src/http/index.ts'
import { type Handler, startHttpServer } from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

interface Seen {
  status: number
  path: string
  peek: string
  complete: boolean
}

function inspector(
  peekBytes: number,
  needsPeek: (head: ResponseHead) => boolean = () => true,
): Inspector<Seen> {
  return {
    needsPeek,
    peekBytes,
    judge: (head, peek, complete) => ({
      status: head.statusCode,
      path: head.url.pathname,
      peek: peek.toString(),
      complete,
    }),
  }
}

const serve = (handler: Handler) => startHttpServer(handler)

describe('the peek', () => {
  it('sees the first bytes, and the caller still gets all of them', async () => {
    const page = 'abcdefghij'.repeat(50_000)
    await using server = await serve((_request, response) => response.end(page))
    await using http = openHttp()
    const response = await http.send(server.origin, { inspect: inspector(100) })
    expect(response.verdict).toEqual({ status: 200, path: '/', peek: page.slice(0, 100), complete: false })
    expect(await response.body.text()).toBe(page)
  })

  it('sees a short body whole', async () => {
    await using server = await serve((_request, response) => response.end('short'))
    await using http = openHttp()
    const response = await http.send(server.origin, { inspect: inspector(100) })
    expect(response.verdict).toEqual({ status: 200, path: '/', peek: 'short', complete: true })
    expect(await response.body.text()).toBe('short')
  })

  it('sees an empty body', async () => {
    await using server = await serve((_request, response) => response.end())
    await using http = openHttp()
    const response = await http.send(server.origin, { inspect: inspector(100) })
    expect(response.verdict).toMatchObject({ peek: '', complete: true })
    expect(await response.body.text()).toBe('')
  })

  it('collects a body that comes in pieces', async () => {
    await using server = await serve(async (_request, response) => {
      for (const piece of ['one ', 'two ', 'three']) {
        await new Promise((resolve) => response.write(piece, resolve))
      }
      response.end()
    })
    await using http = openHttp()
    const response = await http.send(server.origin, { inspect: inspector(100) })
    expect(response.verdict).toMatchObject({ peek: 'one two three', complete: true })
    expect(await response.body.text()).toBe('one two three')
  })

  it('sees decoded bytes', async () => {
    const page = '<title>Just a moment</title>'.repeat(5_000)
    await using server = await serve((_request, response) => {
      response.setHeader('content-encoding', 'br')
      response.end(zlib.brotliCompressSync(page))
    })
    await using http = openHttp()
    const response = await http.send(server.origin, { inspect: inspector(28) })
    expect(response.verdict).toMatchObject({ peek: '<title>Just a moment</title>', complete: false })
    expect(await response.body.text()).toBe(page)
  })

  it('is not taken when the head is enough; the verdict is there all the same', async () => {
    await using server = await serve((_request, response) => response.writeHead(429).end('slow down'))
    await using http = openHttp()
    const response = await http.send(server.origin, { inspect: inspector(100, () => false) })
    expect(response.verdict).toEqual({ status: 429, path: '/', peek: '', complete: false })
    expect(await response.body.text()).toBe('slow down')
  })

  it('is of the last hop', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to' }).end('moved')
      else response.end('there')
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/from`, { inspect: inspector(100) })
    expect(response.verdict).toMatchObject({ path: '/to', peek: 'there' })
    await response.body.dump()
  })

  it('does not wait for ever: a drip is judged by what there is', async () => {
    await using server = await serve((_request, response) => {
      response.write('drip')
    })
    await using http = openHttp({ peekTimeoutMs: 50 })
    const response = await http.send(server.origin, { inspect: inspector(100) })
    expect(response.verdict).toMatchObject({ peek: 'drip', complete: false })
    const reader = response.body[Symbol.asyncIterator]()
    expect(String((await reader.next()).value)).toBe('drip')
    await reader.return?.()
    await server.drained()
  })

  it('passes what comes after a drip on, with its backpressure', async () => {
    const page = Buffer.alloc(3 << 20, 'x')
    let go = () => {}
    await using server = await serve((_request, response) => {
      response.write('drip')
      go = () => response.end(page)
    })
    await using http = openHttp({ peekTimeoutMs: 20 })
    const response = await http.send(server.origin, { inspect: inspector(100) })
    go()
    expect((await response.body.bytes()).length).toBe(page.length + 4)
  })

  it('fails with the connection', async () => {
    await using server = await serve((request, response) => {
      response.write('half')
      setImmediate(() => request.socket.destroy())
    })
    await using http = openHttp()
    const error = await errorOf(http.send(server.origin, { inspect: inspector(100) }))
    expect(error.code).toBe('ONEJAR_NETWORK')
  })

  it('gives way to the deadline', async () => {
    await using server = await serve((_request, response) => {
      response.write('drip')
    })
    await using http = openHttp({ peekTimeoutMs: 60_000 })
    const error = await errorOf(http.send(server.origin, { inspect: inspector(100), timeoutMs: 60 }))
    expect(error.code).toBe('ONEJAR_TIMEOUT')
    await server.drained()
  })

  it('ends before it is full where the beginning tells, and whoever called has the rest as it comes', async () => {
    const first = 'a'.repeat(5_000)
    const rest = Promise.withResolvers<void>()
    await using server = await serve(async (_request, response) => {
      response.write(first)
      await rest.promise
      response.end('b'.repeat(90_000))
    })
    await using http = openHttp({ peekTimeoutMs: 60_000 })
    const asked: number[] = []
    const early = (_head: ResponseHead, beginning: Buffer) => {
      asked.push(beginning.length)
      return { status: 0, path: 'early', peek: '', complete: false }
    }
    const response = await http.send(server.origin, { inspect: { ...inspector(32_768), early } })
    expect(response.verdict?.path).toBe('early')
    rest.resolve()
    expect(await response.body.text()).toBe(first + 'b'.repeat(90_000))
    expect(asked).toHaveLength(1)
    expect(asked[0]).toBeGreaterThanOrEqual(4_096)
  })

  it('asks whether the beginning tells as often as it has doubled, and never of what is there whole', async () => {
    const piece = 'a'.repeat(1_000)
    await using server = await serve(async (request, response) => {
      if (request.url === '/whole') {
        response.setHeader('content-length', 20_000)
        response.end('a'.repeat(20_000))
        return
      }
      for (let at = 0; at < 30; at++) {
        await new Promise((resolve) => response.write(piece, resolve))
      }
      response.end()
    })
    await using http = openHttp()
    const asked: number[] = []
    const early = (_head: ResponseHead, beginning: Buffer) => {
      asked.push(beginning.length)
      return undefined
    }
    const inspect = { ...inspector(32_768), early }
    const response = await http.send(server.origin, { inspect })
    expect(response.verdict).toMatchObject({ peek: piece.repeat(30), complete: true })
    expect(asked.length).toBeLessThanOrEqual(3)
    for (const [at, length] of asked.entries())
      expect(length).toBeGreaterThanOrEqual(at === 0 ? 4_096 : 2 * (asked[at - 1] ?? 0))
    asked.length = 0
    expect((await http.send(`${server.origin}/whole`, { inspect })).verdict?.complete).toBe(true)
    expect(asked.every((length) => length < 20_000)).toBe(true)
  })

  it('fails the exchange when the inspector throws', async () => {
    await using server = await serve((_request, response) => response.end('x'))
    await using http = openHttp()
    for (const peek of [true, false]) {
      const inspect: Inspector<never> = {
        needsPeek: () => peek,
        peekBytes: 10,
        judge: () => {
          throw new RangeError('a bug')
        },
      }
      const error = await errorOf(http.send(server.origin, { inspect }))
      expect(error.cause).toBeInstanceOf(RangeError)
    }
  })

  it('fails the exchange when the inspector throws early', async () => {
    await using http = openHttp()
    const early = () => {
      throw new RangeError('a bug')
    }
    await using slow = await serve((_request, response) => {
      response.write('x'.repeat(8_000))
    })
    const error = await errorOf(http.send(slow.origin, { inspect: { ...inspector(32_768), early } }))
    expect(error.cause).toBeInstanceOf(RangeError)
    await slow.drained()
  })
})
