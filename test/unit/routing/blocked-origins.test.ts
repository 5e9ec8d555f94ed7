import { expect, it } from 'vitest'
import { Classifier } from '../../../src/challenge/index.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { BlockedOrigins } from '../../../src/routing/blocking/blocked-origins.ts'
import { EventHub } from '../../../src/routing/events.ts'

const clock = { now: () => 1_700_000_000_000 }
const head = {
  url: 'https://shop.example/',
  method: 'GET',
  statusCode: 405,
  headers: { 'x-amzn-waf-action': 'captcha' },
}

it('halts are bounded: the one that was met first goes, here and in the record', () => {
  const record = new SessionRecord({ writer: 'w', clock })
  const halts = new BlockedOrigins(record, new EventHub(), clock)
  const verdict = new Classifier().judge(head, '', true)
  const origins = Array.from({ length: 1_003 }, (_, n) => `https://h${n}.example`)
  for (const origin of origins) {
    expect(halts.block(origin, verdict)).toMatchObject({ code: 'ONEJAR_CAPTCHA', details: { origin } })
  }
  const kept = new Set([...record.valuesOf('halt')].map(([origin]) => origin))
  expect([...kept]).toEqual(origins.slice(3))
  expect(origins.filter((origin) => halts.at(origin) !== undefined)).toEqual(origins.slice(3))
})
