import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canonical } from '../../../src/compliance/audit/audit-record.ts'
import {
  type AuditFacts,
  type AuditKey,
  checkLine,
  MAX_LINE_BYTES,
  nextLine,
  sealEnd,
  TRAIL_START,
  type TrailEnd,
} from '../../../src/compliance/index.ts'

const KEY: AuditKey = { id: 'one', secret: Buffer.from('a secret of the test') }
const OTHER: AuditKey = { id: 'two', secret: Buffer.from('another secret of the test') }
const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
const CHECK = { keys: [KEY], keyed: true }

/** The line of a decision, without its line feed, and the end after it. */
function write(
  end: TrailEnd = TRAIL_START,
  key: AuditKey | null = KEY,
  facts: AuditFacts = { origin: 'https://a.example' },
) {
  const next = nextLine(end, { at: AT, rule: 'robots-disallowed', session: 'pseudonym', facts }, key)
  expect(next.line.endsWith('\n')).toBe(true)
  return { line: next.line.slice(0, -1), end: next.end }
}

/** A line with other members, sealed again with the key where there is one. */
function forge(line: string, change: Record<string, unknown>, key: AuditKey | null = KEY): string {
  const { hash: _, ...body } = { ...JSON.parse(line), ...change }
  const sorted = (value: Record<string, unknown>) =>
    JSON.stringify(value, Object.keys({ ...value, ...(value['facts'] as object) }).sort())
  const text = sorted(body)
  const hash = (key ? createHmac('sha256', key.secret) : createHash('sha256'))
    .update(text)
    .digest('base64url')
  return sorted({ ...body, hash })
}

describe('a record of the trail', () => {
  it('says what was decided, about whom and when, by the row of the policy', () => {
    const { line, end } = write()
    expect(JSON.parse(line)).toEqual({
      v: 1,
      seq: 1,
      at: '2026-01-02T03:04:05.006Z',
      rule: 'robots-disallowed',
      data: 'request',
      action: 'refuse',
      session: 'pseudonym',
      facts: { origin: 'https://a.example' },
      key: 'one',
      prev: '0'.repeat(43),
      hash: end.hash,
    })
    expect(end.seq).toBe(1)
  })

  it('is the same text for the same decision, with sorted names and no space', () => {
    const { line } = write(TRAIL_START, KEY, { b: 1, a: 'x' })
    expect(line).toBe(write(TRAIL_START, KEY, { a: 'x', b: 1 }).line)
    expect(line).toMatch(/^\{"action":"refuse","at":.*"facts":\{"a":"x","b":1\},"hash":.*,"v":1\}$/)
  })

  it('is sealed by the key, or chained by plain SHA-256', () => {
    for (const key of [KEY, null]) {
      const { line, end } = write(TRAIL_START, key)
      expect(forge(line, {}, key)).toBe(line)
      expect(JSON.parse(line)).toMatchObject({ key: key?.id ?? null, hash: end.hash })
    }
  })

  it('keeps eight short facts, and no number that JSON does not have', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`f${at}`, at]))
    expect(Object.keys(JSON.parse(write(TRAIL_START, KEY, many).line).facts)).toHaveLength(8)
    const { facts } = JSON.parse(
      write(TRAIL_START, KEY, {
        long: 'x'.repeat(201),
        whole: 'y'.repeat(200),
        half: '\ud800',
        none: Number.NaN,
        six: 6,
      }).line,
    )
    expect(facts).toEqual({ long: 'x'.repeat(200), whole: 'y'.repeat(200), half: '\ufffd', none: 0, six: 6 })
  })

  it('fits into a line whatever the facts are', () => {
    const worst = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`f${at}`, '\u0001'.repeat(1_000)]))
    expect(Buffer.byteLength(write(TRAIL_START, KEY, worst).line)).toBeLessThan(MAX_LINE_BYTES)
  })
})

describe('checkLine', () => {
  const first = write()
  const second = write(first.end)

  it('takes the records of a trail one after the other', () => {
    expect(checkLine(first.line, TRAIL_START, CHECK)).toEqual({ record: JSON.parse(first.line) })
    expect(checkLine(second.line, first.end, CHECK)).toEqual({ record: JSON.parse(second.line) })
  })

  it('takes any record as the first of what is kept', () => {
    expect(checkLine(second.line, null, CHECK)).toHaveProperty('record')
  })

  it.each([
    ['of another place', second.line, TRAIL_START, 'does not come next'],
    ['repeated', first.line, first.end, 'does not come next'],
    ['chained to another record', forge(second.line, { prev: 'x'.repeat(43) }), first.end, 'is not chained'],
    ['changed', first.line.replace('a.example', 'b.example'), TRAIL_START, 'was changed'],
    ['with a hash of its own', forge(first.line, {}, OTHER), TRAIL_START, 'was changed'],
    [
      'sealed with an unknown key',
      forge(first.line, { key: 'two' }, OTHER),
      TRAIL_START,
      'not in the key ring',
    ],
    ['not sealed', write(TRAIL_START, null).line, TRAIL_START, 'is not sealed with a key'],
  ] as const)('refuses a line %s', (_what, line, end, reason) => {
    expect(checkLine(line, end, CHECK)).toEqual({ broken: expect.stringContaining(reason) })
  })

  it('takes a record without a key where the trail need not be sealed', () => {
    expect(checkLine(write(TRAIL_START, null).line, TRAIL_START, { ...CHECK, keyed: false })).toHaveProperty(
      'record',
    )
  })

  it('looks at the place alone of a record whose key is gone, where that is asked for', () => {
    const links = { keys: [], keyed: true, linksOnly: true }
    expect(checkLine(first.line, TRAIL_START, links)).toHaveProperty('record')
    expect(checkLine(second.line, TRAIL_START, links)).toHaveProperty('broken')
    expect(checkLine(first.line, TRAIL_START, { keys: [], keyed: true })).toHaveProperty('broken')
    // A key that is there is looked at all the same.
    expect(checkLine(forge(first.line, {}, OTHER), TRAIL_START, { ...links, keys: [KEY] })).toHaveProperty(
      'broken',
    )
  })

  it.each([
    ['no JSON', 'no JSON'],
    ['a number', '1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['spaces', first.line.replace(',', ', ')],
    ['one member more', forge(first.line, { more: 1 })],
    ['another version', forge(first.line, { v: 2 })],
    ['a number that is not whole', forge(first.line, { seq: 1.5 })],
    ['no time', forge(first.line, { at: 1 })],
    ['no rule', forge(first.line, { rule: null })],
    ['no class of data', forge(first.line, { data: 1 })],
    ['no action', forge(first.line, { action: 1 })],
    ['no record before', forge(first.line, { prev: 1 })],
    ['a session that is no text', forge(first.line, { session: 1 })],
    ['a key that is no text', forge(first.line, { key: 1 })],
    ['facts that are none', forge(first.line, { facts: null })],
    ['facts in a list', forge(first.line, { facts: [] })],
    ['facts that are a text', forge(first.line, { facts: 'x' })],
    ['a fact that is neither text nor number', forge(first.line, { facts: { origin: true } })],
  ])('takes %s for no record', (_what, line) => {
    expect(checkLine(line, TRAIL_START, CHECK)).toEqual({ broken: 'is not a record of the trail' })
  })

  it('takes facts that are texts and numbers', () => {
    const facts = { origin: 'https://a.example', bytes: 5 }
    expect(checkLine(write(TRAIL_START, KEY, facts).line, TRAIL_START, CHECK)).toMatchObject({
      record: { facts },
    })
  })

  it('takes records that concern no session', () => {
    const { line } = nextLine(TRAIL_START, { at: AT, rule: 'store-purged', session: null, facts: {} }, KEY)
    expect(checkLine(line.trimEnd(), TRAIL_START, CHECK)).toMatchObject({
      record: { session: null, facts: {} },
    })
  })
})

describe('canonical', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [2, 'x', null, { d: 1, c: [] }] }, '{"a":[2,"x",null,{"c":[],"d":1}],"b":1}'],
    [{ b: undefined, a: 1 }, '{"a":1}'],
    [[], '[]'],
    ['"', '"\\""'],
    [null, 'null'],
  ])('writes %j as %s', (value, text) => {
    expect(canonical(value)).toBe(text)
  })
})

describe('sealEnd', () => {
  it('is another one for another end, size or key', () => {
    const { end } = write()
    const seals = [
      sealEnd(end, 100, KEY),
      sealEnd({ ...end, seq: 2 }, 100, KEY),
      sealEnd({ ...end, hash: 'x' }, 100, KEY),
      sealEnd(end, 101, KEY),
      sealEnd(end, 100, OTHER),
      sealEnd(end, 100, null),
    ]
    expect(new Set(seals).size).toBe(seals.length)
    expect(sealEnd({ ...end }, 100, KEY)).toBe(seals[0])
  })
})
