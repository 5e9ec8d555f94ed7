import { createPublicKey, generateKeyPairSync, type JsonWebKey, verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { httpbis } from 'http-message-signatures'
import { request as undiciRequest } from 'undici'
import { describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { type Handler, startHttpServer, type TestServer } from '../../support/http-server.ts'
import { CliHome } from '../cli/run-cli.ts'

const AGENT = 'https://bot.example'

function newKey() {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' })
  return { kty: 'OKP', crv: 'Ed25519', x, d } as const
}

type Seen = { readonly at: string; readonly signed: boolean | null }

/** A site that notes of each request whether it is signed with the key: true, false when wrongly, null when not at all. */
async function verifyingSite(publicKey: JsonWebKey, seen: Seen[], handler: Handler): Promise<TestServer> {
  const key = createPublicKey({ key: publicKey, format: 'jwk' })
  return startHttpServer((request, response) => {
    verified(request, key).then((signed) => {
      seen.push({ at: `${request.method} ${request.url}`, signed })
      handler(request, response)
    })
  })
}

/** What an implementation of RFC 9421 that is not ours makes of a request. */
async function verified(
  request: IncomingMessage,
  key: ReturnType<typeof createPublicKey>,
): Promise<boolean | null> {
  const { method = '', url = '', headers } = request
  if (headers['signature'] === undefined && headers['signature-agent'] === undefined) return null
  const message = { method, url: `http://${headers.host}${url}`, headers: headers as Record<string, string> }
  const result = await httpbis.verifyMessage(
    {
      keyLookup: async () => ({
        id: 'key',
        algs: ['ed25519'],
        verify: async (data, signature) => verify(null, data, key, signature),
      }),
      requiredFields: ['@authority', 'signature-agent'],
      requiredParams: ['created', 'expires', 'keyid', 'tag'],
      all: true,
    },
    message,
  )
  return result === true && headers['signature-agent'] === `sig1="${AGENT}"`
}

function signing(key: ReturnType<typeof newKey>, origins: string[], more: BrokerOptions = {}) {
  return memoryBroker({ botAuth: { key, agent: AGENT, origins }, ...more })
}

describe('requests over HTTP', () => {
  it('are signed at the chosen origins on every hop, robots.txt among them, and nowhere else', async () => {
    const key = newKey()
    const seen: Seen[] = []
    const others: Seen[] = []
    await using other = await verifyingSite(key, others, (request, response) => {
      if (request.url === '/back') response.writeHead(302, { location: `${site.origin}/end` })
      response.end()
    })
    await using site: TestServer = await verifyingSite(key, seen, (request, response) => {
      if (request.url === '/start') response.writeHead(302, { location: '/middle' })
      if (request.url === '/middle') response.writeHead(307, { location: `${other.origin}/back` })
      response.end('User-agent: *\nAllow: /')
    })
    await using broker = await signing(key, [site.origin], { robots: {} })
    const session = await broker.session('alice')
    await (await session.fetch(`${site.origin}/start`)).text()
    await (await session.request(`${site.origin}/post`, { method: 'POST', body: 'x' })).body.dump()
    await (await undiciRequest(`${site.origin}/undici`, { dispatcher: session.dispatcher })).body.dump()
    await (await undiciRequest(`${other.origin}/undici`, { dispatcher: session.dispatcher })).body.dump()

    const signed = ['GET /robots.txt', 'GET /start', 'GET /middle', 'GET /end', 'POST /post', 'GET /undici']
    expect(seen).toEqual(signed.map((at) => ({ at, signed: true })))
    const plain = ['GET /robots.txt', 'GET /back', 'GET /undici']
    expect(others).toEqual(plain.map((at) => ({ at, signed: null })))
  })

  it('have the signature of the session and not one that a caller brings, unless they leave it out', async () => {
    const key = newKey()
    const seen: Seen[] = []
    await using site = await verifyingSite(key, seen, (_request, response) => response.end())
    await using broker = await signing(key, [site.origin])
    const session = await broker.session('alice')
    await (await session.fetch(`${site.origin}/own`, { headers: { signature: 'sig1=:AAAA:' } })).text()
    const omitHeaders = ['signature', 'signature-input', 'signature-agent']
    await (await session.fetch(`${site.origin}/out`, { omitHeaders })).text()
    expect(seen).toEqual([
      { at: 'GET /own', signed: true },
      { at: 'GET /out', signed: null },
    ])
  })

  it('are not sent by a broker whose key is none', async () => {
    const key = async () => ({ ...newKey(), x: 'A'.repeat(43) })
    const botAuth = { key, agent: AGENT, origins: ['https://shop.example'] }
    expect((await errorOf(memoryBroker({ botAuth }))).code).toBe('ONEJAR_BAD_OPTIONS')
  })
})

describe('pages', () => {
  it('sign what they load from the chosen origins, and nothing else, after redirects neither', async () => {
    const key = newKey()
    const seen: Seen[] = []
    const others: Seen[] = []
    await using other = await verifyingSite(key, others, (_request, response) => {
      response.setHeader('access-control-allow-origin', '*')
      response.end()
    })
    const elsewhere = other.on('localhost')
    await using site = await verifyingSite(key, seen, (request, response) => {
      if (request.url?.startsWith('/away')) response.writeHead(302, { location: `${elsewhere}/from` })
      else if (request.url === '/') {
        response.setHeader('content-type', 'text/html')
        return void response.end(
          `<img src="/image"><img src="${elsewhere}/direct"><iframe src="/frame"></iframe>
          <script>fetch('/away-fetch').then(() => fetch('/script')).then(() => { document.title = 'done' })</script>`,
        )
      }
      response.end()
    })
    await using broker = await signing(key, [site.origin])
    const session = await broker.session('alice')
    const page = await session.page()
    await page.goto(site.origin)
    await page.waitForFunction(() => document.title === 'done')
    await page.goto(`${site.origin}/away-page`)

    expect(seen.every(({ signed }) => signed === true)).toBe(true)
    const paths = new Set(seen.map(({ at }) => at))
    for (const path of ['/', '/image', '/frame', '/away-fetch', '/script', '/away-page']) {
      expect(paths).toContain(`GET ${path}`)
    }
    expect(others.map(({ at }) => at)).toEqual(expect.arrayContaining(['GET /direct', 'GET /from']))
    expect(others.every(({ signed }) => signed === null)).toBe(true)
  })
})

describe('the id of requests', () => {
  it('is one random UUID for an open session, over HTTP and where it is wanted from pages', async () => {
    const ids = new Map<string, Set<string | undefined>>()
    const note: Handler = (request, response) => {
      const from = request.headers['x-from'] === 'http' ? 'http' : 'page'
      const name = `${from} ${request.url}`
      ids.set(name, (ids.get(name) ?? new Set()).add(request.headers['x-request-id'] as string | undefined))
      response.setHeader('content-type', 'text/html')
      response.end('<script>fetch("/script").then(() => { document.title = "done" })</script>')
    }
    await using site = await startHttpServer(note)
    await using other = await startHttpServer(note)
    const requestIdHeader = { name: 'X-Request-Id', origins: [site.origin] }
    await using broker = await memoryBroker({ requestIdHeader })
    const session = await broker.session('alice')
    const headers = { 'x-from': 'http' }
    for (const path of ['/a', '/b']) await (await session.fetch(site.origin + path, { headers })).text()
    await (await session.fetch(`${other.origin}/other`, { headers })).text()
    await (await (await broker.session('bob')).fetch(`${site.origin}/bob`, { headers })).text()
    const page = await session.page()
    await page.goto(`${site.origin}/page`)
    await page.waitForFunction(() => document.title === 'done')

    const [id] = ids.get('http /a') ?? []
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    for (const name of ['http /b', 'page /page', 'page /script'])
      expect([name, [...(ids.get(name) ?? [])]]).toEqual([name, [id]])
    expect([...(ids.get('http /other') ?? [])]).toEqual([undefined])
    expect([...(ids.get('http /bob') ?? [])]).not.toEqual([id])
  })

  it('is not there unless it is asked for, and goes over HTTP to all where no origin is named', async () => {
    const seen: unknown[] = []
    await using site = await startHttpServer((request, response) => {
      seen.push(request.headers['x-id'] !== undefined)
      response.end()
    })
    await using without = await memoryBroker()
    await (await (await without.session('alice')).fetch(site.origin)).text()
    await using broker = await memoryBroker({ requestIdHeader: 'X-Id' })
    await (await (await broker.session('alice')).fetch(site.origin)).text()
    expect(seen).toEqual([false, true])
  })

  it.each(['Cookie', 'Host', 'Signature', 'a b', ''])('is not called %j', async (name) => {
    expect((await errorOf(memoryBroker({ requestIdHeader: name }))).code).toBe('ONEJAR_BAD_OPTIONS')
  })
})

describe('the command line', () => {
  it('makes a key and prints its directory, which an implementation of others verifies', async () => {
    const home = new CliHome()
    try {
      const made = await home.run(['bot-auth', 'key'])
      const { writeFileSync } = await import('node:fs')
      writeFileSync(home.file('bot.jwk'), made.out)
      const args = ['bot-auth', 'directory', '--key', home.file('bot.jwk'), '--agent', AGENT]
      const printed = JSON.parse((await home.run([...args, '--json'])).out) as {
        headers: Record<string, string>
        body: { keys: JsonWebKey[] }
      }
      expect(JSON.parse((await home.run(args)).out)).toEqual(printed.body)
      const jwk = printed.body.keys[0] as JsonWebKey
      expect(jwk).not.toHaveProperty('d')
      const key = createPublicKey({ key: jwk, format: 'jwk' })
      const asked = {
        method: 'GET',
        url: `${AGENT}/.well-known/http-message-signatures-directory`,
        headers: {},
      }
      const passes = await httpbis.verifyMessage(
        {
          keyLookup: async ({ keyid }) =>
            keyid === jwk['kid']
              ? {
                  id: 'key',
                  algs: ['ed25519'],
                  verify: async (data, signature) => verify(null, data, key, signature),
                }
              : null,
        },
        { status: 200, headers: printed.headers },
        asked,
      )
      expect(passes).toBe(true)
      const bad = await home.run([
        'bot-auth',
        'directory',
        '--key',
        home.file('bot.jwk'),
        '--agent',
        'http://x',
      ])
      expect([bad.code, bad.out]).toEqual([2, ''])
    } finally {
      home.remove()
    }
  })
})
