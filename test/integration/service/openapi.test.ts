import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, it } from 'vitest'
import { startHttpServer } from '../../support/http-server.ts'
import { OpenApiClient } from '../../support/openapi-client.ts'
import { openService } from '../../support/service.ts'

const TOKEN = 'canary-token-0123456789'

const site = () =>
  startHttpServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    if (request.url === '/fail') response.writeHead(503).end('not now')
    else if (request.url === '/person')
      response.writeHead(403).end('<p>Please solve the captcha to go on</p><input name="captcha">')
    else if (request.url === '/binary') response.end(Buffer.of(0xff, 0xfe, 0x00))
    else {
      response.setHeader('set-cookie', 'sid=1; Path=/; HttpOnly')
      response.end('<!doctype html><h1>A page</h1><p>with some content to read')
    }
  })

it('answers every operation of openapi.json as it is described there, and has no other', async () => {
  await using server = await site()
  await using service = await openService()
  const client = await OpenApiClient.open(service.url)
  const document = await client.call('describe')
  expect((await new Validator().validate(document.json)).errors ?? []).toEqual([])

  const alice = { id: 'alice' }
  const at = { ...alice, origin: server.origin }
  const ok = async (id: string, options: Parameters<OpenApiClient['call']>[1] = {}) => {
    const answer = await client.call(id, options)
    expect(answer.status, `${id}: ${answer.text}`).toBeLessThan(300)
    return answer.json
  }

  // requests
  expect(await ok('fetch', { body: { session: 'alice', url: server.origin } })).toMatchObject({
    status: 200,
    via: 'http',
  })
  expect(await ok('fetch', { body: { session: 'alice', url: `${server.origin}/binary` } })).toHaveProperty(
    'base64',
  )
  expect(
    await ok('fetch', { body: { session: 'alice', url: server.origin, extract: { title: 'h1' } } }),
  ).toMatchObject({ text: '{"title":"A page"}' })
  expect(await ok('render', { body: { session: 'alice', url: server.origin } })).toMatchObject({
    via: 'page',
  })
  await ok('solve', { with: alice, body: { url: server.origin } })
  const { verdict, explanation } = await ok('classify', {
    body: {
      url: 'https://shop.example/',
      status: 403,
      headers: [['cf-mitigated', 'challenge']],
      text: '<title>Just a moment...</title>',
    },
  })
  expect(verdict.kind).toBe('js-challenge')
  expect(explanation).toContain('js-challenge')

  // sessions
  expect(await ok('createSession', { body: { id: 'bob' } })).toMatchObject({
    id: 'bob',
    stored: false,
    open: true,
  })
  expect((await ok('createSession', { body: {} })).id).toMatch(/^[\da-f-]{36}$/)
  expect((await ok('listSessions')).sessions).toMatchObject([{ id: 'alice' }])
  expect(await ok('getSession', { with: alice })).toMatchObject({ id: 'alice', open: true, cookies: 1 })
  expect((await client.call('getSession', { with: { id: 'nobody' } })).status).toBe(404)
  await ok('releaseSession', { with: alice })
  expect(await ok('getSession', { with: alice })).toMatchObject({ open: false, stored: true, cookies: 1 })

  // cookies
  const lines = ['theme=dark; Max-Age=3600', 'x=1; Domain=other.example']
  expect(
    (await ok('setCookies', { with: alice, body: { url: server.origin, lines } })).results,
  ).toMatchObject([{ accepted: true }, { accepted: false, reason: 'domain' }])
  expect((await ok('getCookies', { with: { ...alice, reveal: '1' } })).cookies).toHaveLength(2)
  await ok('clearCookies', { with: { ...alice, name: 'theme' } })
  expect((await ok('getCookies', { with: { ...alice, url: server.origin } })).cookies).toMatchObject([
    { name: 'sid', valueBytes: 1 },
  ])

  // storage
  const items = [
    { key: 'token', value: '{"access":"t0k3n"}' },
    { key: 'theme', value: 'dark' },
  ]
  await ok('setLocalStorage', { with: alice, body: { origin: `${server.origin}/path`, items } })
  expect((await ok('getLocalStorage', { with: at })).items).toContainEqual({ key: 'theme', valueChars: 4 })
  expect((await ok('getLocalStorage', { with: { ...at, reveal: '1' } })).items).toEqual(
    expect.arrayContaining(items),
  )
  await ok('deleteLocalStorage', { with: { ...at, key: 'theme' } })
  expect((await ok('getLocalStorage', { with: at })).items).toHaveLength(1)
  expect((await ok('getSession', { with: alice })).origins).toEqual([server.origin])

  // files
  for (const format of ['json', 'playwright', 'netscape', 'cdp']) {
    const { text } = await ok('exportSession', { with: { ...alice, format } })
    const report = await ok('importSession', { with: { id: `copy-${format}` }, body: { text } })
    expect(report).toMatchObject({ format, cookies: 1 })
  }

  // token bindings
  const source = { local: 'token', path: ['access'] }
  const binding = { origin: server.origin, header: 'Authorization', template: 'Bearer {}', source }
  expect(await ok('addTokenBinding', { with: alice, body: binding })).toMatchObject({
    header: 'authorization',
  })
  expect((await ok('listTokenBindings', { with: alice })).bindings).toHaveLength(1)
  const named = { ...at, header: 'authorization' }
  await ok('removeTokenBinding', { with: named })
  expect((await client.call('removeTokenBinding', { with: named })).status).toBe(404)

  // blocks
  const reason = 'the account was locked'
  expect(
    (await ok('setQuarantine', { with: alice, body: { reason, forMs: 60_000 } })).quarantine,
  ).toMatchObject({ reason })
  const quarantined = await client.call('fetch', { body: { session: 'alice', url: server.origin } })
  expect(quarantined).toMatchObject({ status: 409, json: { code: 'ONEJAR_QUARANTINED' } })
  expect((await ok('getQuarantine', { with: alice })).quarantine.reason).toBe(reason)
  await ok('liftQuarantine', { with: alice })
  expect((await ok('getQuarantine', { with: alice })).quarantine).toBeNull()
  expect((await ok('listBlocked', { with: alice })).blocked).toEqual([])
  const person = { url: `${server.origin}/person` }
  expect((await client.call('handOver', { with: alice, body: person })).status).toBe(404)
  await client.call('fetch', { body: { session: 'alice', ...person } })
  expect(await ok('handOver', { with: alice, body: person })).toMatchObject({ origin: server.origin })
  expect((await ok('unblock', { with: alice, body: { origin: server.origin } })).blocked).toEqual([])

  // seeing what happens
  for (const id of ['inspect', 'inspectStyle', 'inspectScript']) {
    expect((await client.call(id)).text).not.toBe('')
  }
  expect((await ok('listOpenSessions')).sessions).toContainEqual(expect.objectContaining({ id: 'alice' }))
  expect((await ok('getReport', { with: alice })).report.requests).not.toEqual([])
  expect((await ok('listEntries', { with: alice })).entries).toContainEqual(
    expect.objectContaining({ name: 'sid' }),
  )
  await ok('getQueue')

  // dead letters
  const failing = { session: 'alice', url: `${server.origin}/fail`, deadLetter: true, retry: false }
  for (const _ of [1, 2]) await client.call('fetch', { body: failing })
  const { deadLetters } = await ok('listDeadLetters', { with: alice })
  expect(deadLetters).toHaveLength(2)
  const [{ id: letter }, { id: other }] = deadLetters
  expect(await ok('retryDeadLetter', { with: { ...alice, letter }, body: {} })).toMatchObject({ status: 503 })
  for (const each of [letter, other]) await ok('removeDeadLetter', { with: { ...alice, letter: each } })
  expect((await client.call('removeDeadLetter', { with: { ...alice, letter } })).status).toBe(404)

  // events
  for (const [id, given] of [
    ['events', {}],
    ['sessionEvents', alice],
  ] as const) {
    const hangUp = new AbortController()
    const { response } = await client.send(id, { with: given }, hangUp.signal)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    hangUp.abort()
    client.called.add(id)
  }

  // about
  expect(await ok('about')).toMatchObject({ name: 'onejar' })
  expect(await ok('health')).toMatchObject({ status: 'ok', store: 'up' })
  expect((await client.call('metrics')).text).toContain('session_creation_total')
  expect(await ok('explainProblem', { with: { code: 'ONEJAR_BLOCKED' } })).toMatchObject({ status: 409 })
  await ok('removeSession', { with: alice })
  expect((await client.call('getSession', { with: alice })).status).toBe(404)

  expect([...client.operations.keys()].filter((id) => !client.called.has(id))).toEqual([])
})

it('gives the description to who has no token yet', async () => {
  await using service = await openService({ token: TOKEN })
  const client = await OpenApiClient.open(service.url)
  expect((await client.call('listSessions')).status).toBe(401)
  const headers = { authorization: `Bearer ${TOKEN}` }
  expect((await client.call('listSessions', { headers })).json).toEqual({ sessions: [] })
})
