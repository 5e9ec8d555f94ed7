import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BrokerWarning, openBroker } from '../../../src/index.ts'
import { generateKey, openStore, type StoreOptions } from '../../../src/store/index.ts'
import { collect } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { seriesValue, startMetrics } from '../../support/metrics.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { redisVault, sqliteVault, type Vault } from './tamper.ts'

const SITE = 'https://shop.example/'
const NAMES = ['a', 'b', 'c', 'd']
const keys = generateKey()
const cleanups: (() => unknown)[] = []
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-damage-'))
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
  rmSync(folder, { recursive: true })
})

async function place(kind: string): Promise<{ target: string; vault: () => Vault }> {
  if (kind === 'sqlite') {
    const target = join(folder, 'onejar.db')
    return { target, vault: () => sqliteVault(target) }
  }
  const server = await RedisServer.start()
  cleanups.push(() => server.stop())
  return { target: server.url, vault: () => redisVault(server.url) }
}

async function open(target: string, more: Partial<StoreOptions> = {}) {
  const warnings: BrokerWarning[] = []
  const broker = await openBroker({
    store: { target, keys, ...more },
    identity: null,
    onWarning: (warning) => warnings.push(warning),
  })
  cleanups.push(() => broker.close())
  return { broker, warnings }
}

/** Two sessions with four cookies each, which hold what must be in no report. */
async function fill(target: string, more: Partial<StoreOptions> = {}): Promise<void> {
  const { broker } = await open(target, more)
  for (const id of ['first', 'second']) {
    const session = await broker.session(id)
    for (const name of NAMES) await session.cookies.set(`${name}=canary-${id}-${name}`, SITE)
  }
  await broker.close()
}

async function tamper(vault: Vault, change: (body: Buffer, at: number) => Uint8Array | null): Promise<void> {
  try {
    await vault.change(change)
  } finally {
    vault.close()
  }
}

const namesIn = (cookies: { all(): readonly { readonly name: string }[] }) =>
  cookies
    .all()
    .map(({ name }) => name)
    .sort()
const flipped = (body: Buffer) => Buffer.concat([body.subarray(0, -1), Buffer.of(body.at(-1)! ^ 1)])

/** The rows 0 to 3 are one session's, 4 to 7 the other's. */
const damages: Record<
  string,
  { change: () => (body: Buffer, at: number) => Uint8Array | null; reason: string }
> = {
  altered: { change: () => (body, at) => (at === 1 ? flipped(body) : null), reason: 'altered' },
  truncated: {
    change: () => (body, at) => (at === 1 ? body.subarray(0, body.length - 3) : null),
    reason: 'altered',
  },
  emptied: { change: () => (_, at) => (at === 1 ? Buffer.alloc(0) : null), reason: 'altered' },
  'swapped with another of its session': { change: () => moved(0, 1), reason: 'altered' },
  'swapped with one of another session': { change: () => moved(5, 1), reason: 'altered' },
  'replaced by plaintext': {
    change: () => (_, at) => (at === 1 ? Buffer.from('\0["local","https://a.example\\nk","v"]') : null),
    reason: 'plaintext',
  },
}

/** Puts the body of one row into another, which comes later or is come to again. */
function moved(from: number, to: number): (body: Buffer, at: number) => Uint8Array | null {
  let found: Buffer | undefined
  return (body, at) => {
    if (at === from) found = body
    return at === to && found ? found : null
  }
}

describe.each(['sqlite', 'redis'])('a stored value in %s', (kind) => {
  it.each(Object.entries(damages))(
    'that was %s is reported, dropped alone, and taken afresh',
    async (what, damage) => {
      const { target, vault } = await place(kind)
      await fill(target)
      const change = damage.change()
      await tamper(vault(), change)
      // Again: a body that comes later than its new place is known by now.
      if (what.startsWith('swapped')) await tamper(vault(), change)
      const { broker, warnings } = await open(target)
      const sessions = [await broker.session('first'), await broker.session('second')]
      expect(warnings).toMatchObject([
        {
          type: 'store',
          state: 'problem',
          reason: damage.reason,
          payloadHash: expect.stringMatching(/^[\da-f]{16}$/),
          stack: expect.stringMatching(/ at .*entry-store/),
        },
      ])
      expect(JSON.stringify(warnings)).not.toContain('canary')
      const held = sessions.map(({ cookies }) => namesIn(cookies))
      expect(held.map(({ length }) => length).sort()).toEqual([3, 4])
      const [hurt] = sessions.filter(({ cookies }) => cookies.all().length === 3)
      for (const name of NAMES) await hurt!.cookies.set(`${name}=fresh`, SITE)
      await hurt!.flush()
      await broker.close()
      const next = await open(target)
      expect(namesIn((await next.broker.session(hurt!.id)).cookies)).toEqual(NAMES)
      expect(next.warnings).toEqual([])
    },
  )

  it('that is met while its session opens is in the events, the log and the metrics too', async () => {
    const { target, vault } = await place(kind)
    await fill(target)
    await tamper(vault(), damages['altered']!.change())
    const lines: { fields: object; message: string }[] = []
    const note = (fields: object, message: string) => void lines.push({ fields, message })
    await using metrics = await startMetrics()
    const { meterProvider } = metrics
    const telemetry = { log: { debug: note, info: note, warn: note, error: note }, meterProvider }
    await using broker = await openBroker({
      store: { target, keys },
      identity: null,
      onWarning: () => {},
      telemetry,
    })
    const sessions = [await broker.session('first'), await broker.session('second')]
    const events = sessions.map((session) => collect(session.events()))
    const problem = { reason: 'altered', payloadHash: expect.stringMatching(/^[\da-f]{16}$/) }
    await eventually(() =>
      expect(events.flat()).toMatchObject([{ type: 'store', state: 'problem', ...problem }]),
    )
    expect(lines.filter(({ message }) => message === 'store')).toMatchObject([
      { fields: { reason: 'altered', payload_hash: problem.payloadHash } },
    ])
    expect(JSON.stringify([lines, events])).not.toContain('canary')
    const count = seriesValue(await metrics.scrape(), 'session_invalidation_triggers', 'store-corrupt')
    expect(count).toBe(1)
    // Whoever listens later hears of what comes.
    const late = sessions.map((session) => collect(session.events()))
    await broker.close()
    expect(late.flat()).toEqual([])
  })

  it('takes its whole session along where that is wanted, for everybody, and no other one', async () => {
    const { target, vault } = await place(kind)
    await fill(target)
    const alive = await open(target)
    const both = [await alive.broker.session('first'), await alive.broker.session('second')]
    await tamper(vault(), damages['altered']!.change())
    const { broker, warnings } = await open(target, { onDamage: 'start-afresh' })
    const sessions = [await broker.session('first'), await broker.session('second')]
    expect(warnings).toMatchObject([{ reason: 'altered' }])
    expect(sessions.map(({ cookies }) => cookies.all().length).sort()).toEqual([0, 4])
    const at = sessions.findIndex(({ cookies }) => cookies.all().length === 0)
    await eventually(() => expect(both[at]!.cookies.all()).toEqual([]))
    expect(both[1 - at]!.cookies.all()).toHaveLength(4)
    await sessions[at]!.cookies.set('e=fresh', SITE)
    await sessions[at]!.flush()
    await eventually(() => expect(namesIn(both[at]!.cookies)).toEqual(['e']))
  })

  it('of an older or a newer form is reported and left to those who can read it', async () => {
    const { target, vault } = await place(kind)
    await fill(target, { encryption: 'off' })
    const forms = [
      ['cookie', 'www.shop.example\n/\nx', { name: 'x', value: 'canary' }],
      ['a-kind-to-come', 'x', { v: 2, secret: 'canary' }],
    ]
    await tamper(vault(), (_, at) => (at < 2 ? Buffer.from(`\0${JSON.stringify(forms[at])}`) : null))
    for (const onDamage of ['drop-entry', 'start-afresh'] as const) {
      const { broker, warnings } = await open(target, { encryption: 'off', onDamage })
      const sessions = [await broker.session('first'), await broker.session('second')]
      expect(warnings).toMatchObject([{ reason: 'malformed' }, { reason: 'malformed' }])
      expect(JSON.stringify(warnings)).not.toContain('canary')
      expect(sessions.map(({ cookies }) => cookies.all().length).sort()).toEqual([2, 4])
      await broker.close()
    }
    let kept = 0
    await tamper(vault(), (body) => {
      if (forms.some((form) => body.toString() === `\0${JSON.stringify(form)}`)) kept++
      return null
    })
    expect(kept).toBe(2)
  })

  it('sealed with a key that the ring lacks is reported and left to those who have it', async () => {
    const { target } = await place(kind)
    const [older, newer] = [keys, generateKey()]
    await fill(target)
    const rotated = await open(target, { keys: [newer, older] })
    await (await rotated.broker.session('first')).cookies.set('e=canary', SITE)
    await rotated.broker.close()
    const behind = await open(target)
    const session = await behind.broker.session('first')
    expect(namesIn(session.cookies)).toEqual(NAMES)
    expect(behind.warnings).toMatchObject([{ reason: 'unknown-key', payloadHash: expect.any(String) }])
    await behind.broker.close()
    const again = await open(target, { keys: [newer, older] })
    expect(namesIn((await again.broker.session('first')).cookies)).toEqual([...NAMES, 'e'])
  })

  it('is no session to a process with wrong keys, which says so once and harms nothing', async () => {
    const { target } = await place(kind)
    await fill(target)
    const stranger = await open(target, { keys: generateKey() })
    const session = await stranger.broker.session('first')
    expect(session.cookies.all()).toEqual([])
    expect(stranger.warnings).toMatchObject([{ reason: 'unknown-key' }])
    await session.cookies.set('f=1', SITE)
    await stranger.broker.close()
    await using store = await openStore({ target, keys })
    expect((await store.load({ tenant: 'default', id: 'first' })).entries).toHaveLength(4)
  })
})
