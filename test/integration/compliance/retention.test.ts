import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BrokerOptions, type ErasureCertificate, openBroker } from '../../../src/index.ts'
import { errorOf, IDENTITY, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { CliHome } from '../cli/run-cli.ts'
import { startOther } from '../resilience/other-process.ts'

const DAY_MS = 24 * 3_600_000

function rulesOf(path: string): { rule: string; session: string | null; facts: Record<string, unknown> }[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** A broker on a store of its own, and a clock that can be moved. */
function openAt(store: string, clock: { now(): number }, options: BrokerOptions = {}) {
  return openBroker({ store, identity: IDENTITY, robots: false, ...options }, { clock })
}

describe('retention', () => {
  it('is one schedule for all that is kept, and what it deletes is in the trail', async () => {
    using folder = temporaryFolder()
    await using site = await startHttpServer((_, response) => response.writeHead(500).end('down'))
    const clock = { time: Date.now(), now: () => clock.time }
    const audit = { path: join(folder.path, 'audit.jsonl') }
    const store = join(folder.path, 'onejar.db')
    const logs = { folder: folder.path, maxAgeMs: 40 * DAY_MS }
    const options = { audit, deadLetters: true, retry: false, circuitBreaker: false } as const
    {
      await using broker = await openAt(store, clock, options)
      const session = await broker.session('old')
      await session.fetch(site.origin)
      await (await broker.session('kept')).cookies.set('a=1; Max-Age=99999999', site.origin)
    }
    writeFileSync(join(folder.path, 'app.log'), 'a line')

    clock.time += 60 * DAY_MS
    await using broker = await openAt(store, clock, {
      ...options,
      retention: { deadLettersMs: DAY_MS, trailMs: 30 * DAY_MS, logs },
    })
    const purged = await broker.purge()
    expect(purged).toMatchObject({ sessions: 1, logs: 1 })
    expect(purged.trailRecords).toBeGreaterThan(3)
    expect((await broker.session('old')).deadLetters.list()).toEqual([])
    await broker.close()
    const rules = rulesOf(audit.path).map(({ rule }) => rule)
    expect(rules).toEqual(expect.arrayContaining(['store-purged', 'files-purged', 'trail-cut']))
    const home = new CliHome()
    const checked = await home.run(['audit', 'verify', audit.path, '--store', store])
    home.remove()
    expect(checked).toMatchObject({ code: 0, out: expect.stringContaining('pruned up to') })
  })

  it('that became shorter holds for letters that are kept already', async () => {
    using folder = temporaryFolder()
    await using site = await startHttpServer((_, response) => response.writeHead(500).end('down'))
    const clock = { time: Date.now(), now: () => clock.time }
    const store = join(folder.path, 'onejar.db')
    {
      await using broker = await openAt(store, clock, { deadLetters: true, retry: false })
      const session = await broker.session('a')
      await session.fetch(site.origin)
      expect((session.deadLetters.list()[0]?.expiresAt ?? 0) - clock.time).toBe(30 * DAY_MS)
    }
    clock.time += 2 * DAY_MS
    await using broker = await openAt(store, clock, { retention: { deadLettersMs: DAY_MS } })
    expect((await broker.session('a')).deadLetters.list()).toEqual([])
  })

  it('is given in one place', async () => {
    const error = await errorOf(
      openBroker({ store: { target: 'memory', retentionFloorMs: 1_000 }, retention: { recordsMs: 5_000 } }),
    )
    expect(error).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS', message: expect.stringContaining('recordsMs') })
    expect(
      (await errorOf(openBroker({ store: 'memory', retention: { days: 3 } as never }))).message,
    ).toContain('retention')
  })
})

describe('an erasure', () => {
  it('removes a subject in all tenants, and gives a certificate that can be verified', async () => {
    using folder = temporaryFolder()
    const home = new CliHome()
    const store = join(folder.path, 'onejar.db')
    const audit = { path: join(folder.path, 'audit.jsonl') }
    let certificate: ErasureCertificate
    {
      await using broker = await openBroker({ store, identity: IDENTITY, audit })
      for (const [id, tenant] of [
        ['anna-canary', 'default'],
        ['anna-canary', 'acme'],
        ['bert', 'default'],
      ] as const) {
        const session = await broker.session(id, { tenant })
        await session.cookies.set('sid=secret', 'https://a.example')
        await session.flush()
      }
      certificate = await broker.erase('anna-canary')
      expect(certificate).toMatchObject({ complete: true, sessions: [{ entries: 1 }, { entries: 1 }] })
      const left: string[] = []
      for await (const { session } of broker.list()) left.push(session.id)
      expect(left).toEqual(['bert'])
      expect((await broker.session('anna-canary')).cookies.all()).toEqual([])
      expect((await broker.erase('nobody')).sessions).toEqual([])
      expect((await errorOf(broker.erase(''))).code).toBe('ONEJAR_BAD_OPTIONS')
    }
    const text = JSON.stringify(certificate)
    expect(text).not.toMatch(/canary|secret|acme/)
    const records = rulesOf(audit.path).filter(({ rule }) => rule === 'subject-erased')
    expect(records.slice(0, 2)).toMatchObject([
      { facts: { state: 'begun' } },
      { facts: { state: 'done', sessions: 2, certificate: certificate.hash } },
    ])

    const gone = rulesOf(audit.path).filter(({ rule }) => rule === 'session-removed')
    expect(gone.map(({ session }) => session).sort()).toEqual(
      certificate.sessions.map(({ pseudonym }) => pseudonym).sort(),
    )

    const file = join(folder.path, 'erased.json')
    writeFileSync(file, text)
    const verify = (...args: string[]) => home.run(['erase', 'verify', file, '--store', store, ...args])
    expect((await verify('--subject', 'anna-canary')).code).toBe(0)
    expect(await verify('--subject', 'bert')).toMatchObject({
      code: 110,
      err: expect.stringContaining('another subject'),
    })
    writeFileSync(file, text.replace('"complete":true', '"complete":false'))
    expect(await verify()).toMatchObject({ code: 110, err: expect.stringContaining('changed') })
    home.remove()
  })

  it('is made by the command line too, on Redis, while another process has the session open', async () => {
    await using site = await startHttpServer((_, response) => {
      response.setHeader('set-cookie', 'sid=1; Max-Age=1000').end('hello')
    })
    await using stack = new AsyncDisposableStack()
    const redis = await RedisServer.start()
    stack.defer(() => redis.stop())
    const home = new CliHome()
    stack.defer(() => home.remove())
    const env = { ONEJAR_KEYS: Buffer.alloc(32, 7).toString('base64') }
    process.env['ONEJAR_KEYS'] = env.ONEJAR_KEYS
    stack.defer(() => void delete process.env['ONEJAR_KEYS'])
    await using other = await startOther(redis.url)
    expect(await other.fetch(site.origin)).toMatchObject({ status: 200 })
    const shown = () => home.run(['sessions', 'ls', '--json', '--store', redis.url], { env })
    while (!(await shown()).out.includes('shared')) await new Promise((resolve) => setImmediate(resolve))
    const erased = await home.run(['erase', '--subject', 'shared', '--store', redis.url], { env })
    expect(erased.code).toBe(0)
    expect(JSON.parse(erased.out)).toMatchObject({
      complete: true,
      sessions: [{ sizeBytes: expect.any(Number) }],
    })
    expect(JSON.parse((await shown()).out)).toEqual([])
    expect((await home.run(['erase'], { env })).code).toBe(2)
    expect((await home.run(['erase', 'everything'], { env })).code).toBe(2)
  })
})
