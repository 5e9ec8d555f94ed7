import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

type Site = Readonly<
  Record<
    string,
    { readonly headers?: Record<string, string>; readonly body?: string; readonly status?: number }
  >
>

function startSite(site: Site, asked: string[] = []) {
  return startHttpServer((request, response) => {
    asked.push(request.url ?? '')
    const { headers = {}, body = '', status = 200 } = site[request.url ?? ''] ?? { status: 404 }
    response.writeHead(status, headers)
    response.end(body)
  })
}

/** The facts of a trail's lines with this rule. */
function linesOf(path: string, rule: string): object[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as { rule: string; facts: object })
    .filter((line) => line.rule === rule)
    .map(({ facts }) => facts)
}

const HTML = { 'content-type': 'text/html' }

describe('what a site wishes', () => {
  it('is on each response, and forbids nothing by itself', async () => {
    await using site = await startSite({
      '/robots.txt': {
        body: 'License: https://x.example/l.xml\nUser-agent: *\nContent-Signal: ai-train=no, search=yes\nAllow: /',
      },
      '/a': {
        headers: { 'x-robots-tag': 'noarchive', 'tdm-reservation': '1', 'tdm-policy': 'https://x.example/p' },
      },
      '/b': { body: 'b' },
    })
    await using broker = await memoryBroker({ robots: {} })
    const session = await broker.session('alice')
    const response = await session.fetch(`${site.origin}/a`)
    expect(response.preferences).toMatchObject({
      uses: { search: 'allowed', 'ai-train': 'forbidden', 'ai-input': 'forbidden', archive: 'forbidden' },
      licences: ['https://x.example/l.xml'],
      tdmPolicy: 'https://x.example/p',
    })
    await response.text()
    const plain = await session.request(`${site.origin}/b`)
    expect(plain.preferences.uses).toMatchObject({ search: 'allowed', archive: 'unknown' })
    expect([await plain.body.text(), plain.solved]).toEqual(['b', false])
  })

  it('is unknown where a site says nothing', async () => {
    await using site = await startSite({ '/a': {} })
    await using broker = await memoryBroker()
    const { preferences } = await (await broker.session('alice')).fetch(`${site.origin}/a`)
    expect(new Set(Object.values(preferences.uses))).toEqual(new Set(['unknown']))
  })
})

describe('a declared purpose', () => {
  it('is not sent where robots.txt forbids it, and the trail has the line', async () => {
    using folder = temporaryFolder()
    const asked: string[] = []
    const path = join(folder.path, 'audit.jsonl')
    await using site = await startSite(
      {
        '/robots.txt': { body: 'User-agent: *\nContent-Usage: /news train-ai=n\nAllow: /' },
        '/news': {},
        '/free': {},
      },
      asked,
    )
    await using broker = await memoryBroker({ robots: {}, purpose: 'ai-train', audit: { path } })
    const session = await broker.session('alice')
    const events = collect(session.events())
    const error = await errorOf(session.fetch(`${site.origin}/news?canary`))
    expect(error.code).toBe('ONEJAR_PURPOSE_REFUSED')
    const reason = 'robots.txt: content-usage: /news train-ai=n (line 2)'
    expect(error.details).toMatchObject({ purpose: 'ai-train', reason })
    expect(error.message).not.toContain('canary')
    expect((await session.fetch(`${site.origin}/free`)).status).toBe(200)
    expect((await session.fetch(`${site.origin}/news`, { purpose: 'search' })).status).toBe(200)
    expect(asked.filter((url) => url.startsWith('/news'))).toEqual(['/news'])
    await broker.close()
    expect(linesOf(path, 'purpose-refused')).toEqual([{ origin: site.origin, purpose: 'ai-train', reason }])
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'purpose-refused', origin: site.origin, reason }),
    )
  })

  it.each([
    ['a header', { headers: { 'content-usage': 'train-ai=n' } }, 'ai-train', 'content-usage: train-ai=n'],
    ['a robots tag', { headers: { 'x-robots-tag': 'noarchive' } }, 'archive', 'x-robots-tag: noarchive'],
    ['a reservation', { headers: { 'tdm-reservation': '1' } }, 'text-mining', 'tdm-reservation: 1'],
    [
      'a meta',
      {
        headers: HTML,
        body: `<head><!-- <meta name=robots content=noindex> --><meta name="tdm-reservation" content="1">`,
      },
      'ai-input',
      'meta: tdm-reservation: 1',
    ],
    [
      'a robots meta',
      { headers: HTML, body: '<meta name="robots" content="noindex">' },
      'search',
      'meta: robots: noindex',
    ],
  ] as const)('is refused by %s', async (_what, page, purpose, reason) => {
    await using site = await startSite({ '/a': page })
    await using broker = await memoryBroker({ purpose })
    const error = await errorOf((await broker.session('alice')).fetch(`${site.origin}/a`))
    expect([error.code, error.details['reason']]).toEqual(['ONEJAR_PURPOSE_REFUSED', reason])
  })

  it('hears of reservations in the site’s file, which header and meta stand above', async () => {
    const asked: string[] = []
    const entries = [{ location: '/', 'tdm-reservation': 1, 'tdm-policy': 'https://x.example/p' }]
    await using site = await startSite(
      {
        '/.well-known/tdmrep.json': { body: JSON.stringify(entries) },
        '/a': {},
        '/b': { headers: { 'tdm-reservation': '0' } },
        '/c': { headers: HTML, body: '<meta name="tdm-reservation" content="0">text' },
      },
      asked,
    )
    await using broker = await memoryBroker({ purpose: 'text-mining' })
    const session = await broker.session('alice')
    const refusals = await Promise.all([1, 2].map(() => errorOf(session.fetch(`${site.origin}/a`))))
    for (const { details } of refusals) expect(details['reason']).toBe('tdmrep.json: tdm-reservation: 1 at /')
    expect((await session.fetch(`${site.origin}/b`)).preferences.uses['text-mining']).toBe('allowed')
    expect(await (await session.fetch(`${site.origin}/c`)).text()).toBe(
      '<meta name="tdm-reservation" content="0">text',
    )
    expect((await session.fetch(`${site.origin}/a`, { purpose: 'search' })).status).toBe(200)
    expect(asked.filter((url) => url.includes('tdmrep'))).toHaveLength(1)
  })

  it('leaves a body as it came, however long its document is', async () => {
    const body = `<html>${'é'.repeat(400_000)}</html>`
    await using site = await startSite({
      '/a': { headers: { 'content-type': 'text/html; charset=utf-8' }, body },
    })
    await using broker = await memoryBroker({ purpose: 'search' })
    const response = await (await broker.session('alice')).fetch(`${site.origin}/a`)
    expect(await response.text()).toBe(body)
  })

  it('holds for where a redirect leads', async () => {
    await using target = await startSite({ '/to': { headers: { 'x-robots-tag': 'noindex' } } })
    await using site = await startSite({
      '/from': { status: 302, headers: { location: `${target.origin}/to` } },
    })
    await using broker = await memoryBroker({ purpose: 'search' })
    const error = await errorOf((await broker.session('alice')).fetch(`${site.origin}/from`))
    expect(error.details).toMatchObject({ origin: target.origin, reason: 'x-robots-tag: noindex' })
  })

  it('is one of those that are known', async () => {
    await using broker = await memoryBroker()
    const session = await broker.session('alice')
    const error = await errorOf(session.fetch('http://127.0.0.1/', { purpose: 'profit' as 'search' }))
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
  })
})

describe('a 402', () => {
  const x402 = {
    x402Version: 1,
    accepts: [{ scheme: 'exact', network: 'base', maxAmountRequired: '10', asset: '0x1' }],
  }
  it.each([
    ['of pay per crawl', { 'crawler-price': 'USD 0.01' }, '', { protocol: 'pay-per-crawl', amount: '0.01' }],
    [
      'of x402',
      { 'content-type': 'application/json' },
      JSON.stringify(x402),
      { protocol: 'x402', amount: '10' },
    ],
    ['without a price', { 'content-type': 'application/json' }, 'x'.repeat(200_000), { protocol: null }],
  ])(
    '%s is an error with the price, and is sent once',
    async (_what, headers, body, { protocol, amount }: { protocol: string | null; amount?: string }) => {
      const asked: string[] = []
      await using site = await startSite({ '/a': { status: 402, headers, body } }, asked)
      await using broker = await memoryBroker()
      const error = await errorOf((await broker.session('alice')).fetch(`${site.origin}/a`))
      expect(error).toMatchObject({ code: 'ONEJAR_PAYMENT_REQUIRED', retry: 'never' })
      expect(error.details).toMatchObject({
        status: 402,
        protocol,
        offers: amount === undefined ? [] : [{ amount }],
      })
      expect(asked).toEqual(['/a'])
    },
  )

  it('is a response where that is wanted, and the trail has it where it is not', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    await using site = await startSite({
      '/a': { status: 402, headers: { 'crawler-price': 'EUR 2' }, body: 'pay' },
    })
    await using plain = await memoryBroker({ paymentRequired: 'response' })
    const response = await (await plain.session('alice')).fetch(`${site.origin}/a`)
    expect([response.status, await response.text()]).toEqual([402, 'pay'])
    await using broker = await memoryBroker({ audit: { path } })
    await errorOf((await broker.session('alice')).fetch(`${site.origin}/a`))
    await broker.close()
    const facts = { origin: site.origin, protocol: 'pay-per-crawl', amount: '2', currency: 'EUR' }
    expect(linesOf(path, 'payment-demanded')).toEqual([facts])
  })
})
