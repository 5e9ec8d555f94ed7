import { describe, expect, it } from 'vitest'
import type { Row } from '../../../src/store/backend.ts'
import { createPlainSealer, createSealer } from '../../../src/store/encryption.ts'
import { EntryStore } from '../../../src/store/entry-store.ts'
import type { StoreProblem } from '../../../src/store/index.ts'
import { generateKey, parseKeyRing } from '../../../src/store/key-ring.ts'
import { MemoryBackend, MemorySpace } from '../../../src/store/memory-backend.ts'
import { DEFAULT_LIMITS } from '../../../src/store/retention.ts'
import { everyKind, localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'

const nameKey = Buffer.alloc(32, 7)
const key = generateKey()

/** A store whose memory can be tampered with. */
function setUp(space = new MemorySpace(), sealer = createSealer(parseKeyRing(key, 'the test'), nameKey)) {
  const problems: StoreProblem[] = []
  const backend = new MemoryBackend(space, DEFAULT_LIMITS, { now: Date.now })
  const onProblem = (problem: StoreProblem) => problems.push(problem)
  return {
    space,
    sealer,
    problems,
    store: new EntryStore({ backend, sealer, limits: DEFAULT_LIMITS, onProblem }),
  }
}

/** Changes every stored row. */
function tamper(space: MemorySpace, change: (row: Row) => Row): void {
  for (const session of space.sessions.values()) {
    for (const [field, row] of [...session.rows]) session.rows.set(field, { ...row, ...change(row) })
  }
}

const flip = (body: Uint8Array) =>
  Uint8Array.from(body, (byte, at) => (at === body.length - 1 ? byte ^ 1 : byte))

describe('a store that was tampered with', () => {
  const damages: [string, (row: Row) => Row][] = [
    ['a changed body', (row) => ({ ...row, body: flip(row.body) })],
    ['a cut body', (row) => ({ ...row, body: row.body.subarray(0, row.body.length - 3) })],
    ['an empty body', (row) => ({ ...row, body: new Uint8Array() })],
    ['a later stamp', (row) => ({ ...row, time: row.time + 1_000_000_000 })],
    ['another writer', (row) => ({ ...row, writer: 'zzz' })],
    ['a value made a deletion', (row) => ({ ...row, tombstone: !row.tombstone })],
    ['another expiry', (row) => ({ ...row, expiresAt: 9_000_000_000_000 })],
  ]
  for (const [what, change] of damages) {
    it(`drops and reports ${what}, once, and takes a fresh value`, async () => {
      const { space, store, problems } = setUp()
      const session = someSession()
      await store.commit(session, [localEntry('k', 'canary', 1)])
      tamper(space, change)
      const loaded = await store.load(session)
      expect(loaded.entries).toEqual([])
      expect(loaded.problems).toMatchObject([
        { reason: 'altered', payloadHash: expect.stringMatching(/^[\da-f]{16}$/) },
      ])
      expect(problems).toEqual(loaded.problems)
      expect(JSON.stringify(problems)).not.toContain('canary')
      expect(await store.load(session)).toMatchObject({ entries: [], problems: [] })
      expect(await store.commit(session, [localEntry('k', 'fresh', 2)])).toMatchObject({ written: 1 })
      expect(values(await store.load(session))).toEqual({ k: 'fresh' })
    })
  }

  it('writes over a damaged row that claims to be later', async () => {
    const { space, store, problems } = setUp()
    const session = someSession()
    await store.commit(session, [localEntry('k', 'old', 1)])
    tamper(space, (row) => ({ ...row, time: Number.MAX_SAFE_INTEGER }))
    expect(await store.commit(session, [localEntry('k', 'new', 2)])).toMatchObject({ written: 1 })
    expect(problems).toHaveLength(1)
    expect(values(await store.load(session))).toEqual({ k: 'new' })
  })

  it('refuses values moved from another entry or session', async () => {
    const { space, store } = setUp()
    const [one, two] = [someSession(), someSession()]
    await store.commit(one, [localEntry('k', 'of one', 1), localEntry('l', 'l of one', 1)])
    await store.commit(two, [localEntry('k', 'of two', 1)])
    const [first, second] = [...space.sessions.values()]
    const [k, l] = [...first!.rows.values()]
    const foreign = [...second!.rows.keys()][0]!
    second!.rows.set(foreign, { ...k!, field: foreign })
    expect(await store.load(two)).toMatchObject({ entries: [], problems: [{ reason: 'altered' }] })
    first!.rows.set(k!.field, { ...l!, field: k!.field })
    const loaded = await store.load(one)
    expect(values(loaded)).toEqual({ l: 'l of one' })
    expect(loaded.problems).toMatchObject([{ reason: 'altered' }])
  })

  it('leaves alone what another key or a later version can read', async () => {
    const { space, store } = setUp()
    const session = someSession()
    await store.commit(session, [localEntry('k', '1', 1)])
    const other = setUp(space, createSealer(parseKeyRing(generateKey(), 'the test'), nameKey))
    expect(await other.store.load(session)).toMatchObject({
      entries: [],
      problems: [{ reason: 'unknown-key' }],
    })
    expect(await other.store.load(session)).toMatchObject({
      entries: [],
      problems: [{ reason: 'unknown-key' }],
    })
    expect(other.problems).toHaveLength(1)
    expect(values(await store.load(session))).toEqual({ k: '1' })
  })

  it('reads no plaintext when encryption is on', async () => {
    const { space, store } = setUp()
    const session = someSession()
    await store.commit(session, [localEntry('k', '1', 1)])
    const plain = createPlainSealer()
    tamper(space, (row) => ({ ...row, body: plain.seal('', '', '["local","https://shop.example\\nk","1"]') }))
    expect(await store.load(session)).toMatchObject({ entries: [], problems: [{ reason: 'plaintext' }] })
  })

  it('survives any text where an entry should be', async () => {
    const { space, store, problems } = setUp(new MemorySpace(), createPlainSealer())
    const session = someSession()
    const texts = [
      '',
      '{',
      'null',
      '[]',
      '["local",1,"v"]',
      '["toString","x",null]',
      '["cookie","x",{"name":"y"}]',
    ]
    for (const [at, text] of texts.entries()) {
      await store.commit(session, [localEntry('k', '1', at + 10)])
      tamper(space, (row) => ({ ...row, body: Buffer.from(`\0${text}`) }))
      expect(await store.load(session)).toMatchObject({ entries: [], problems: [{ reason: 'malformed' }] })
    }
    expect(problems).toHaveLength(texts.length)
  })

  it('seals anew what an old key has sealed', async () => {
    const { space, store } = setUp()
    const session = someSession()
    await store.commit(session, everyKind('x'))
    const newest = generateKey()
    const rotating = setUp(space, createSealer(parseKeyRing([newest, key], 'the test'), nameKey))
    expect(await rotating.store.rekey()).toEqual({ resealed: everyKind('x').length, unreadable: 0 })
    expect(await rotating.store.rekey()).toEqual({ resealed: 0, unreadable: 0 })
    const after = setUp(space, createSealer(parseKeyRing(newest, 'the test'), nameKey))
    expect(await after.store.load(session)).toMatchObject({
      problems: [],
      entries: { length: everyKind('x').length },
    })
    const infos = []
    for await (const info of after.store.list()) infos.push(info.session)
    expect(infos).toEqual([session])
  })
})
