import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { AttemptTelemetry } from '../../../src/pipeline/telemetry/attempt-telemetry.ts'
import type { Instruments, Spans } from '../../../src/telemetry/index.ts'
import { PAGE, routed } from '../../support/routed.ts'

function make() {
  const counted: unknown[] = []
  const total = (_name: string, _key: string, attributes: () => object) => counted.push(attributes())
  const measured: unknown[] = []
  const record = (name: string, value: number, attributes: object) => measured.push([name, value, attributes])
  const noted: unknown[] = []
  const spans = {
    noteRequest: (name: string, _at: number, attributes: object, failed: boolean) =>
      noted.push([name, attributes, failed]),
  }
  return {
    counted,
    measured,
    noted,
    attempts: new AttemptTelemetry({ total, record } as unknown as Instruments, spans as unknown as Spans),
  }
}

describe('attempts', () => {
  it('tells 401, 403 and 429 apart, and says what the answer is and which attempt it was', () => {
    const { counted, attempts } = make()
    attempts.answered(routed({ status: 401, kind: 'unauthorised' }), 1, 10)
    attempts.answered(routed({ status: 403, kind: 'block', via: 'page' }), 1, 10)
    attempts.answered(routed({ status: 429, kind: 'rate-limited' }), 3, 10)
    expect(counted).toEqual([
      { status: '401', kind: 'unauthorised', via: 'http', attempt: '1' },
      { status: '403', kind: 'block', via: 'page', attempt: '1' },
      { status: '429', kind: 'rate-limited', via: 'http', attempt: '3' },
    ])
  })

  it('counts unusual statuses by their class, so that no site makes series at will', () => {
    const { counted, attempts } = make()
    for (const status of [299, 477, 599])
      attempts.answered({ ...routed({ status }), verdict: undefined }, 1, 10)
    expect(counted).toMatchObject([
      { status: '2xx', kind: 'unknown' },
      { status: '4xx', kind: 'unknown' },
      { status: '5xx', kind: 'unknown' },
    ])
  })

  it('counts what had no answer by the code of its error, and nothing of a foreign one', () => {
    const { counted, attempts } = make()
    attempts.failed({ url: PAGE, attempt: 2 }, 'http', new OnejarError('ONEJAR_NETWORK', 'reset'), 10)
    attempts.failed({ url: PAGE }, 'page', new TypeError('secret'), 10)
    expect(counted).toEqual([
      { status: 'none', kind: 'ONEJAR_NETWORK', via: 'http', attempt: '2' },
      { status: 'none', kind: 'TypeError', via: 'page', attempt: '1' },
    ])
  })

  it('measures in seconds, and names what OpenTelemetry names, in a span of its own', () => {
    const { measured, noted, attempts } = make()
    attempts.answered(routed({ status: 503, method: 'BREW' }), 2, 1_500)
    const server = { 'server.address': 'shop.example', 'server.port': 443 }
    const result = {
      'http.response.status_code': 503,
      'error.type': '503',
      'network.protocol.version': '1.1',
    }
    expect(measured).toEqual([
      [
        'http.client.request.duration',
        1.5,
        { 'http.request.method': '_OTHER', 'url.scheme': 'https', ...server, ...result },
      ],
    ])
    expect(noted).toEqual([
      [
        'onejar.http',
        {
          'http.request.method': '_OTHER',
          'url.full': 'https://shop.example/orders',
          'http.request.resend_count': 1,
          'onejar.verdict': 'ok',
          ...server,
          ...result,
        },
        true,
      ],
    ])
  })

  it('has a bounded number of hosts', () => {
    const { measured, attempts } = make()
    for (let i = 0; i < 210; i++) attempts.answered(routed({ url: new URL(`https://${i}.example`) }), 1, 1)
    const names = measured.map(
      (one) => (one as [string, number, { 'server.address': string }])[2]['server.address'],
    )
    expect(names[0]).toBe('0.example')
    expect(names.at(-1)).toBe('_OTHER')
    expect(new Set(names).size).toBeLessThanOrEqual(201)
  })
})
