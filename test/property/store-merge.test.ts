import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, entryKey, mergeInto } from '../../src/record/index.ts'
import { createPlainSealer, createSealer } from '../../src/store/encryption.ts'
import { EntryStore } from '../../src/store/entry-store.ts'
import type { Store } from '../../src/store/index.ts'
import { openStore } from '../../src/store/index.ts'
import { generateKey, parseKeyRing } from '../../src/store/key-ring.ts'
import { MemoryBackend, MemorySpace } from '../../src/store/memory-backend.ts'
import { DEFAULT_LIMITS } from '../../src/store/retention.ts'
import { localEntry } from '../../src/store-kit/entries.ts'
import { someSession } from '../conformance/store/store-kit.ts'

const entry = fc
  .record({
    key: fc.constantFrom('a', 'b', '__proto__'),
    value: fc.option(fc.constantFrom('', '1', '2', 'é\ud800')),
    tick: fc.integer({ min: 0, max: 3 }),
    writer: fc.constantFrom('a', 'B', 'c'),
  })
  .map(({ key, value, tick, writer }) => localEntry(key, value, tick, writer))

const deltas = fc.array(fc.array(entry, { maxLength: 4 }), { maxLength: 8 })

const sealers = {
  plain: createPlainSealer(),
  sealed: createSealer(parseKeyRing(generateKey(), 'the test'), Buffer.alloc(32)),
}

function memory(sealer: 'plain' | 'sealed', space = new MemorySpace()): Store {
  const backend = new MemoryBackend(space, DEFAULT_LIMITS, { now: Date.now })
  return new EntryStore({ backend, sealer: sealers[sealer], limits: DEFAULT_LIMITS })
}

function sorted(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1))
}

describe('the merge of the stores', () => {
  for (const sealer of ['plain', 'sealed'] as const) {
    it(`comes to what the record comes to, in any order, repeated or not (${sealer})`, async () => {
      await fc.assert(
        fc.asyncProperty(deltas, fc.infiniteStream(fc.nat(100)), async (given, random) => {
          const record = new Map<string, Entry>()
          for (const delta of given) mergeInto(record, delta)
          const shuffled = [...given, ...given].map((delta) => ({ delta, at: random.next().value }))
          shuffled.sort((a, b) => a.at - b.at)
          const [one, two] = [memory(sealer), memory(sealer)]
          const session = someSession()
          for (const delta of given) await one.commit(session, delta)
          for (const { delta } of shuffled) await two.commit(session, delta)
          const expected = sorted(record.values())
          expect(sorted((await one.load(session)).entries)).toEqual(expected)
          expect(sorted((await two.load(session)).entries)).toEqual(expected)
        }),
      )
    })
  }

  it('lets readers that follow by changes alone come to the same record', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.array(entry, { maxLength: 3 })), { maxLength: 12 }),
        async (turns) => {
          const space = new MemorySpace()
          const session = someSession()
          const readers = [0, 1, 2].map(() => ({
            store: memory('sealed', space),
            record: new Map<string, Entry>(),
            version: '',
          }))
          for (const [at, delta] of turns) {
            const reader = readers[at]!
            mergeInto(reader.record, delta)
            const { version, changes } = await reader.store.commit(session, delta, { since: reader.version })
            if (changes) mergeInto(reader.record, changes.entries)
            reader.version = version
          }
          for (const reader of readers) {
            mergeInto(reader.record, (await reader.store.changesSince(session, reader.version)).entries)
          }
          const [first, ...others] = readers.map((reader) => sorted(reader.record.values()))
          for (const other of others) expect(other).toEqual(first)
        },
      ),
    )
  })

  it('is the same in SQLite', { timeout: 60_000 }, async () => {
    const { mkdtempSync, rmSync } = await import('node:fs')
    const { tmpdir } = await import('node:os')
    const folder = mkdtempSync(`${tmpdir()}/onejar-merge-`)
    const store = await openStore(`${folder}/onejar.db`, { env: {} })
    try {
      await fc.assert(
        fc.asyncProperty(deltas, async (given) => {
          const session = someSession()
          const record = new Map<string, Entry>()
          for (const delta of given) mergeInto(record, delta)
          await Promise.all(given.map((delta) => store.commit(session, delta)))
          expect(sorted((await store.load(session)).entries)).toEqual(sorted(record.values()))
        }),
        { numRuns: 50 },
      )
    } finally {
      await store.close()
      rmSync(folder, { recursive: true })
    }
  })
})
