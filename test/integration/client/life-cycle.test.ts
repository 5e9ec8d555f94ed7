import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { errorOf, IDENTITY, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const site = () =>
  startHttpServer((request, response) => {
    response.writeHead(200, { 'set-cookie': 'seen=1; Max-Age=600' }).end(request.headers.cookie ?? '')
  })

describe('a broker', () => {
  it('gives the same session for the same id, also to those who ask at once', async () => {
    await using broker = await memoryBroker()
    const [one, two] = await Promise.all([broker.session('a'), broker.session('a')])
    expect(one).toBe(two)
    expect(await broker.session('a')).toBe(one)
    expect(await broker.session('b')).not.toBe(one)
    expect(await broker.session('a', { tenant: 'other' })).not.toBe(one)
  })

  it('tells tenants and ids apart whatever characters they have', async () => {
    await using broker = await memoryBroker()
    const one = await broker.session('c', { tenant: 'a\nb' })
    const two = await broker.session('b\nc', { tenant: 'a' })
    expect(one).not.toBe(two)
  })

  it('restores cookies, storage and identity from the store after a release and in another process', async () => {
    using folder = temporaryFolder()
    await using server = await site()
    const store = join(folder.path, 'onejar.db')
    {
      await using broker = await openBroker({ store, identity: IDENTITY })
      const session = await broker.session('a')
      await session.fetch(server.origin)
      await session.localStorage(server.origin).set('token', 'abc')
      await session.release()
      const again = await broker.session('a')
      expect(again).not.toBe(session)
      expect(again.cookies.header(server.origin)).toBe('seen=1')
      expect(await again.localStorage(server.origin).get('token')).toBe('abc')
    }
    await using broker = await openBroker({ store, browser: { executablePath: '/nowhere/chromium' } })
    const session = await broker.session('a')
    expect(session.cookies.header(server.origin)).toBe('seen=1')
    expect(await session.localStorage(server.origin).get('token')).toBe('abc')
    await using mirror = await startHttpServer((request, response) =>
      response.end(request.headers['user-agent']),
    )
    expect(await (await session.fetch(mirror.origin)).text()).toBe('test')
  })

  it('opens a session anew that is still being parked, after what it wrote', async () => {
    await using server = await site()
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    await session.fetch(server.origin)
    const releasing = session.release()
    const again = await broker.session('a')
    expect(again).not.toBe(session)
    expect(again.cookies.header(server.origin)).toBe('seen=1')
    await releasing
    expect(await broker.session('a')).toBe(again)
  })

  it('lets requests that are on their way end before it parks the session', async () => {
    const arrived = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    await using server = await startHttpServer(async (_, response) => {
      arrived.resolve()
      await answer.promise
      response.writeHead(200, { 'set-cookie': 'late=1' }).end('late')
    })
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const request = session.fetch(server.origin)
    await arrived.promise
    const releasing = session.release()
    const next = broker.session('a')
    answer.resolve()
    expect(await (await request).text()).toBe('late')
    expect((await next).cookies.header(server.origin)).toBe('late=1')
    await releasing
  })

  it('refuses the use of a session after its release, and of a broker after its close', async () => {
    await using server = await site()
    const broker = await memoryBroker()
    const session = await broker.session('a')
    await session.release()
    const uses = [
      () => session.fetch(server.origin),
      () => session.request(server.origin),
      () => session.page(),
      () => session.flush(),
      () => session.cookies.set('a=1', server.origin),
      () => session.cookies.clear(),
      () => session.localStorage(server.origin).set('a', 'b'),
      () => session.localStorage(server.origin).delete('a'),
      () => session.localStorage(server.origin).clear(),
    ]
    for (const use of uses) expect((await errorOf(use)).code, String(use)).toBe('ONEJAR_CLOSED')
    await session.release()
    await broker.close()
    await broker.close()
    expect((await errorOf(broker.session('a'))).code).toBe('ONEJAR_CLOSED')
  })

  it('releases its sessions when it is closed', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    {
      await using broker = await openBroker({ store, identity: IDENTITY })
      const session = await broker.session('a')
      session.cookies.set('kept=1; Max-Age=600', 'https://a.example/')
    }
    await using broker = await openBroker({ store, identity: IDENTITY })
    expect((await broker.session('a')).cookies.header('https://a.example/')).toBe('kept=1')
  })

  it('closes the store, so that its file can go', async () => {
    using folder = temporaryFolder()
    const before = process
      .getActiveResourcesInfo()
      .filter((kind) => /FSEvent|FSWatch|StatWatcher/.test(kind)).length
    const broker = await openBroker({ store: join(folder.path, 'onejar.db'), identity: IDENTITY })
    await broker.session('a')
    await broker.close()
    const { readdirSync } = await import('node:fs')
    // SQLite removes its log and shared memory when the last connection is closed.
    expect(readdirSync(folder.path).sort()).toEqual(['onejar.db', 'onejar.db.key'])
    const after = process
      .getActiveResourcesInfo()
      .filter((kind) => /FSEvent|FSWatch|StatWatcher/.test(kind)).length
    expect(after).toBe(before)
  })
})

describe('the options', () => {
  it('are refused with their paths when they are unknown or wrong', async () => {
    const refused: Array<[object, string]> = [
      [{ nonsense: 1 }, 'nonsense'],
      [{ browser: { headles: true } }, 'headles'],
      [{ browser: { launchTimeoutMs: -1 } }, 'browser.launchTimeoutMs'],
      [{ timeoutMs: 0, solveTimeoutMs: 'x' }, 'solveTimeoutMs'],
      [{ timeoutMs: 2 ** 40 }, 'timeoutMs'],
      [{ proxy: 'ftp://user:canary@host' }, 'proxy'],
      [{ persist: 'never' }, 'persist'],
      [{ signals: [{ vendor: 1 }] }, 'signals.0'],
      [{ onWarning: 1 }, 'onWarning'],
    ]
    for (const [options, path] of refused) {
      const error = await errorOf(openBroker({ store: 'memory', ...options }))
      expect(error.code, path).toBe('ONEJAR_BAD_OPTIONS')
      expect(error.message, path).toContain(path)
      expect(JSON.stringify(error) + error.message, path).not.toContain('canary')
    }
  })

  it('of a session are refused too, and when it is open with others', async () => {
    await using broker = await memoryBroker()
    const wrong = broker.session('a', { tenat: 'x' } as never)
    expect(await errorOf(wrong)).toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
      message: expect.stringContaining('tenat'),
    })
    for (const id of ['', 'x'.repeat(1025), 7 as never]) {
      expect((await errorOf(broker.session(id))).code).toBe('ONEJAR_BAD_OPTIONS')
    }
    const session = await broker.session('a', { identity: IDENTITY })
    expect(await broker.session('a')).toBe(session)
    expect(await broker.session('a', { identity: { ...IDENTITY } })).toBe(session)
    const other = await errorOf(broker.session('a', { identity: null, proxy: 'http://user:canary@h:1' }))
    expect(other.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(other.message).toContain('proxy, identity')
    expect(other.message).not.toContain('canary')
    await session.release()
    expect(await broker.session('a', { identity: null })).not.toBe(session)
  })

  it('of a request are refused by name', async () => {
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const refused: Array<[object, string]> = [
      [{ heders: {} }, 'heders'],
      [{ timeoutMs: Number.NaN }, 'timeoutMs'],
      [{ timeoutMs: -5 }, 'timeoutMs'],
      [{ timeoutMs: 2 ** 40 }, 'timeoutMs'],
      [{ maxRedirects: 1.5 }, 'maxRedirects'],
      [{ redirect: 'sometimes' }, 'redirect'],
      [{ method: 'GET\r\nx: y' }, 'method'],
      [{ signal: {} }, 'signal'],
      [{ body: 'x' }, 'body'],
      [{ render: true, method: 'POST' }, 'render'],
      [{ expect: {} }, 'expect'],
      [{ expect: { selector: 'a[' } }, 'selector'],
      [{ expect: { jsonPath: 'a..b' } }, 'jsonPath'],
      [{ expect: { text: 'a', selector: 'b' } }, 'expect'],
    ]
    for (const [options, name] of refused) {
      for (const call of ['fetch', 'request'] as const) {
        const error = await errorOf(session[call]('http://127.0.0.1:1/', options))
        expect([error.code, error.message.includes(name)], name).toEqual(['ONEJAR_BAD_OPTIONS', true])
        expect(error.message).toContain(`session.${call}()`)
      }
    }
  })

  it('let a chosen identity go before the stored one', async () => {
    await using server = await startHttpServer((request, response) =>
      response.end(request.headers['user-agent'] ?? 'none'),
    )
    await using broker = await memoryBroker()
    const agent = async (options?: object) => {
      const session = await broker.session('a', options)
      const text = await (await session.fetch(server.origin)).text()
      await session.release()
      return text
    }
    expect(await agent()).toBe('test')
    expect(await agent({ identity: { ...IDENTITY, userAgent: 'other' } })).toBe('other')
    expect(await agent({ identity: null })).toBe('none')
  })

  it.each([
    [
      'and none elsewhere',
      undefined,
      /a JavaScript challenge cannot be passed in this process\. Install Chromium/i,
    ],
    // A caller of workers lacks nothing: it is told what holds until one has worked for it.
    [
      'but workers',
      'redis://127.0.0.1:1',
      /until a worker has done something for a session.*option identity$/,
    ],
  ])('names the library where there is no browser here, %s, and says so once', async (_, queue, reason) => {
    await using server = await startHttpServer((request, response) =>
      response.end(request.headers['user-agent'] ?? 'none'),
    )
    const warnings: { type: string; state: string; reason: string }[] = []
    await using broker = await openBroker({
      store: 'memory',
      robots: false,
      browser: { executablePath: '/nowhere/chromium' },
      queue,
      onWarning: (warning) => warnings.push(warning),
    })
    for (const id of ['a', 'b']) {
      const session = await broker.session(id)
      expect(await (await session.fetch(server.origin)).text()).toMatch(/^Onejar\/\d+\.\d+\.\d+/)
    }
    expect(warnings).toMatchObject([
      { type: 'identity', state: 'missing', reason: expect.stringMatching(reason) },
    ])
  })

  it('know the methods of fetch in any case', async () => {
    await using server = await startHttpServer((request, response) => response.end(request.method))
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    expect(await (await session.fetch(server.origin, { method: 'post', body: 'x' })).text()).toBe('POST')
  })
})
