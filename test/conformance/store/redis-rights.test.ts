import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { Authority } from '../../support/certificates.ts'
import { freePort, RedisServer } from '../../support/redis-server.ts'
import { runKit } from './store-kit.ts'

const run = promisify(execFile)
const page = readFileSync(new URL('../../../docs/stores.md', import.meta.url), 'utf8')
const PASSWORDS = {
  STORE: 'for the store',
  FLEET: 'for-the-fleet',
  WATCH: 'for the watch',
  ADMIN: 'for people',
}
const keys = generateKey()

let folder: string
let server: RedisServer
let authority: Authority
let client: { readonly cert: string; readonly key: string }

/** The users as the page has them. */
function users(): string {
  const lines = /```acl\n([\s\S]+?)```/.exec(page)?.[1] ?? ''
  return lines.replace(/#(\w+)_SHA256/g, (_all, role: keyof typeof PASSWORDS) => {
    return `#${createHash('sha256').update(PASSWORDS[role]).digest('hex')}`
  })
}

/** Starts a server with the configuration of the page: its lines, with paths of this machine. */
async function start(clients: 'yes' | 'optional'): Promise<RedisServer> {
  const lines = /```conf\n([\s\S]+?)```/.exec(page)?.[1] ?? ''
  const config = Object.fromEntries(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  )
  const { cert, key } = authority.sign('server')
  const acl = join(folder, 'users.acl')
  writeFileSync(acl, users())
  const port = await freePort()
  const here = {
    'tls-port': port,
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': authority.path,
    'tls-auth-clients': clients,
    aclfile: acl,
  }
  return RedisServer.start({ port, config: { ...config, ...here } })
}

function tls() {
  return { ca: authority.pem, cert: readFileSync(client.cert, 'utf8'), key: readFileSync(client.key, 'utf8') }
}

async function as<T>(user: string, password: string, job: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port: server.port,
    username: user,
    password,
    tls: tls(),
    enableReadyCheck: false,
    retryStrategy: () => null,
  })
  redis.on('error', () => {})
  try {
    return await job(redis)
  } finally {
    redis.disconnect()
  }
}

/** What was denied to anybody, as `user: command`. */
function denied(): Promise<string[]> {
  return as('admin', PASSWORDS.ADMIN, async (redis) => {
    const log = (await redis.call('ACL', 'LOG', '100')) as unknown[][]
    await redis.call('ACL', 'LOG', 'RESET')
    return log.map(
      (entry) => `${entry[entry.indexOf('username') + 1]}: ${entry[entry.indexOf('object') + 1]}`,
    )
  })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-rights-'))
  authority = new Authority(folder, 'authority')
  client = authority.sign('client')
  server = await start('yes')
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function storeAs(username: string, password: string) {
  return { target: server.url.replace('redis:', 'rediss:'), username, password, tls: tls(), keys }
}

runKit('Redis over TLS with the rights of onejar-store', async () => ({
  store: { ...storeAs('onejar-store', PASSWORDS.STORE), keyPrefix: `onejar:${randomUUID()}` },
}))

describe('the rights of the page', () => {
  it('were enough for all of the kit', async () => {
    expect(await denied()).toEqual([])
  })

  it('are enough for a broker that writes, lists and removes', async () => {
    const store = storeAs('onejar-store', PASSWORDS.STORE)
    const broker = await openBroker({ store })
    const session = await broker.session('alice')
    session.cookies.set('sid=1; Path=/; Secure; Max-Age=3600', 'https://shop.example/')
    await session.flush()
    const ids: string[] = []
    for await (const info of broker.list()) ids.push(info.session.id)
    expect(ids).toEqual(['alice'])
    expect(await broker.remove('alice')).toBe(true)
    await broker.close()
    expect(await denied()).toEqual([])
  })

  it('end at the prefix, and at the commands that are used', async () => {
    await as('onejar-store', PASSWORDS.STORE, async (redis) => {
      for (const command of [
        ['HSET', 'another', 'a', '1'],
        ['HGET', '{onejar:queue}:visits:meta', 'a'],
        ['PUBLISH', 'another', 'news'],
        ['SET', 'onejar:key', '1'],
        ['KEYS', '*'],
        ['FLUSHALL'],
        ['CONFIG', 'GET', '*'],
        ['ACL', 'LIST'],
        ['SCRIPT', 'FLUSH'],
        ['EVAL', "return redis.call('HSET', 'another', 'a', '1')", '0'],
      ] as const) {
        const [name, ...args] = command
        await expect(redis.call(name, ...args), command.join(' ')).rejects.toThrow(/NOPERM|can't access/)
      }
    })
    await as('onejar-fleet', PASSWORDS.FLEET, async (redis) => {
      for (const command of [
        ['HSET', 'another', 'a', '1'],
        ['LPUSH', 'onejar:list', '1'],
        ['FLUSHALL'],
        ['KEYS', '*'],
        ['SCRIPT', 'FLUSH'],
      ] as const) {
        const [name, ...args] = command
        await expect(redis.call(name, ...args), command.join(' ')).rejects.toThrow(/NOPERM/)
      }
    })
    await as('onejar-watch', PASSWORDS.WATCH, async (redis) => {
      expect(await redis.info('server')).toContain('redis_version')
      await expect(redis.hgetall('onejar:facts')).rejects.toThrow(/NOPERM/)
      await expect(redis.scan(0)).rejects.toThrow(/NOPERM/)
    })
    await denied()
  })

  it('are nobody’s without the password, the certificate and the authority', async () => {
    const good = storeAs('onejar-store', PASSWORDS.STORE)
    const { ca, cert, key } = tls()
    const other = new Authority(mkdtempSync(join(folder, 'other-')), 'other')
    for (const store of [
      { ...good, password: 'wrong' },
      { ...good, username: 'default' },
      { ...good, tls: { ca } },
      { ...good, tls: { ca: other.pem, cert, key } },
      { ...good, target: server.url, tls: undefined },
    ]) {
      const opening = openBroker({ store: { ...store, timeoutMs: 3_000, whenAway: 'refuse' } })
      await expect(opening).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    }
    await denied()
  })

  it('are enough for visits through the queue, with the authority from the environment', async () => {
    await server.stop()
    server = await start('optional')
    const url = `rediss://onejar-fleet:${PASSWORDS.FLEET}@localhost:${server.port}`
    const child = fileURLToPath(new URL('queue-child.ts', import.meta.url))
    const env = { ...process.env, REDIS_URL: url, NODE_EXTRA_CA_CERTS: authority.path }
    const { stdout } = await run(process.execPath, [child], { env })
    expect(stdout).toBe('made ok\nrefused ONEJAR_BLOCKED\nagain ok\nrenewed ok\nslow ok\n')
    expect(await denied()).toEqual([])
  })
})
