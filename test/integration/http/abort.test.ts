import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startDeadline } from '../../../src/core/index.ts'
import { startHttp2Server, startHttpServer, startTcpServer } from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

/** Never answers; says when a request has come. */
async function silentServer() {
  let onAsked = () => {}
  const asked = new Promise<void>((resolve) => {
    onAsked = resolve
  })
  const server = await startTcpServer((socket) => socket.on('data', () => onAsked()))
  return { server, asked }
}

describe('the signal', () => {
  it('that has fired already sends nothing', async () => {
    await using server = await startHttpServer((_request, response) => response.end())
    await using http = openHttp()
    const error = await errorOf(http.send(server.origin, { signal: AbortSignal.abort('no') }))
    expect([error.code, error.cause, server.accepted]).toEqual(['ONEJAR_ABORTED', 'no', 0])
  })

  it('ends a connection that is still being made, at once', async () => {
    let connecting = () => {}
    const started = new Promise<void>((resolve) => {
      connecting = resolve
    })
    await using http = openHttp({ connect: () => connecting() })
    const controller = new AbortController()
    const sent = http.send('http://192.0.2.1/', { signal: controller.signal })
    await started
    controller.abort()
    expect((await errorOf(sent)).code).toBe('ONEJAR_ABORTED')
  })

  it('ends the wait for headers, and the socket', async () => {
    const { server, asked } = await silentServer()
    await using _server = server
    await using http = openHttp()
    const controller = new AbortController()
    const sent = http.send(server.origin, { signal: controller.signal })
    await asked
    controller.abort(new Error('enough'))
    const error = await errorOf(sent)
    expect(error.code).toBe('ONEJAR_ABORTED')
    expect(error.cause).toEqual(new Error('enough'))
    await server.drained()
  })

  it('ends a body that is being read, and the socket', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.write('begun')
    })
    await using http = openHttp()
    const controller = new AbortController()
    const response = await http.send(server.origin, { signal: controller.signal })
    const read = response.body.text()
    controller.abort()
    expect((await errorOf(read)).code).toBe('ONEJAR_ABORTED')
    await server.drained()
  })

  it('ends a redirect whose body is being drained', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(302, { location: '/to', 'set-cookie': 'a=1' }).write('and so on')
    })
    await using http = openHttp()
    const controller = new AbortController()
    const sent = http.send(server.origin, {
      signal: controller.signal,
      cookies: { header: () => '', receive: () => setImmediate(() => controller.abort()) },
    })
    expect((await errorOf(sent)).code).toBe('ONEJAR_ABORTED')
    await server.drained()
    expect(server.accepted).toBe(1)
  })

  it('is let go of when the body has ended', async () => {
    await using server = await startHttpServer((_request, response) => response.end('all'))
    await using http = openHttp()
    const controller = new AbortController()
    let listeners = 0
    const { signal } = controller
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1
      addEventListener.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1
      removeEventListener.apply(signal, args)
    }
    const response = await http.send(server.origin, { signal })
    expect(await response.body.text()).toBe('all')
    expect(listeners).toBe(0)
  })

  it('over HTTP/2 ends its stream and leaves the others', async () => {
    let answerSlow = () => {}
    await using server = await startHttp2Server((request, response) => {
      if (request.url === '/slow') answerSlow = () => response.end('slow')
      else response.write('begun')
    })
    await using http = openHttp()
    const warm = await http.send(server.origin)
    warm.body.destroy()
    const slow = http.send(`${server.origin}/slow`)
    const controller = new AbortController()
    const stuck = await http.send(server.origin, { signal: controller.signal })
    const read = stuck.body.text()
    controller.abort()
    expect((await errorOf(read)).code).toBe('ONEJAR_ABORTED')
    answerSlow()
    expect(await (await slow).body.text()).toBe('slow')
  })
})

/** Within it a busy machine has answered: what is over then is the body. */
const HEADERS_COME_MS = 1_000

describe('the deadline', () => {
  it('of startDeadline() bounds the headers', async () => {
    const { server } = await silentServer()
    await using _server = server
    await using http = openHttp()
    const deadline = startDeadline(40, 'session.fetch()')
    expect((await errorOf(http.send(server.origin, { signal: deadline.signal }))).code).toBe('ONEJAR_TIMEOUT')
    deadline.clear()
  })

  it.each(['timeoutMs', 'signal', 'AbortSignal.timeout'])(
    'by %s bounds a body that never ends',
    async (how) => {
      await using server = await startHttpServer((_request, response) => {
        response.write('begun')
      })
      await using http = openHttp()
      const deadline = startDeadline(HEADERS_COME_MS, 'session.fetch()')
      const bound = {
        timeoutMs: { timeoutMs: HEADERS_COME_MS },
        signal: { signal: deadline.signal },
        'AbortSignal.timeout': { signal: AbortSignal.timeout(HEADERS_COME_MS) },
      }[how]!
      const response = await http.send(server.origin, bound)
      expect((await errorOf(response.body.text())).code).toBe('ONEJAR_TIMEOUT')
      deadline.clear()
      await server.drained()
    },
  )

  it('bounds the whole chain of redirects', async () => {
    await using server = await startHttpServer((_request, response) => {
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 15)
    })
    await using http = openHttp()
    const error = await errorOf(http.send(server.origin, { timeoutMs: 60, maxRedirects: 1_000 }))
    expect(error.code).toBe('ONEJAR_TIMEOUT')
  })

  it('of the transport bounds the headers and the gaps of the body', async () => {
    const { server } = await silentServer()
    await using _server = server
    await using http = openHttp({ headersTimeoutMs: HEADERS_COME_MS, bodyTimeoutMs: 50 })
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_TIMEOUT')
    await using stuck = await startHttpServer((_request, response) => {
      response.write('begun')
    })
    const response = await http.send(stuck.origin)
    expect((await errorOf(response.body.text())).code).toBe('ONEJAR_TIMEOUT')
  })
})

describe('what is left behind', () => {
  it('nothing after 100 parallel aborts', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/body') response.write('begun')
    })
    await using http = openHttp()
    const controller = new AbortController()
    const { signal } = controller
    const sent = Array.from({ length: 100 }, async (_, i) => {
      const response = await http.send(`${server.origin}${i % 2 ? '/body' : '/'}`, { signal })
      if (i === 99) setImmediate(() => controller.abort())
      return response.body.text()
    })
    const errors = await Promise.all(sent.map((one) => errorOf(one)))
    expect(new Set(errors.map((error) => error.code))).toEqual(new Set(['ONEJAR_ABORTED']))
    await server.drained()
  })

  it('nothing after a body that nobody wants', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.write('begun')
    })
    await using http = openHttp()
    const response = await http.send(server.origin)
    response.body.destroy()
    await server.drained()
  })

  it('a process that used it ends by itself', async () => {
    const script = fileURLToPath(new URL('./fixtures/use-and-leave.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 })
    expect(stdout.trim()).toBe('done')
  })
})

describe('close', () => {
  it('waits for what is on its way, takes nothing new, and may be called twice', async () => {
    let answer = () => {}
    let onAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      onAsked = resolve
    })
    await using server = await startHttpServer((_request, response) => {
      answer = () => response.end('late')
      onAsked()
    })
    await using http = openHttp()
    const sent = http.send(server.origin)
    await asked
    const closed = [http.transport.close(), http.transport.close()]
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_CLOSED')
    answer()
    expect(await (await sent).body.text()).toBe('late')
    await Promise.all(closed)
    await server.drained()
  })

  it('is not held up by exchanges that never got on their way', async () => {
    await using http = openHttp()
    const bad = { extraHeaders: () => ['odd'] }
    expect((await errorOf(http.send('http://127.0.0.1:59999/', bad))).code).toBe('ONEJAR_BAD_INPUT')
    expect((await errorOf(http.send('http://127.0.0.1:59999/', { method: 'A B' }))).code).toBe(
      'ONEJAR_BAD_INPUT',
    )
    const aborted = { signal: AbortSignal.abort() }
    expect((await errorOf(http.send('http://127.0.0.1:59999/', aborted))).code).toBe('ONEJAR_ABORTED')
    await http.transport.close(10 * 60_000)
  })

  it('cuts off what does not end in time', async () => {
    const { server, asked } = await silentServer()
    await using _server = server
    await using http = openHttp()
    const failed = errorOf(http.send(server.origin))
    await asked
    await http.transport.close(20)
    expect((await failed).code).toBe('ONEJAR_CLOSED')
    await server.drained()
  })
})
