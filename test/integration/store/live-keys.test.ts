import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/index.ts'
import { openBroker } from '../../../src/index.ts'
import {
  generateKey,
  openStore,
  type Store,
  type StoreOptions,
  type StoreProblem,
} from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { vaultCredentials } from '../../../src/vault/index.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { IDENTITY } from '../../support/broker.ts'
import { VaultStandIn } from '../../support/vault-stand-in.ts'

const run = promisify(execFile)
const bin = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))
const [first, second, third] = [generateKey(), generateKey(), generateKey()]

let folder: string
let path: string
const opened: Store[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-keys-'))
  path = join(folder, 'onejar.db')
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  rmSync(folder, { recursive: true })
})

async function open(options: Omit<StoreOptions, 'target'>) {
  const told: string[] = []
  const problems: StoreProblem[] = []
  const store = await openStore(
    { target: path, ...options },
    {
      env: {},
      onProblem: (problem) => problems.push(problem),
      onKeysFailed: ({ message }) => told.push(message),
    },
  )
  opened.push(store)
  return Object.assign(store, { told, problems })
}

/** A source of keys that can be given others, and counts how often it is asked. */
function source(...given: string[]) {
  const state = { given: given as unknown, asked: 0 }
  const keys = async () => {
    state.asked++
    if (state.given instanceof Error) throw state.given
    return state.given as string[]
  }
  return Object.assign(state, { keys })
}

describe('keys from a function', () => {
  it.each<[string, NonNullable<StoreOptions['keys']>]>([
    ['at once', () => `${second},${first}`],
    ['later', async () => [second, first]],
    ['as a secret', async () => new Secret(`${second} ${first}`)],
    ['as secrets', () => [new Secret(second), new Secret(first)]],
  ])('may come %s', async (_, keys) => {
    const session = someSession()
    const before = await open({ keys: first })
    await before.commit(session, [localEntry('a', '1', 1)])
    const store = await open({ keys })
    expect(values(await store.load(session))).toEqual({ a: '1' })
    await store.commit(session, [localEntry('b', '2', 1)])
    const after = await open({ keys: second })
    expect(values(await after.load(session))).toEqual({ b: '2' })
  })

  it('are asked for again when something was sealed with a key that is not among them', async () => {
    const session = someSession()
    const from = source(first)
    const store = await open({ keys: from.keys })
    await store.commit(session, [localEntry('a', '1', 1)])
    const { version } = await store.load(session)
    from.given = [second, first]
    const other = await open({ keys: [second, first] })
    await other.commit(session, [localEntry('a', '2', 2)])
    expect(values(await store.changesSince(session, version))).toEqual({ a: '2' })
    expect([from.asked, store.problems]).toEqual([2, []])
    // What is written from here on needs the new key alone, and so do names.
    await store.commit(session, [localEntry('b', '3', 3)])
    const after = await open({ keys: second })
    expect(await after.load(session)).toMatchObject({ problems: [], entries: { length: 2 } })
  })

  it('are asked for in time too, without anything unknown', async () => {
    const session = someSession()
    const from = source(first)
    const store = await open({ keys: from.keys, keysRefreshMs: 1_000 })
    from.given = [second, first]
    const reader = await openStore({ target: path, keys: [second, first] }, { env: {} })
    opened.push(reader)
    let time = 0
    await expect
      .poll(
        async () => {
          await store.commit(session, [localEntry('a', 'x', ++time)])
          return (await reader.rekey()).resealed
        },
        { timeout: 30_000 },
      )
      .toBe(0)
  })

  it('make readable later what they did not at first, and who watches is told', async () => {
    const session = someSession()
    const from = source(first)
    const store = await open({ keys: from.keys, keysRefreshMs: 1_000 })
    await store.commit(session, [localEntry('a', '1', 1)])
    const other = await open({ keys: [second, first] })
    await other.commit(session, [localEntry('a', '2', 2)])
    const { version, problems } = await store.load(session)
    expect(problems.map(({ reason }) => reason)).toEqual(['unknown-key'])
    const changes = Promise.withResolvers<unknown>()
    const end = await store.subscribe(session, changes.resolve)
    from.given = [second, first]
    expect(await changes.promise).toBeNull()
    expect(values(await store.changesSince(session, version))).toEqual({ a: '2' })
    expect(values(await store.changesSince(session, version))).toEqual({})
    await end()
  })

  it('are not asked for again and again by what nobody can read', async () => {
    const from = source(first)
    const store = await open({ keys: from.keys })
    const strange = await open({ keys: [third, first] })
    const sessions = Array.from({ length: 40 }, () => someSession())
    for (const session of sessions) await strange.commit(session, [localEntry('a', '1', 1)])
    const before = from.asked
    await Promise.all(sessions.map((session) => store.load(session)))
    expect(from.asked - before).toBe(1)
  })

  it('seal and open texts for workers with a key that came later', async () => {
    const from = source(first)
    const store = await open({ keys: from.keys })
    const other = await open({ keys: [second, first] })
    from.given = [second, first]
    expect(await store.openText('visit', other.sealText('visit', 'go'))).toBe('go')
    expect(await other.openText('visit', store.sealText('visit', 'come'))).toBe('come')
  })

  it.each<[string, unknown, string]>([
    ['throws', new Error('canary'), 'ONEJAR_STORE_UNAVAILABLE'],
    ['gives nothing', undefined, 'ONEJAR_BAD_OPTIONS'],
    ['gives no keys', ['canary'], 'ONEJAR_BAD_OPTIONS'],
    ['gives an empty list', [], 'ONEJAR_BAD_OPTIONS'],
  ])('whose function %s open no store, and are not missed while it is open', async (_, given, code) => {
    const session = someSession()
    const from = source(first)
    const store = await open({ keys: from.keys })
    from.given = given
    const error = await open({ keys: from.keys }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code })
    expect(inspect(error, { depth: 9 })).not.toContain('canary')
    await store.rekey()
    await store.rekey()
    expect(store.told).toHaveLength(1)
    await store.commit(session, [localEntry('a', '1', 1)])
    expect(values(await store.load(session))).toEqual({ a: '1' })
  })

  it('that take too long end with the time of the store', async () => {
    const keys = () => new Promise<string>(() => {})
    await expect(open({ keys, timeoutMs: 100 })).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
  })

  it('that the store does not know are told of, and change nothing', async () => {
    const session = someSession()
    const from = source(first)
    const store = await open({ keys: from.keys })
    from.given = [third]
    await store.rekey()
    expect(store.told).toEqual([expect.stringContaining('keep an older one behind the new one')])
    await store.commit(session, [localEntry('a', '1', 1)])
    expect(values(await (await open({ keys: first })).load(session))).toEqual({ a: '1' })
  })
})

describe('a key file', () => {
  it('that gets a key in front while the store is open is read again', async () => {
    const session = someSession()
    const store = await open({})
    await store.commit(session, [localEntry('a', '1', 1)])
    const { version } = await store.load(session)
    writeFileSync(`${path}.key`, `${second}\n${readFileSync(`${path}.key`, 'utf8')}`)
    const other = await open({})
    await other.commit(session, [localEntry('a', '2', 2)])
    expect(values(await store.changesSince(session, version))).toEqual({ a: '2' })
    expect(store.problems).toEqual([])
  })
})

describe('a broker that is open', () => {
  const quiet = { identity: IDENTITY, robots: false } as const
  const url = 'https://shop.example/'

  it('goes on through onejar keys rotate --drop-old by another process', async () => {
    await using broker = await openBroker({ ...quiet, store: path })
    const session = await broker.session('a')
    session.cookies.set('a=1; Path=/; Max-Age=9999', url)
    await session.flush()
    const { ONEJAR_KEYS: _, ...env } = process.env
    await run(process.execPath, [bin, 'keys', 'rotate', '--drop-old', '--store', path], { env })
    await using other = await openBroker({ ...quiet, store: path })
    const there = await other.session('a')
    expect(there.cookies.header(url)).toBe('a=1')
    there.cookies.set('b=2; Path=/; Max-Age=9999', url)
    await there.flush()
    await expect.poll(() => session.cookies.header(url)).toBe('a=1; b=2')
    session.cookies.set('c=3; Path=/; Max-Age=9999', url)
    await session.flush()
    await using last = await openBroker({ ...quiet, store: path })
    expect((await last.session('a')).cookies.header(url)).toBe('a=1; b=2; c=3')
  })

  it('has its keys from Vault, those of its trail too, and takes a new one there', async () => {
    await using standIn = await VaultStandIn.start()
    standIn.put('onejar/store', { keys: first })
    await using vault = vaultCredentials({ address: standIn.address, auth: { token: 'root-token' } })
    const keys = async () => (await vault.read('onejar/store'))?.['keys'] ?? ''
    const options = { ...quiet, store: path, keys, audit: { path: join(folder, 'trail.jsonl') } }
    await using broker = await openBroker(options)
    const session = await broker.session('a')
    session.cookies.set('a=1; Path=/; Max-Age=9999', url)
    await session.flush()
    standIn.put('onejar/store', { keys: `${second},${first}` })
    await using other = await openBroker({ ...quiet, store: path, keys })
    const there = await other.session('a')
    there.cookies.set('b=2; Path=/; Max-Age=9999', url)
    await there.flush()
    await expect.poll(() => session.cookies.header(url)).toBe('a=1; b=2')
    const { ONEJAR_KEYS: _, ...env } = process.env
    const verify = [bin, 'audit', 'verify', options.audit.path]
    await run(process.execPath, verify, { env: { ...env, ONEJAR_KEYS: `${second},${first}` } })
  })
})
