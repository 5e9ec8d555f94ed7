import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { SessionTelemetry } from '../../../src/pipeline/stages/telemetry.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { EventHub } from '../../../src/routing/index.ts'
import type { Telemetry } from '../../../src/telemetry/index.ts'
import { ahead, aRequest, aResponse } from './a-request.ts'

const clock = { now: () => 1_700_000_000_000 }

function make({ spans = false, cookieDiagnostics = false } = {}) {
  const measured: unknown[] = []
  const lines: unknown[] = []
  const traced: unknown[] = []
  const log = (level: string) => (fields: object, text: string) => lines.push({ level, text, ...fields })
  const telemetry = {
    instruments: {
      record: (name: string, _ms: number, attributes: object) => measured.push([name, attributes]),
      rate: (name: string, count: number) => measured.push([name, count]),
    },
    spans: spans
      ? {
          run: (name: string, attributes: object, work: (span: object) => unknown) => {
            const more = {}
            traced.push([name, attributes, more])
            return work({ setAttributes: (set: object) => Object.assign(more, set) })
          },
        }
      : null,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    cookieDiagnostics,
  } as unknown as Telemetry
  const record = new SessionRecord({ writer: 'w', clock })
  const events = new EventHub()
  const session = new SessionTelemetry(
    telemetry,
    { pseudonym: 'pseudonym', proxy: () => 'direct' },
    record,
    events,
  )
  return { session, measured, lines, traced, record, events }
}

describe('telemetry', () => {
  it('measures a request and logs it without its query', async () => {
    const { session, measured, lines } = make()
    const response = aResponse(204, { via: 'page' })
    expect(await ahead(session.stage, response).send(aRequest({ method: 'PUT' }))).toBe(response)
    expect(measured).toEqual([['request_duration_ms', { via: 'page', outcome: '2xx' }]])
    expect(lines).toMatchObject([
      {
        level: 'debug',
        session: 'pseudonym',
        method: 'PUT',
        url: 'http://shop.example/orders',
        status: 204,
        via: 'page',
      },
    ])
  })

  it('measures a failure by its code, and passes it on', async () => {
    for (const [error, outcome] of [
      [new OnejarError('ONEJAR_NETWORK', 'reset'), 'ONEJAR_NETWORK'],
      [new TypeError('secret text'), 'error'],
    ] as const) {
      const { session, measured, lines } = make()
      await expect(ahead(session.stage, error).send(aRequest())).rejects.toBe(error)
      expect(measured).toEqual([['request_duration_ms', { via: 'none', outcome }]])
      expect(lines).toMatchObject([{ level: 'warn', method: 'GET', url: 'http://shop.example/orders' }])
      expect(JSON.stringify(lines)).not.toContain('secret')
    }
  })

  it('puts a request into a span without its query', async () => {
    const { session, traced } = make({ spans: true })
    await ahead(session.stage, aResponse(200)).send(aRequest())
    expect(traced).toEqual([
      [
        'onejar.fetch',
        {
          'http.request.method': 'GET',
          'url.full': 'http://shop.example/orders',
          'onejar.session': 'pseudonym',
        },
        { 'http.response.status_code': 200, 'onejar.via': 'http' },
      ],
    ])
  })

  it('counts changes of cookies until it is closed', () => {
    const { session, measured, record } = make()
    const url = new URL('http://shop.example/')
    record.receive(['a=1', 'b=2'], url, undefined, { name: 'test' })
    expect(session.cookieBytes).toBe(4)
    session.close()
    record.receive(['c=3'], url, undefined, { name: 'test' })
    expect(measured).toEqual([['cookie_jar_mutation_frequency', 2]])
  })

  it('says what became of each Set-Cookie line where that is wanted, without values', () => {
    const { session, record, events } = make({ cookieDiagnostics: true })
    const seen: unknown[] = []
    events.tap((event) => event.type === 'set-cookie' && seen.push(event.cookies), true)
    const url = new URL('http://shop.example/')
    const receive = session.watch(record, { name: 'http' })
    receive(
      ['id=secret; Path=/', 'id=secret; Domain=other.example', 'id=; Max-Age=0'],
      url,
      undefined,
      null as never,
    )
    expect(seen).toMatchObject([
      [
        {
          line: 'id=[6 bytes]; Path=/',
          outcome: 'kept',
          kept: expect.stringContaining('host-only shop.example'),
        },
        { outcome: 'refused' },
        { outcome: 'deleted' },
      ],
    ])
    expect(JSON.stringify(seen)).not.toContain('secret')
    const quiet = make()
    quiet.events.tap(() => seen.push('told'), true)
    quiet.session.watch(quiet.record, { name: 'http' })(['a=1'], url, undefined, null as never)
    expect(quiet.record.cookies()).toHaveLength(1)
    expect(seen).toHaveLength(1)
  })
})
