import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { AttemptTelemetry } from '../../../src/pipeline/telemetry/attempt-telemetry.ts'
import type { Instruments } from '../../../src/telemetry/index.ts'
import { routed } from '../../support/routed.ts'

function make() {
  const counted: unknown[] = []
  const total = (_name: string, _key: string, attributes: () => object) => counted.push(attributes())
  return { counted, attempts: new AttemptTelemetry({ total } as unknown as Instruments) }
}

describe('attempts', () => {
  it('tells 401, 403 and 429 apart, and says what the answer is and which attempt it was', () => {
    const { counted, attempts } = make()
    attempts.answered(routed({ status: 401, kind: 'unauthorised' }), 1)
    attempts.answered(routed({ status: 403, kind: 'block', via: 'page' }), 1)
    attempts.answered(routed({ status: 429, kind: 'rate-limited' }), 3)
    expect(counted).toEqual([
      { status: '401', kind: 'unauthorised', via: 'http', attempt: '1' },
      { status: '403', kind: 'block', via: 'page', attempt: '1' },
      { status: '429', kind: 'rate-limited', via: 'http', attempt: '3' },
    ])
  })

  it('counts unusual statuses by their class, so that no site makes series at will', () => {
    const { counted, attempts } = make()
    for (const status of [299, 477, 599]) attempts.answered({ ...routed({ status }), verdict: undefined }, 1)
    expect(counted).toMatchObject([
      { status: '2xx', kind: 'unknown' },
      { status: '4xx', kind: 'unknown' },
      { status: '5xx', kind: 'unknown' },
    ])
  })

  it('counts what had no answer by the code of its error, and nothing of a foreign one', () => {
    const { counted, attempts } = make()
    attempts.failed({ attempt: 2 }, 'http', new OnejarError('ONEJAR_NETWORK', 'reset'))
    attempts.failed({}, 'page', new TypeError('secret'))
    expect(counted).toEqual([
      { status: 'none', kind: 'ONEJAR_NETWORK', via: 'http', attempt: '2' },
      { status: 'none', kind: 'error', via: 'page', attempt: '1' },
    ])
  })
})
