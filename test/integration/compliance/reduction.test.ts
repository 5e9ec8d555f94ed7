import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const MAIL = 'jane@example.org'

/** Answers with what the query says, so that each test has the body it needs. */
function startSite(
  bodies: Readonly<
    Record<string, { type?: string; body: string | Buffer; headers?: object; status?: number }>
  >,
) {
  return startHttpServer((request, response) => {
    const { type = 'text/html', body, headers = {}, status = 200 } = bodies[request.url ?? ''] ?? { body: '' }
    response.writeHead(status, { 'content-type': type, etag: '"1"', ...headers }).end(body)
  })
}

describe('redact', () => {
  it('cuts personal data out of texts before anybody gets them, and counts in the trail', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    const html = `<p>Write to ${MAIL} or call +49 30 901820 from 203.0.113.7</p>`
    await using site = await startSite({
      '/html': { body: html, headers: { 'content-length': html.length } },
      '/json': { type: 'application/json', body: JSON.stringify({ mail: MAIL, n: 1 }) },
      '/gzip': { body: gzipSync(html), headers: { 'content-encoding': 'gzip' } },
      '/wide': { type: 'text/plain', body: Buffer.from(`\ufeff${MAIL}`, 'utf16le') },
      '/png': { type: 'image/png', body: Buffer.from(MAIL) },
      '/clean': { body: '<p>nothing</p>' },
    })
    const broker = await memoryBroker({ redact: {}, audit: { path } })
    const session = await broker.session('alice')
    const text = async (page: string) => (await session.fetch(site.origin + page)).text()

    const expected = '<p>Write to [redacted-email] or call [redacted-phone] from [redacted-ip]</p>'
    expect(await text('/html')).toBe(expected)
    expect(await text('/gzip')).toBe(expected)
    expect(await (await session.fetch(`${site.origin}/json`)).json()).toEqual({
      mail: '[redacted-email]',
      n: 1,
    })
    expect(await text('/wide')).toBe('[redacted-email]')
    expect(await text('/png')).toBe(MAIL)
    expect(await text('/clean')).toBe('<p>nothing</p>')

    const { headers, body } = await session.request(`${site.origin}/html`)
    expect(await body.text()).toBe(expected)
    expect(headers).not.toHaveProperty('content-length')
    expect(headers).not.toHaveProperty('etag')
    expect((await session.fetch(`${site.origin}/html`, { method: 'HEAD' })).status).toBe(200)
    expect((await errorOf(() => session.dispatcher)).code).toBe('ONEJAR_BAD_OPTIONS')
    await broker.close()

    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { rule: string; facts: object })
    const redactions = lines.filter(({ rule }) => rule === 'personal-redacted')
    expect(redactions).toHaveLength(5)
    expect(redactions[0]).toMatchObject({ facts: { origin: site.origin, email: 1, phone: 1, ip: 1 } })
    expect(JSON.stringify(lines)).not.toContain('example.org')
  })

  it('leaves the body as it was sent to what `expect` is judged by, and not to the caller', async () => {
    await using site = await startSite({ '/': { type: 'text/plain', body: `mail ${MAIL}` } })
    await using broker = await memoryBroker({ redact: {} })
    const session = await broker.session('alice')
    const seen: string[] = []
    const expectation = async (response: Response) => seen.push(await response.text()) > 0
    const asked = await session.fetch(site.origin, { expect: expectation })
    expect(await asked.text()).toBe('mail [redacted-email]')
    expect(seen).toEqual([`mail ${MAIL}`])
    const found = await session.fetch(site.origin, { expect: { text: MAIL } })
    expect(await found.text()).toBe('mail [redacted-email]')
  })

  it('refuses a body that it cannot read', async () => {
    await using site = await startSite({
      '/x': { body: MAIL, headers: { 'content-encoding': 'unheard-of' } },
    })
    await using broker = await memoryBroker({ redact: {} })
    const session = await broker.session('alice')
    expect((await errorOf(session.fetch(`${site.origin}/x`))).code).toBe('ONEJAR_BAD_RESPONSE')
  })

  it('works on a stream as it comes, and gives the socket back when nobody reads on', async () => {
    const line = `<li>${MAIL}</li>\n`
    let ended = 0
    await using site = await startHttpServer((_request, response) => {
      response.on('close', () => ended++)
      response.writeHead(200, { 'content-type': 'text/html' })
      const more = () => {
        while (response.write(line.repeat(100)));
        response.once('drain', more)
      }
      more()
    })
    await using broker = await memoryBroker({ redact: { kinds: ['email'] } })
    const session = await broker.session('alice')
    const { body } = await session.request(site.origin)
    let seen = ''
    for await (const chunk of body) {
      seen += String(chunk)
      if (seen.length > 200_000) break
    }
    expect(seen).not.toContain('jane')
    expect(seen).toContain('<li>[redacted-email]</li>\n')
    // One that was never begun is given up, too.
    const { body: unread } = await session.request(site.origin)
    await unread.dump()
    await site.drained()
    expect(ended).toBe(2)
  })

  it.each([
    [{ redact: { kinds: [] } }, 'redact.kinds'],
    [{ redact: { kinds: ['name'] } }, 'redact.kinds.0'],
    [{ redact: { phoneRegion: 'Germany' } }, 'redact.phoneRegion'],
    [{ redact: true }, 'redact'],
  ])('%j is refused with its path', async (options, path) => {
    const error = await errorOf(memoryBroker(options as never))
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).toContain(path)
  })
})

describe('extract', () => {
  const BODIES = {
    '/shop': {
      body: '<h1>Chair</h1><b class=price data-cents=4999>49</b><p>canary</p>',
      headers: { 'x-canary': '1' },
    },
    '/latin': { type: 'text/html; charset=iso-8859-1', body: Buffer.from('<h1>Stühle</h1>', 'latin1') },
    '/json': { type: 'application/json', body: '{"id":7,"name":"jane","secret":"canary"}' },
    '/bad': { type: 'application/json', body: '{"id":"canary"}' },
    '/html': { body: '<h1>canary</h1>' },
    '/missing': { status: 404, body: '<h1>canary</h1>' },
  }

  it('gives the caller what was asked for, and nothing else', async () => {
    await using site = await startSite(BODIES)
    await using broker = await memoryBroker()
    const session = await broker.session('alice')
    const fields = { title: 'h1', cents: { selector: '.price', attr: 'data-cents' } }
    const response = await session.fetch(`${site.origin}/shop`, { extract: fields })
    expect([...response.headers]).toEqual([['content-type', 'application/json']])
    expect(await response.text()).toBe('{"title":"Chair","cents":"4999"}')
    expect(await (await session.fetch(`${site.origin}/latin`, { extract: { title: 'h1' } })).json()).toEqual({
      title: 'Stühle',
    })

    const schema = z.object({ id: z.number(), name: z.string().transform((name) => name.length) })
    const { body } = await session.request(`${site.origin}/json`, { extract: schema })
    expect(await body.json()).toEqual({ id: 7, name: 4 })

    const missing = await session.fetch(`${site.origin}/missing`, { extract: fields })
    expect([missing.status, await missing.text()]).toEqual([404, ''])
  })

  it('names the places where the JSON is not as expected, and no value', async () => {
    await using site = await startSite(BODIES)
    await using broker = await memoryBroker()
    const session = await broker.session('alice')
    const schema = z.object({ id: z.number(), list: z.array(z.string()) })
    const error = await errorOf(session.fetch(`${site.origin}/bad`, { extract: schema }))
    expect(error.code).toBe('ONEJAR_EXTRACT_FAILED')
    expect(error.message).toContain('at id, list')
    expect(error.message).not.toContain('canary')
    expect((await errorOf(session.fetch(`${site.origin}/html`, { extract: schema }))).message).toContain(
      'no JSON',
    )
    const wrong = await errorOf(session.fetch(site.origin, { extract: { title: '>>' } }))
    expect(wrong).toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
      message: expect.stringContaining('extract: title'),
    })
  })

  it('works on what is left after redaction', async () => {
    await using site = await startSite({ '/x': { body: `<h1>${MAIL}</h1>` } })
    await using broker = await memoryBroker({ redact: {} })
    const session = await broker.session('alice')
    const response = await session.fetch(`${site.origin}/x`, { extract: { title: 'h1' } })
    expect(await response.json()).toEqual({ title: '[redacted-email]' })
  })
})
