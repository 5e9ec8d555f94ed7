import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import {
  type Handler,
  readBody,
  startHttpServer,
  startHttpsServer,
  startTcpServer,
} from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

/** Redirects /from to `location` with `status`; answers everything else with what it was asked. */
function redirecting(status: number, location: () => string): Handler {
  return async (request, response) => {
    const body = (await readBody(request)).toString()
    if (request.url === '/from') response.writeHead(status, { location: location() }).end('moved')
    else response.end(JSON.stringify({ method: request.method, headers: request.headers, body }))
  }
}

interface Echo {
  method: string
  headers: Record<string, string>
  body: string
}

describe('the method and the body', () => {
  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [307, 'POST', 'POST', 'hello'],
    [308, 'POST', 'POST', 'hello'],
    [301, 'PUT', 'PUT', 'hello'],
    [302, 'PUT', 'PUT', 'hello'],
    [303, 'PUT', 'GET', ''],
  ])('%i turns %s into %s', async (status, method, next, body) => {
    await using server = await startHttpServer(redirecting(status, () => '/to'))
    await using http = openHttp()
    const headers = { 'content-language': 'en', 'x-own': '1' }
    const response = await http.send(`${server.origin}/from`, { method, body: 'hello', headers })
    const echo = (await response.body.json()) as Echo
    expect([echo.method, echo.body]).toEqual([next, body])
    expect(echo.headers['x-own']).toBe('1')
    expect(echo.headers['content-type']).toBe(body === '' ? undefined : 'text/plain;charset=UTF-8')
    expect(echo.headers['content-language']).toBe(body === '' ? undefined : 'en')
    expect([response.redirected, response.hops, response.method]).toEqual([true, 1, next])
  })

  it('a 303 keeps HEAD', async () => {
    const methods: (string | undefined)[] = []
    await using server = await startHttpServer((request, response) => {
      methods.push(request.method)
      if (request.url === '/from') response.writeHead(303, { location: '/to' })
      response.end()
    })
    await using http = openHttp()
    await (await http.send(`${server.origin}/from`, { method: 'HEAD' })).body.dump()
    expect(methods).toEqual(['HEAD', 'HEAD'])
  })

  it('a stream cannot be sent twice', async () => {
    await using server = await startHttpServer(redirecting(307, () => '/to'))
    await using http = openHttp()
    const body = Readable.from([Buffer.from('once')])
    const error = await errorOf(http.send(`${server.origin}/from`, { method: 'POST', body }))
    expect(error.code).toBe('ONEJAR_BODY_NOT_REPLAYABLE')
  })

  it('a stream is no hindrance where the body is dropped', async () => {
    await using server = await startHttpServer(redirecting(303, () => '/to'))
    await using http = openHttp()
    const body = Readable.from([Buffer.from('once')])
    const response = await http.send(`${server.origin}/from`, { method: 'POST', body })
    expect(((await response.body.json()) as Echo).method).toBe('GET')
  })

  it.each(['form', 'blob', 'params', 'bytes'])('a %s is replayed byte for byte', async (kind) => {
    const bodies: Buffer[] = []
    const types: (string | undefined)[] = []
    await using server = await startHttpServer(async (request, response) => {
      bodies.push(await readBody(request))
      types.push(request.headers['content-type'])
      if (request.url === '/from') response.writeHead(308, { location: '/to' })
      response.end()
    })
    const form = new FormData()
    form.set('text', 'a\nb')
    form.set('file', new Blob(['content'], { type: 'text/css' }), 'x"y.css')
    const body = {
      form,
      blob: new Blob(['blob'], { type: 'image/png' }),
      params: new URLSearchParams({ q: 'ü' }),
      bytes: new Uint8Array([0, 255, 1]),
    }[kind]!
    await using http = openHttp()
    await (await http.send(`${server.origin}/from`, { method: 'POST', body })).body.dump()
    expect(bodies).toHaveLength(2)
    expect(bodies[0]!.length).toBeGreaterThan(0)
    expect(bodies[1]!.equals(bodies[0]!)).toBe(true)
    expect(types[1]).toBe(types[0])
  })
})

describe('where a redirect may lead', () => {
  it('resolves against the current URL and keeps the fragment', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/a/b?x=1') response.writeHead(302, { location: '../c?y=2' })
      response.end()
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/a/b?x=1#part`)
    await response.body.dump()
    expect(response.url.href).toBe(`${server.origin}/c?y=2#part`)
  })

  it('takes Location bytes for UTF-8', async () => {
    const urls: (string | undefined)[] = []
    await using server = await startTcpServer((socket) => {
      socket.on('data', (chunk) => {
        const path = chunk.toString('latin1').split(' ')[1]
        urls.push(path)
        const location = path === '/' ? 'location: /\xc3\xbc\r\n' : ''
        socket.write(
          Buffer.from(`HTTP/1.1 ${location ? 302 : 200} x\r\n${location}content-length: 0\r\n\r\n`, 'latin1'),
        )
      })
    })
    await using http = openHttp()
    await (await http.send(`${server.origin}/`)).body.dump()
    expect(urls).toEqual(['/', '/%C3%BC'])
  })

  it.each(['mailto:a@b', 'data:text/html,x', 'file:///etc/passwd', 'javascript:0', 'http://'])(
    'refuses %s',
    async (location) => {
      await using server = await startHttpServer(redirecting(302, () => location))
      await using http = openHttp()
      expect((await errorOf(http.send(`${server.origin}/from`))).code).toBe('ONEJAR_BAD_REDIRECT')
    },
  )

  it('is a plain response without a Location, or with an empty one', async () => {
    await using server = await startHttpServer((request, response) => {
      response.writeHead(302, request.url === '/empty' ? { location: '' } : {}).end('here')
    })
    await using http = openHttp()
    for (const path of ['/', '/empty']) {
      const response = await http.send(`${server.origin}${path}`)
      expect([response.statusCode, await response.body.text()]).toEqual([302, 'here'])
    }
  })

  it('drops credentials that the target has', async () => {
    const seen: (string | undefined)[] = []
    await using server = await startHttpServer((request, response) => {
      seen.push(request.headers.authorization)
      const location = `http://eve:secret@${request.headers.host}/to`
      if (request.url === '/from') response.writeHead(302, { location })
      response.end()
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/from`)
    await response.body.dump()
    expect(response.url.href).toBe(`${server.origin}/to`)
    expect(seen).toEqual([undefined, undefined])
  })

  it('stops after 20, or where the caller says', async () => {
    let asked = 0
    await using server = await startHttpServer((_request, response) => {
      asked += 1
      response.writeHead(302, { location: `/${asked}?secret=canary` }).end()
    })
    await using http = openHttp()
    const error = await errorOf(http.send(`${server.origin}/?secret=canary`))
    expect(error.code).toBe('ONEJAR_TOO_MANY_REDIRECTS')
    expect(error.message).not.toContain('canary')
    expect(asked).toBe(21)
    asked = 0
    await errorOf(http.send(`${server.origin}/`, { maxRedirects: 2 }))
    expect(asked).toBe(3)
  })

  it('can be refused, or left to the caller', async () => {
    await using server = await startHttpServer(redirecting(302, () => '/to'))
    await using http = openHttp()
    const error = await errorOf(http.send(`${server.origin}/from`, { redirect: 'error' }))
    expect(error.code).toBe('ONEJAR_TOO_MANY_REDIRECTS')
    const response = await http.send(`${server.origin}/from`, { redirect: 'manual' })
    expect([response.statusCode, response.headers['location'], await response.body.text()]).toEqual([
      302,
      '/to',
      'moved',
    ])
  })
})

describe('what does not follow to another origin', () => {
  const secrets = {
    cookie: 'own=1',
    authorization: 'Bearer canary',
    'proxy-authorization': 'Basic canary',
    'x-plain': 'goes along',
  }

  async function follow(location: (port: number) => string) {
    const seen: IncomingMessage[] = []
    await using other = await startHttpServer((request, response) => {
      seen.push(request)
      response.end()
    })
    await using server = await startHttpServer((request, response) => {
      seen.push(request)
      if (request.url === '/from') response.writeHead(307, { location: location(other.port) })
      response.end()
    })
    await using http = openHttp()
    http.cookies.set('127.0.0.1', 'jar', 'first').set('localhost', 'jar', 'second')
    const response = await http.send(`${server.origin}/from`, {
      headers: secrets,
      extraHeaders: (url) => (url.origin === server.origin ? { 'x-token': 'canary' } : undefined),
    })
    await response.body.dump()
    return seen.map((request) => request.headers)
  }

  it('another host', async () => {
    const [first, second] = await follow((port) => `http://localhost:${port}/to`)
    expect(first).toMatchObject({ ...secrets, cookie: 'jar=first; own=1', 'x-token': 'canary' })
    expect(second).toMatchObject({ 'x-plain': 'goes along', cookie: 'jar=second' })
    expect(JSON.stringify(second)).not.toContain('canary')
  })

  it('another port: the jar decides on cookies, the rest stays behind', async () => {
    const [, second] = await follow((port) => `http://127.0.0.1:${port}/to`)
    expect(second).toMatchObject({ 'x-plain': 'goes along', cookie: 'jar=first' })
    expect(JSON.stringify(second)).not.toContain('canary')
  })

  it('they do follow within the origin', async () => {
    const [, second] = await follow(() => '/to')
    expect(second).toMatchObject({ ...secrets, cookie: 'jar=first; own=1', 'x-token': 'canary' })
  })

  it('what was dropped does not come back when the chain does', async () => {
    const seen: (string | undefined)[] = []
    await using first = await startHttpServer((request, response) => {
      seen.push(request.headers.authorization)
      if (request.url === '/from') response.writeHead(302, { location: `${second.origin}/back` })
      response.end()
    })
    await using second = await startHttpServer((_request, response) => {
      response.writeHead(302, { location: `${first.origin}/end` }).end()
    })
    await using http = openHttp()
    const response = await http.send(`${first.origin}/from`, { headers: { authorization: 'Bearer canary' } })
    await response.body.dump()
    expect(seen).toEqual(['Bearer canary', undefined])
  })

  it('from https to http on the same host', async () => {
    let seen: IncomingMessage['headers'] = {}
    await using plain = await startHttpServer((request, response) => {
      seen = request.headers
      response.end()
    })
    await using secure = await startHttpsServer((_request, response) => {
      response.writeHead(302, { location: `${plain.origin}/to` }).end()
    })
    await using http = openHttp()
    const headers = { ...secrets, referer: `${secure.origin}/page?secret=canary` }
    await (await http.send(`${secure.origin}/from`, { headers })).body.dump()
    expect(seen['x-plain']).toBe('goes along')
    expect(seen.referer).toBeUndefined()
    expect(JSON.stringify(seen)).not.toContain('canary')
  })

  it('the Referer is cut to the origin', async () => {
    let referer: string | undefined
    await using other = await startHttpServer((request, response) => {
      referer = request.headers.referer
      response.end()
    })
    await using server = await startHttpServer(redirecting(302, () => `${other.origin}/to`))
    await using http = openHttp()
    const headers = { referer: `${server.origin}/page?secret=canary` }
    await (await http.send(`${server.origin}/from`, { headers })).body.dump()
    expect(referer).toBe(`${server.origin}/`)
  })
})

describe('the socket of a redirect', () => {
  it('is used again when the body is short', async () => {
    await using server = await startHttpServer(redirecting(302, () => '/to'))
    await using http = openHttp()
    await (await http.send(`${server.origin}/from`)).body.dump()
    expect(server.accepted).toBe(1)
  })

  it('is given up when the body does not end', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to' }).write('and so on')
      else response.end('there')
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/from`)
    expect(await response.body.text()).toBe('there')
    expect(server.accepted).toBe(2)
  })

  it('is given up when the body is long', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to' }).end(Buffer.alloc(4 << 20))
      else response.end('there')
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/from`)
    expect(await response.body.text()).toBe('there')
    expect(server.accepted).toBe(2)
  })
})

describe('the request context', () => {
  it('keeps the initiator, moves the address bar, and takes the method of the hop', async () => {
    await using server = await startHttpServer(redirecting(303, () => '/to'))
    await using http = openHttp()
    const initiator = 'https://start.test/'
    const context = { kind: 'form', initiator, topLevelUrl: `${server.origin}/from` } as const
    await (await http.send(`${server.origin}/from`, { method: 'POST', body: 'x', context })).body.dump()
    expect(http.cookies.asked.map((ask) => ask.context)).toEqual([
      { ...context, method: 'POST' },
      { ...context, method: 'GET', topLevelUrl: `${server.origin}/to` },
    ])
  })
})
