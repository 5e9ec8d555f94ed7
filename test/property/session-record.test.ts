import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChangeSource, type Entry, entryKey, localWrite, SessionRecord } from '../../src/record/index.ts'

const ORIGINS = ['https://a.example', 'https://b.example:8443'] as const
const URLS = ['https://a.example/', 'https://a.example/x/y', 'http://a.example/', 'https://sub.a.example/']
const SELF: ChangeSource = { name: 'self' }
const NEWS: ChangeSource = { name: 'news' }

const line = fc.constantFrom(
  'a=1',
  'a=2; Path=/x',
  'a=; Max-Age=0',
  'b=3; Domain=a.example',
  'c=4; Secure; SameSite=None',
  '__Host-d=5; Secure; Path=/',
  'e=6; Max-Age=2',
  '=nameless',
)
const step = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    who: fc.nat(2),
    origin: fc.constantFrom(...ORIGINS),
    key: fc.constantFrom('k', '', '__proto__', 'k\n2'),
    value: fc.option(fc.constantFrom('', 'v', 'w')),
  }),
  fc.record({ kind: fc.constant('receive' as const), who: fc.nat(2), url: fc.constantFrom(...URLS), line }),
  fc.record({ kind: fc.constant('sync' as const), who: fc.nat(2), from: fc.nat(2) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3_000) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function replicas(count: number) {
  const now = { ms: 1_700_000_000_000 }
  const records = Array.from(
    { length: count },
    (_, index) => new SessionRecord({ writer: `w${index}`, clock: { now: () => now.ms } }),
  )
  const run = (steps: readonly Step[]) => {
    for (const one of steps) {
      if (one.kind === 'wait') now.ms += one.ms
      else if (one.kind === 'set') records[one.who]!.write([localWrite(one.origin, one.key, one.value)], SELF)
      else if (one.kind === 'receive')
        records[one.who]!.receive([one.line], new URL(one.url), undefined, SELF)
      else records[one.who]!.merge([...records[one.from]!.entries()], NEWS)
    }
  }
  return { records, run, now }
}

/** What a record holds, in an order of its own. */
function stateOf(record: SessionRecord): string {
  const entries = [...record.entries()].sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1))
  return JSON.stringify(entries)
}

describe('SessionRecord', () => {
  it('comes to the same end in every replica once all have heard of all', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { records, run } = replicas(3)
        run(steps)
        const all = records.map((record) => [...record.entries()])
        for (const record of records) for (const entries of all) record.merge(entries, NEWS)
        expect(new Set(records.map(stateOf)).size).toBe(1)
        for (const url of URLS) {
          const headers = records.map((record) => record.cookieHeader(new URL(url)))
          expect(new Set(headers).size, url).toBe(1)
        }
        for (const origin of ORIGINS) {
          const items = records.map((record) => JSON.stringify([...record.localItems(origin)].sort()))
          expect(new Set(items).size, origin).toBe(1)
        }
      }),
    )
  })

  it('reaches the same state by its deltas, in any order and twice, as by its entries', () => {
    const shuffled = fc.tuple(fc.array(step, { maxLength: 30 }), fc.infiniteStream(fc.nat()))
    fc.assert(
      fc.property(shuffled, ([steps, order]) => {
        const { records, run } = replicas(1)
        const [record] = records as [SessionRecord]
        const deltas: Entry[][] = []
        record.subscribe((delta) => deltas.push([...delta]))
        run(
          steps.map((one) =>
            'who' in one ? { ...one, who: 0, ...('from' in one ? { from: 0 } : {}) } : one,
          ) as Step[],
        )
        const mixed = [...deltas, ...deltas]
          .map((delta) => ({ delta, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
        const copy = new SessionRecord({ writer: 'copy', clock: { now: () => 1_700_000_100_000 } })
        for (const { delta } of mixed) copy.merge(delta, NEWS)
        expect(stateOf(copy)).toBe(stateOf(record))
      }),
    )
  })

  it('gives each entry of its own a later stamp than any it has', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { records, run } = replicas(3)
        for (const one of steps) {
          if (!('who' in one)) {
            run([one])
            continue
          }
          const record = records[one.who]!
          const before = Math.max(0, ...[...record.entries()].map(({ stamp }) => stamp.time))
          const seen: Entry[] = []
          const stop = record.subscribe((delta, source) => source === SELF && seen.push(...delta))
          run([one])
          stop()
          for (const { stamp } of seen) expect(stamp.time).toBeGreaterThan(before)
        }
      }),
    )
  })
})
