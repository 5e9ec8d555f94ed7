import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import {
  generateKey,
  openStore,
  purposeKeys,
  type Store,
  type StoreSource,
} from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { startHeldGate } from '../../support/held-gate.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { Talker } from '../../support/talker.ts'
import { BIN, CliHome } from '../cli/run-cli.ts'

const PASSWORD = 'canary p@ss:word/%41'
const keys = generateKey()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** As secrets of a container are: everybody there can read them. */
function secret(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o644 })
  return path
}

async function open(target: StoreSource, env: Readonly<Record<string, string>>): Promise<Store> {
  const store = await openStore(target, { env })
  onTestFinished(() => store.close())
  return store
}

describe('keys in the file of ONEJAR_KEYS_FILE', () => {
  const target = () => join(folder, 'onejar.db')

  it('are those of the store, and a new one in front takes effect without a restart', async () => {
    const session = someSession()
    const path = secret('keys', `${keys}\n`)
    const store = await open({ target: target(), keysRefreshMs: 1_000 }, { ONEJAR_KEYS_FILE: path })
    await store.commit(session, [localEntry('a', '1', 1)])
    const newest = generateKey()
    secret('keys', `${newest}\n${keys}\n`)
    const other = await open({ target: target(), keys: [newest, keys] }, {})
    await other.commit(session, [localEntry('b', '2', 1)])
    await expect.poll(async () => values(await store.load(session))).toEqual({ a: '1', b: '2' })
    // Nobody made a key file beside the store.
    const [purpose] = purposeKeys(target(), 'audit', false, { ONEJAR_KEYS_FILE: path })
    expect(purpose).toEqual(purposeKeys({ target: target(), keys: newest }, 'audit', false, {})[0])
  })

  it('are not made where there are none, and nothing of them is in a message', async () => {
    const missing = join(folder, 'missing')
    await expect(openStore(target(), { env: { ONEJAR_KEYS_FILE: missing } })).rejects.toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
      message: expect.stringContaining(missing),
    })
    const wrong = secret('keys', 'canary-of-no-length')
    await expect(openStore(target(), { env: { ONEJAR_KEYS_FILE: wrong } })).rejects.toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
      message: expect.not.stringContaining('canary'),
    })
    const env = { ONEJAR_KEYS_FILE: secret('keys', keys), ONEJAR_KEYS: keys }
    await expect(openStore(target(), { env })).rejects.toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
  })

  it('are what the command line uses, which does not change them', async () => {
    const home = new CliHome()
    const env = { ONEJAR_KEYS_FILE: secret('keys', keys) }
    expect(await home.run(['keys', 'rotate'], { env })).toMatchObject({ code: 0 })
    const refused = await home.run(['keys', 'rotate', '--drop-old'], { env })
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('ONEJAR_KEYS_FILE') })
  })
})

describe('the password in the file of ONEJAR_REDIS_PASSWORD_FILE', () => {
  let redis: RedisServer
  beforeEach(async () => {
    redis = await RedisServer.start({ config: { requirepass: PASSWORD } })
    vi.stubEnv('ONEJAR_REDIS_PASSWORD_FILE', secret('password', `${PASSWORD}\n`))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await redis.stop()
  })

  it('opens the store and the queue of a Redis that wants one', async () => {
    const session = someSession()
    const store = await open({ target: redis.url, keys }, {})
    await store.commit(session, [localEntry('a', '1', 1)])
    expect(values(await store.load(session))).toEqual({ a: '1' })

    const gate = await startHeldGate()
    await using _site = gate.server
    const worker = new Talker([BIN, 'worker', '--queue', redis.url], keys)
    expect(await worker.line()).toBe('ready')
    await using broker = await openBroker({ store: redis.url, queue: redis.url, keys, browser: false })
    const response = await (await broker.session('alice')).fetch(`${gate.server.origin}/page`)
    expect(await response.text()).toContain('content')
    expect(gate.solves).toBe(1)
    expect(await worker.end('SIGTERM')).toBe(0)
  })

  it('gives way to the password of a URL, and is refused where it is none', async () => {
    const wrong = redis.url.replace('//', '//:other@')
    await expect(openStore({ target: wrong, keys })).rejects.toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
      message: expect.not.stringContaining(PASSWORD),
    })
    for (const path of [join(folder, 'missing'), secret('empty', '\n'), folder]) {
      vi.stubEnv('ONEJAR_REDIS_PASSWORD_FILE', path)
      await expect(openStore({ target: redis.url, keys })).rejects.toMatchObject({
        code: 'ONEJAR_BAD_OPTIONS',
        message: expect.stringContaining(path),
      })
    }
  })

  it('is what doctor shows to the server', async () => {
    const env = {
      ONEJAR_REDIS_PASSWORD_FILE: secret('password', PASSWORD),
      ONEJAR_KEYS_FILE: secret('keys', keys),
    }
    const { out } = await new CliHome().run(['doctor', '--json', '--store', redis.url], { env })
    expect(JSON.parse(out)).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ part: 'Store', state: 'ok' }),
        expect.objectContaining({ part: 'Keys', state: 'ok' }),
      ]),
    })
    expect(out).not.toContain('canary')
  })
})
