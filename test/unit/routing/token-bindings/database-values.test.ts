import { describe, expect, it } from 'vitest'
import { SessionRecord } from '../../../../src/record/index.ts'
import { placeInDatabases, valueInDatabases } from '../../../../src/routing/token-bindings/database-values.ts'

const ORIGIN = 'https://app.example'
const TOKEN = 'eyJh.7f3a9c1e5b2d8460-xyz'

function recordOf(databases: unknown): SessionRecord {
  const record = new SessionRecord({ writer: 'a', clock: { now: () => 1 } })
  record.write([{ kind: 'indexeddb-snapshot', id: ORIGIN, value: databases }], { name: 'test' })
  return record
}
const database = (records: unknown[], more: object = {}) => [
  { name: 'other', version: 1, stores: [] },
  { name: 'auth', version: 1, stores: [{ name: 'users', autoIncrement: false, records, ...more }] },
]

describe('a token in databases that the record keeps', () => {
  it.each<[string, unknown[], object, string | number | null, string[]]>([
    [
      'a value',
      [
        { key: 'a', value: 'x' },
        { key: 'token', value: TOKEN },
      ],
      {},
      'token',
      [],
    ],
    ['a member', [{ key: 7, value: { access: { token: TOKEN } } }], {}, 7, ['access', 'token']],
    [
      'a member of JSON in a text',
      [{ key: 'state', value: JSON.stringify({ auth: JSON.stringify({ t: TOKEN }) }) }],
      {},
      'state',
      ['auth', 't'],
    ],
    [
      'a value that has its key in it, and a date',
      [
        {
          valueEncoded: {
            o: [
              { k: 'id', v: 'firebase:user' },
              { k: 'at', v: { d: '2026-01-01' } },
              { k: 'manager', v: { o: [{ k: 'tokens', v: { a: ['x', TOKEN], id: 3 } }], id: 2 } },
            ],
            id: 1,
          },
        },
      ],
      { keyPath: 'id' },
      'firebase:user',
      ['manager', 'tokens', '1'],
    ],
    ['a value whose key has no name', [{ keyEncoded: { d: 'x' }, value: [TOKEN] }], {}, null, ['0']],
  ])('is found in %s, and read there again', (_, records, more, key, path) => {
    const record = recordOf(database(records, more))
    const place = placeInDatabases(record, ORIGIN, TOKEN)
    expect(place).toEqual({ origin: ORIGIN, database: 'auth', store: 'users', key, path })
    expect(valueInDatabases(record, place as never)).toBe(TOKEN)
    expect(valueInDatabases(recordOf(null), place as never)).toBeUndefined()
    const text = JSON.stringify(database(records, more)).replaceAll(TOKEN, 'another-5d1c7a93e0b8f246')
    expect(valueInDatabases(recordOf(JSON.parse(text)), place as never)).toBe('another-5d1c7a93e0b8f246')
  })

  it('is not found as a part of a text, nor beyond what is looked at', () => {
    const many = Array.from({ length: 6_000 }, (_, key) => ({ key, value: 'x' }))
    const large = Array.from({ length: 30 }, (_, key) => ({
      key,
      value: `${TOKEN.slice(0, -1)}${'y'.repeat(20_000)}`,
    }))
    for (const records of [
      [{ key: 1, value: `Bearer ${TOKEN}` }],
      [...many, { key: 'token', value: TOKEN }],
      [...large, { key: 'token', value: TOKEN }],
    ]) {
      expect(placeInDatabases(recordOf(database(records)), ORIGIN, TOKEN)).toBeUndefined()
    }
  })

  it('is not found in what is no database, and that does no harm', () => {
    const deep: { v: unknown } = { v: TOKEN }
    let nested: object = deep
    for (let depth = 0; depth < 1_000; depth++) nested = { o: [{ k: 'x', v: nested }] }
    const hostile: unknown[] = [
      'text',
      { length: 3 },
      [
        null,
        5,
        { name: 'auth', stores: 'x' },
        { name: 'auth', stores: [null, { name: 'users', records: {} }] },
      ],
      database([null, 5, { valueEncoded: { o: 5 } }, { valueEncoded: { o: [null, { k: 1, v: TOKEN }] } }]),
      database([{ key: 1, valueEncoded: nested }]),
    ]
    for (const databases of hostile) {
      expect(placeInDatabases(recordOf(databases), ORIGIN, TOKEN)).toBeUndefined()
    }
  })
})
