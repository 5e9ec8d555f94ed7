import { createHash, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  certificate,
  startHttp2Server,
  startHttpServer,
  startHttpsServer,
  type TestServer,
} from '../../support/http-server.ts'
import { startProxy, startSocksProxy } from '../../support/proxy-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const { publicKey } = new X509Certificate(certificate().cert)
const spki = publicKey.export({ type: 'spki', format: 'der' })
const right = `sha256//${createHash('sha256').update(spki).digest('base64')}`
const wrong = `sha256/${createHash('sha256').update('another key').digest('base64')}`

async function withSite(
  test: (site: TestServer, asked: string[]) => Promise<void>,
  start = startHttpsServer,
) {
  const asked: string[] = []
  await using site = await start((request, response) => {
    asked.push(request.url ?? '')
    response.end('secret')
  })
  await test(site, asked)
}

describe('a pinned host', () => {
  it.each([
    ['HTTP/1.1', startHttpsServer],
    ['HTTP/2', startHttp2Server],
  ])('is asked when it shows its key, over %s', (_version, start) =>
    withSite(async (site) => {
      await using http = openHttp({ pins: { '127.0.0.1': [wrong, right] } })
      expect(await (await http.send(site.origin)).body.text()).toBe('secret')
    }, start),
  )

  it.each([
    ['directly', undefined],
    ['through a tunnel', startProxy],
    ['through SOCKS5', startSocksProxy],
  ])('with another key gets nothing, %s, though any certificate is accepted', (_way, start) =>
    withSite(async (site, asked) => {
      await using proxy = await start?.()
      await using http = openHttp({
        pins: { '127.0.0.1': [wrong] },
        ignoreHTTPSErrors: true,
        proxy: proxy?.url,
      })
      const error = await errorOf(
        http.send(`${site.origin}/?secret=canary`, { method: 'POST', body: 'canary' }),
      )
      expect([error.code, error.retry, error.details]).toEqual([
        'ONEJAR_PIN_MISMATCH',
        'never',
        { origin: site.origin },
      ])
      expect(error.message).not.toContain('canary')
      expect(asked).toEqual([])
      await site.drained()
    }),
  )

  it('is not asked over plain http, also where a redirect leads there', async () => {
    const asked: string[] = []
    await using plain = await startHttpServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    })
    const lookup = ((_host: string, _options: object, done: (error: null, list: object[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }])) as never
    await using start = await startHttpServer((_request, response) => {
      response.writeHead(302, { location: plain.on('bank.test') }).end()
    })
    await using http = openHttp({ pins: { 'bank.test': [right] }, connect: { lookup } })
    for (const url of [plain.on('bank.test'), start.on('start.test')]) {
      expect((await errorOf(http.send(url))).code).toBe('ONEJAR_PIN_MISMATCH')
    }
    expect(asked).toEqual([])
  })

  it('other hosts are as they were', () =>
    withSite(async (site) => {
      await using http = openHttp({ pins: { 'bank.test': [wrong] } })
      expect(await (await http.send(site.origin)).body.text()).toBe('secret')
    }))
})
