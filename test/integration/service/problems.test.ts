import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { type OpenedService, openService } from '../../support/service.ts'

/** The members that every problem has. */
const problem = (status: number, code: string) => ({
  type: `/problems/${code}`,
  title: expect.any(String),
  status,
  detail: expect.any(String),
  code,
  advice: expect.any(String),
  error: { code, message: expect.any(String) },
})

async function raw(service: OpenedService, request: string): Promise<{ head: string; json: unknown }> {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.end(request)
  const answer = await text(socket)
  const at = answer.indexOf('\r\n\r\n')
  return { head: answer.slice(0, at), json: JSON.parse(answer.slice(at + 4)) }
}

describe('problems of the service', () => {
  it('are application/problem+json, whatever went wrong', async () => {
    await using service = await openService()
    const fetchBody = { session: 'a', url: 'http://127.0.0.1:1/' }
    const long = 'x'.repeat(1_025)
    const cases: [string, string, unknown, Record<string, string>, number, string][] = [
      ['GET', '/nothing', undefined, {}, 404, 'NOT_FOUND'],
      ['GET', '/v1/sessions/nobody', undefined, {}, 404, 'NOT_FOUND'],
      ['DELETE', '/v1/sessions/nobody', undefined, {}, 404, 'NOT_FOUND'],
      ['GET', '/problems/NOTHING', undefined, {}, 404, 'NOT_FOUND'],
      ['DELETE', '/v1/fetch', undefined, {}, 405, 'METHOD_NOT_ALLOWED'],
      ['PATCH', '/v1/sessions/a/cookies', undefined, {}, 405, 'METHOD_NOT_ALLOWED'],
      ['POST', '/', {}, {}, 405, 'METHOD_NOT_ALLOWED'],
      ['GET', `/v1/sessions/${long}/cookies`, undefined, {}, 400, 'ONEJAR_BAD_OPTIONS'],
      ['POST', '/v1/fetch', { ...fetchBody, session: long }, {}, 400, 'ONEJAR_BAD_OPTIONS'],
      ['GET', '/v1/sessions/%ff/cookies', undefined, {}, 400, 'MALFORMED_REQUEST'],
      ['GET', '/v1/sessions/a/cookies?reveal=2', undefined, {}, 400, 'ONEJAR_BAD_OPTIONS'],
      ['POST', '/v1/fetch', fetchBody, { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['POST', '/v1/fetch', fetchBody, { 'content-type': 'application/xml' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['POST', '/v1/fetch', { ...fetchBody, body: 'x'.repeat(16 << 20) }, {}, 413, 'REQUEST_TOO_LARGE'],
      ['POST', '/v1/fetch', fetchBody, {}, 502, 'ONEJAR_NETWORK'],
    ]
    for (const [method, path, body, headers, status, code] of cases) {
      const reply = await service.call(method, path, body, headers)
      expect(reply.json, `${method} ${path.slice(0, 80)}`).toMatchObject(problem(status, code))
      expect(reply.status).toBe(status)
      expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    }
  })

  it('say which methods there are', async () => {
    await using service = await openService()
    const allowed = async (path: string) => (await service.call('PATCH', path)).headers.get('allow')
    expect(await allowed('/v1/fetch')).toBe('POST')
    expect(await allowed('/v1/sessions/a%2Fb/cookies')).toBe('GET, HEAD, PUT, DELETE')
    expect((await service.call('HEAD', '/health')).status).toBe(200)
  })

  it('take an id of 1,024 characters in a path, in any script', async () => {
    await using service = await openService()
    const id = encodeURIComponent('ü/'.repeat(512))
    const body = { url: 'https://shop.example/', lines: ['a=1; Max-Age=3600'] }
    expect((await service.call('PUT', `/v1/sessions/${id}/cookies`, body)).status).toBe(200)
    expect((await service.call('GET', `/v1/sessions/${id}`)).json).toMatchObject({
      id: 'ü/'.repeat(512),
      cookies: 1,
    })
  })

  it('answer in the same form what is no HTTP, and a head that is too large', async () => {
    await using service = await openService()
    const nonsense = await raw(service, 'not HTTP\r\n\r\n')
    expect(nonsense.head).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/)
    expect(nonsense.json).toMatchObject(problem(400, 'MALFORMED_REQUEST'))
    const large = await raw(service, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(large.head).toMatch(/^HTTP\/1\.1 431 /)
    expect(large.json).toMatchObject(problem(431, 'MALFORMED_REQUEST'))
  })

  it('can be looked up by their type', async () => {
    await using service = await openService({ token: 'canary-token-0123456789' })
    const refused = await service.call('GET', '/v1/sessions')
    expect(refused.json).toMatchObject(problem(401, 'UNAUTHORISED'))
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    const meaning = await service.call('GET', refused.json.type)
    expect(meaning).toMatchObject({ status: 200, json: { code: 'UNAUTHORISED', status: 401 } })
    expect((await service.call('GET', '/problems/ONEJAR_CAPTCHA')).json).toMatchObject({
      status: 409,
      tier: 'compliance-blocked',
    })
    expect((await service.call('GET', '/')).json).toMatchObject({ name: 'onejar', openapi: '/openapi.json' })
  })
})
