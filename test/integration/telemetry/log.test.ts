import { Writable } from 'node:stream'
import pino from 'pino'
import { expect, it } from 'vitest'
import { memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'

function logInto(lines: Record<string, unknown>[]) {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  return pino({ level: 'debug' }, stream)
}

it('log lines name the session by a keyed hash, and hold no secret', { timeout: 60_000 }, async () => {
  const lines: Record<string, unknown>[] = []
  await using gate = await startGate('captcha')
  await using broker = await memoryBroker({ telemetry: { log: logInto(lines) } })
  const session = await broker.session('id-canary', { tenant: 'tenant-canary' })
  await session.cookies.set('canary=canary; Path=/', gate.origin)
  const error = await session
    .fetch(`${gate.origin}/path?canary=1`, { headers: { authorization: 'Bearer canary' } })
    .catch((cause) => cause)
  expect(error.code).toBe('ONEJAR_CAPTCHA')
  expect(JSON.stringify(lines)).not.toContain('canary')
  const failed = lines.find(({ msg }) => msg === 'request failed')
  expect(failed).toMatchObject({ error_class: 'ONEJAR_CAPTCHA', method: 'GET', url: `${gate.origin}/path` })
  expect(failed?.['session']).toMatch(/^[\w-]{22}$/)
  expect(lines.map(({ msg }) => msg)).toContain('the session is blocked for an origin')
})

it('cookie diagnostics hold the server’s line against the record, values masked', async () => {
  const lines: Record<string, unknown>[] = []
  await using server = await startHttpServer((_request, response) => {
    response.setHeader('set-cookie', [
      'sid=canary-value; Path=/; HttpOnly; SameSite=Lax',
      'far=canary-value; Max-Age=99999999999',
      'bad=canary-value; Domain=other.example',
      'sid=canary-value; Path=/; HttpOnly; SameSite=Lax',
      'sid=; Path=/; Max-Age=0',
    ])
    response.end('ok')
  })
  await using broker = await memoryBroker({ telemetry: { log: logInto(lines), cookieDiagnostics: true } })
  const session = await broker.session('a')
  const events = session.events()
  await (await session.fetch(server.origin)).text()
  await session.release()
  let told: unknown
  for await (const event of events) if (event.type === 'set-cookie') told = event.cookies
  expect(told).toMatchObject([
    { outcome: 'kept', line: 'sid=[12 bytes]; Path=/; HttpOnly; SameSite=Lax' },
    {
      outcome: 'kept',
      line: 'far=[12 bytes]; Max-Age=99999999999',
      kept: expect.stringContaining('Expires='),
    },
    { outcome: 'refused', reason: 'domain', line: 'bad=[12 bytes]; Domain=other.example' },
    { outcome: 'unchanged' },
    { outcome: 'deleted' },
  ])
  const line = lines.find(({ msg }) => msg === 'set-cookie')
  expect(line?.['cookies']).toEqual(told)
  expect(JSON.stringify(lines)).not.toContain('canary-value')
})
