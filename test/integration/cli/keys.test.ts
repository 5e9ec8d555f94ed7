import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { CliHome } from './run-cli.ts'

const home = new CliHome()
const store = home.file('keys.db')
let server: TestServer
let requests = 0

beforeAll(async () => {
  server = await startHttpServer((request, response) => {
    requests++
    response.setHeader('set-cookie', 'sid=canary; Path=/')
    response.end(request.headers.cookie ?? 'no cookies')
  })
  await home.run(['fetch', '--session', 'alice', '--store', store, server.origin])
  requests = 0
})
afterAll(async () => {
  await server.close()
  home.remove()
})

const inStore = (...args: string[]) => [...args, '--store', store]

/** What a session is named by, and what would go on with an empty one. */
const COMMANDS: readonly { readonly name: string; readonly args: () => string[]; readonly input?: string }[] =
  [
    { name: 'fetch', args: () => inStore('fetch', '--session', 'alice', server.origin) },
    { name: 'fetch of a new session', args: () => inStore('fetch', '--session', 'somebody', server.origin) },
    { name: 'curl', args: () => inStore('curl', '--session', 'alice', `curl ${server.origin}`) },
    { name: 'discover', args: () => inStore('discover', server.origin, '--session', 'alice') },
    { name: 'open', args: () => inStore('open', server.origin, '--session', 'alice') },
    { name: 'export', args: () => inStore('export', 'alice') },
    { name: 'import', args: () => inStore('import', 'alice', '-'), input: '[]' },
    { name: 'sessions show', args: () => inStore('sessions', 'show', 'alice') },
    { name: 'sessions ls', args: () => inStore('sessions', 'ls') },
    { name: 'sessions rm', args: () => inStore('sessions', 'rm', 'alice') },
    { name: 'sessions unblock', args: () => inStore('sessions', 'unblock', 'alice', server.origin) },
    { name: 'dead-letters retry', args: () => inStore('dead-letters', 'retry', 'alice', '--all') },
    { name: 'erase', args: () => inStore('erase', '--subject', 'alice') },
    { name: 'keys rotate', args: () => inStore('keys', 'rotate') },
  ]

describe('a store that is sealed with other keys', () => {
  it.each(COMMANDS)('is refused by $name, each time, and stays as it is', async ({ args, input }) => {
    // With a screen to be named, `open` comes as far as the session.
    const env = { ONEJAR_KEYS: generateKey(), DISPLAY: ':99' }
    for (const _ of ['first', 'again']) {
      const ended = await home.run(args(), { env, ...(input === undefined ? {} : { input }) })
      expect(ended).toMatchObject({ code: 107, out: '' })
      expect(ended.err).toContain('sealed with other keys than the ones given')
      expect(ended.err).toContain('[ONEJAR_STORE_CORRUPT]')
    }
    expect(requests).toBe(0)
    const kept = await home.run(inStore('sessions', 'show', 'alice', '--reveal'))
    expect(kept.out).toContain('canary')
  })

  it('is refused by serve, and by doctor without a trace', async () => {
    const env = { ONEJAR_KEYS: generateKey() }
    const served = await home.run(inStore('serve', '--port', '0'), { env })
    expect(served).toMatchObject({ code: 107, out: '' })
    const before = readFileSync(store)
    const seen = await home.run(inStore('doctor'), { env })
    expect(seen.out).toContain('sealed with other keys than the ones given')
    expect(readFileSync(store).equals(before)).toBe(true)
  })

  it('is refused by a worker', async () => {
    const redis = await RedisServer.start()
    try {
      const broker = await openBroker({ store: redis.url, keys: generateKey(), robots: false })
      await (await broker.session('alice')).cookies.set('sid=canary', server.origin)
      await broker.close()
      const worker = await home.run(['worker', '--queue', redis.url], { env: { ONEJAR_KEYS: generateKey() } })
      expect(worker).toMatchObject({ code: 107, out: '' })
      expect(worker.err).toContain('sealed with other keys than the ones given')
    } finally {
      await redis.stop()
    }
  })

  it('is refused with the file of keys that another one took the place of', async () => {
    const file = `${store}.key`
    const keys = readFileSync(file)
    rmSync(file)
    try {
      expect(await home.run(inStore('fetch', '--session', 'alice', server.origin))).toMatchObject({
        code: 107,
      })
    } finally {
      writeFileSync(file, keys, { mode: 0o600 })
    }
    expect((await home.run(inStore('export', 'alice'))).out).toContain('canary')
  })
})

describe('a session of which the keys can read only a part', () => {
  const mixed = home.file('mixed.db')
  const [older, newer] = [generateKey(), generateKey()]
  beforeEach(async () => {
    for (const keys of [[older], [newer, older]]) {
      const broker = await openBroker({ store: mixed, keys, robots: false })
      const session = await broker.session('alice')
      await session.cookies.set(`${keys.length === 1 ? 'first' : 'second'}=1`, server.origin)
      await broker.close()
    }
  })

  it.each([
    ['fetch', () => ['fetch', '--session', 'alice', server.origin]],
    ['export', () => ['export', 'alice']],
  ] as const)('is not gone on with by %s', async (_name, args) => {
    const ended = await home.run([...args(), '--store', mixed], { env: { ONEJAR_KEYS: older } })
    expect(ended).toMatchObject({ code: 107, out: '' })
    expect(ended.err).toContain('1 entries of the session are sealed with other keys than the ones given')
    expect(requests).toBe(0)
    const whole = await home.run(['export', 'alice', '--store', mixed], {
      env: { ONEJAR_KEYS: `${newer},${older}` },
    })
    for (const name of ['first', 'second']) expect(whole.out).toContain(`"${name}"`)
  })
})
