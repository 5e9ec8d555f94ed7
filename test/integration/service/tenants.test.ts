import { describe, expect, it } from 'vitest'
import { openEventStream } from '../../support/event-stream.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { OpenApiClient } from '../../support/openapi-client.ts'
import { type OpenedService, openService } from '../../support/service.ts'

const ROOT = 'canary-root-token-0123'
const ACME = 'canary-acme-token-0123'
const GLOBEX = 'canary-globex-token-01'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

const open = () =>
  openService({
    token: ROOT,
    tenantTokens: [
      { tenant: 'acme', token: ACME },
      { tenant: 'globex', token: GLOBEX },
    ],
  })

const site = () =>
  startHttpServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.setHeader('set-cookie', 'sid=1; Path=/; Max-Age=3600')
    response.writeHead(request.url === '/fail' ? 503 : 200).end(`<p>${request.headers.cookie ?? 'no cookie'}`)
  })

/** A call as a tenant. */
const as = (service: OpenedService, token: string) => (method: string, path: string, body?: unknown) =>
  service.call(method, path, body, bearer(token))

describe('tenants of the service', () => {
  it('have sessions of the same name apart, and see their own only', async () => {
    await using server = await site()
    await using service = await open()
    const [acme, globex, root] = [as(service, ACME), as(service, GLOBEX), as(service, ROOT)]
    const body = { session: 'alice', url: server.origin }
    for (const _ of [1, 2]) await acme('POST', '/v1/fetch', body)
    expect((await acme('POST', '/v1/fetch', body)).json.text).toContain('sid=1')
    expect((await globex('POST', '/v1/fetch', body)).json.text).toContain('no cookie')
    await globex('POST', '/v1/fetch', { ...body, session: 'bob' })
    await root('POST', '/v1/fetch', { ...body, session: 'carol' })

    const names = async (call: typeof acme) =>
      (await call('GET', '/v1/sessions')).json.sessions
        .map((each: { tenant: string; id: string }) => `${each.tenant} ${each.id}`)
        .sort()
    expect(await names(acme)).toEqual(['acme alice'])
    expect(await names(globex)).toEqual(['globex alice', 'globex bob'])
    expect(await names(root)).toEqual(['acme alice', 'default carol', 'globex alice', 'globex bob'])
    expect((await acme('GET', '/v1/sessions/bob')).status).toBe(404)
    expect((await acme('GET', '/v1/sessions/carol')).status).toBe(404)
    expect((await acme('DELETE', '/v1/sessions/bob')).status).toBe(404)
    expect((await globex('GET', '/v1/sessions/bob')).status).toBe(200)
    expect((await root('GET', '/v1/sessions/bob?tenant=globex')).json).toMatchObject({ cookies: 1 })
  })

  it('are refused wherever they name another one', async () => {
    await using service = await open()
    const client = await OpenApiClient.open(service.url)
    const given: Record<string, string> = {
      id: 'alice',
      letter: 'x',
      origin: 'https://a.example',
      format: 'json',
      header: 'x-token',
    }
    const url = 'https://a.example/'
    const bodies: Record<string, object> = {
      fetch: { session: 'alice', url, tenant: 'globex' },
      render: { session: 'alice', url, tenant: 'globex' },
      solve: { url },
      createSession: { tenant: 'globex' },
      setCookies: { url, lines: ['a=1'] },
      setLocalStorage: { origin: url, items: [{ key: 'a', value: 'b' }] },
      importSession: { text: '{}' },
      addTokenBinding: { origin: url, header: 'x-token', source: { cookie: 'a' } },
      unblock: { origin: url },
      handOver: { url },
      setQuarantine: { reason: 'a reason' },
      retryDeadLetter: {},
    }
    const reached: string[] = []
    for (const [id, { operation }] of client.operations) {
      const names = (operation.parameters ?? []).map(({ name }) => name)
      const body = bodies[id]
      if (!names.includes('tenant') && !(body && 'tenant' in body)) continue
      const needed = names.filter(
        (name) =>
          name !== 'tenant' &&
          name in given &&
          operation.parameters?.find((each) => each.name === name)?.required,
      )
      const options = {
        with: Object.fromEntries([
          ...needed.map((name) => [name, given[name] as string]),
          ...(names.includes('tenant') ? [['tenant', 'globex']] : []),
        ]),
        ...(body === undefined ? {} : { body }),
        headers: bearer(ACME),
      }
      const { status, json } = await client.call(id, options)
      expect({ id, status, code: json?.code }).toEqual({ id, status: 403, code: 'FORBIDDEN' })
      reached.push(id)
    }
    // The queue is asked for by who has all tenants only: see below.
    const free = ['about', 'health', 'metrics', 'explainProblem', 'describe', 'classify', 'getQueue']
    free.push('inspect', 'inspectStyle', 'inspectScript')
    expect([...client.operations.keys()].filter((id) => !reached.includes(id)).sort()).toEqual(free.sort())
  })

  it('get no event of another one, nor of what all share', async () => {
    await using server = await site()
    await using service = await open()
    const stream = await openEventStream(`${service.url}/v1/events`, bearer(ACME))
    const all = await openEventStream(`${service.url}/v1/events`, bearer(ROOT))
    const named = await openEventStream(`${service.url}/v1/sessions/alice/events`, bearer(ACME))
    const body = { session: 'alice', url: server.origin }
    await as(service, GLOBEX)('POST', '/v1/fetch', body)
    await as(service, ACME)('POST', '/v1/fetch', body)
    const isAcme = ({ type, session }: { type: string; session: { tenant: string } }) =>
      type === 'request' && session.tenant === 'acme'
    for (const each of [stream, named]) {
      const seen = await each.until(({ type }) => type === 'request')
      expect(new Set(seen.map(({ session }) => session?.tenant))).toEqual(new Set(['acme']))
    }
    const everything = await all.until(isAcme)
    expect(everything.some(({ session }) => session?.tenant === 'globex')).toBe(true)
    for (const each of [stream, all, named]) each.close()
  })

  it('get no dead letter of another one', async () => {
    await using server = await site()
    await using service = await open()
    const [acme, globex] = [as(service, ACME), as(service, GLOBEX)]
    const body = { session: 'alice', url: `${server.origin}/fail`, deadLetter: true, retry: false }
    await globex('POST', '/v1/fetch', body)
    const letters = async (call: typeof acme) =>
      (await call('GET', '/v1/sessions/alice/dead-letters')).json.deadLetters
    const [letter] = await letters(globex)
    expect(await letters(acme)).toEqual([])
    const path = `/v1/sessions/alice/dead-letters/${letter.id}`
    expect((await acme('DELETE', path)).status).toBe(404)
    expect((await acme('POST', `${path}/retry`, {})).status).toBe(404)
    expect(await letters(globex)).toHaveLength(1)
  })

  it('get no metrics, and no counts of what others do', async () => {
    await using service = await open()
    await as(service, GLOBEX)('POST', '/v1/sessions', { id: 'bob' })
    for (const path of ['/metrics', '/v1/queue']) {
      const refused = await as(service, ACME)('GET', path)
      expect(refused, path).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } })
    }
    const { status } = await fetch(`${service.url}/metrics`, { headers: bearer(ROOT) })
    expect(status).toBe(200)
    expect((await service.call('GET', '/health')).json).toEqual({ status: 'ok', store: 'up' })
    expect((await as(service, ACME)('GET', '/health')).json).toEqual({ status: 'ok', store: 'up' })
    expect((await as(service, ROOT)('GET', '/health')).json).toMatchObject({ sessions: 1 })
  })

  it('need their token', async () => {
    await using service = await open()
    for (const headers of [{}, bearer('canary-wrong-token-000'), bearer('acme')])
      expect((await service.call('GET', '/v1/sessions', undefined, headers)).status).toBe(401)
  })
})
