import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryValueSchemas } from '../../../src/record/codecs/schemas.ts'
import { decodeEntry, type Entry, encodeEntry, localId } from '../../../src/record/index.ts'
import { cookieEntry, everyKind, stampAt } from '../../../src/store-kit/entries.ts'

const stamp = stampAt(1)
const text = fc.string({ unit: 'binary' })

describe('the entry codec', () => {
  it('gives back every kind of entry, and its deletion', () => {
    const kinds = new Set<string>(everyKind('x').map(({ kind }) => kind))
    expect(kinds).toEqual(new Set(Object.keys(entryValueSchemas)))
    for (const entry of everyKind('x')) {
      expect(decodeEntry(encodeEntry(entry), entry.stamp)).toEqual({ ok: true, entry })
      const gone = { ...entry, value: null } as Entry
      expect(decodeEntry(encodeEntry(gone), entry.stamp)).toEqual({ ok: true, entry: gone })
    }
  })

  it('gives back any text, also what is no well-formed Unicode', () => {
    fc.assert(
      fc.property(text, text, (key, value) => {
        const entry: Entry = { kind: 'local', id: localId('https://a.example', key), stamp, value }
        const bytes = Buffer.from(encodeEntry(entry))
        expect(decodeEntry(bytes.toString(), stamp)).toEqual({ ok: true, entry })
      }),
    )
  })

  it('refuses, and never throws at, whatever else it is given', () => {
    const good = encodeEntry(cookieEntry('a', 'b', 1))
    const cut = fc.nat(good.length - 1).map((at) => good.slice(0, at))
    const wrong = fc.json().filter((json) => !/^\["/.test(json))
    const strange = fc
      .tuple(
        fc.constantFrom(
          'cookie',
          'identity',
          'route',
          'binding',
          'dead-letter',
          'idempotency',
          '__proto__',
          'x',
        ),
        fc.string(),
        fc.jsonValue(),
      )
      .filter(([, , value]) => value !== null)
      .map((parts) => JSON.stringify(parts))
    fc.assert(
      fc.property(fc.oneof(cut, wrong, strange, text), (hostile) => {
        expect(decodeEntry(hostile, stamp)).toMatchObject({ ok: false, reason: expect.any(String) })
      }),
    )
  })

  it('refuses a cookie under the id of another, and stamps that are none', () => {
    const moved = JSON.stringify(['cookie', 'www.shop.example\n/\nother', cookieEntry('a', 'b', 1).value])
    expect(decodeEntry(moved, stamp)).toMatchObject({ ok: false })
    const good = encodeEntry(cookieEntry('a', 'b', 1))
    for (const time of [-1, 0.5, Number.NaN, 2 ** 60]) {
      expect(decodeEntry(good, { time, writer: 'w' })).toMatchObject({ ok: false })
    }
  })

  it('tells nothing of the entry when it refuses it', () => {
    const bad = JSON.stringify(['cookie', 'canary', { name: 'canary', value: 'canary' }])
    expect(JSON.stringify(decodeEntry(bad, stamp))).not.toContain('canary')
  })
})
