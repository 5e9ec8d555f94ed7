import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { CliHome } from '../cli/run-cli.ts'

/** Runs a command line with a home of its own, unless `env` names one. */
async function runCli(args: readonly string[], options: { readonly env?: Record<string, string> } = {}) {
  const home = new CliHome()
  try {
    return await home.run(args, options)
  } finally {
    home.remove()
  }
}

/** A process with a broker on the store and the trail of a folder: it opens sessions one after the other, and tells of each. */
function startAudited(folder: string, name: string, count: number) {
  const script = fileURLToPath(new URL('audited-process.ts', import.meta.url))
  return spawn(process.execPath, [script, folder, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

interface Line {
  readonly rule: string
  readonly session: string | null
  readonly facts: Readonly<Record<string, string | number>>
}

function linesOf(path: string): Line[] {
  const text = readFileSync(path, 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

/** A broker with a store in a folder, whose keys seal the trail in it. */
function auditedBroker(folder: string, options: BrokerOptions = {}) {
  return memoryBroker({
    store: join(folder, 'onejar.db'),
    robots: {},
    audit: { path: join(folder, 'audit.jsonl') },
    ...options,
  })
}

describe('the audit trail of a broker', () => {
  it('holds each decision, and no secret', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    await using closed = await startHttpServer((request, response) => {
      response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /' : 'content')
    })
    await using captcha = await startGate('captcha')
    await using block = await startGate('block')
    const broker = await auditedBroker(folder.path, { robots: { bypass: [block.origin] } })
    const session = await broker.session('alice-canary', { tenant: 'acme-canary' })
    await session.cookies.set('sid=canary', closed.origin)

    await errorOf(session.fetch(`${closed.origin}/a?token=canary`))
    await (await session.fetch(`${closed.origin}/a?token=canary`, { robots: false })).text()
    await errorOf(session.fetch(`${captcha.origin}/?token=canary`))
    await errorOf(session.fetch(block.origin))
    session.unblock(captcha.origin)
    await session.export('json')
    await broker.close()

    const lines = linesOf(path)
    expect(
      lines.map(({ rule, facts }) => [rule, facts['origin'] ?? facts['format'] ?? facts['state']]),
    ).toEqual([
      ['session-begun', 'created'],
      ['robots-disallowed', closed.origin],
      ['robots-bypassed', closed.origin],
      ['captcha-met', captcha.origin],
      ['robots-bypassed', block.origin],
      ['site-blocked', block.origin],
      ['security-alert', block.origin],
      ['session-resumed', captcha.origin],
      ['session-exported', 'json'],
      ['session-released', 'parked'],
    ])
    expect(new Set(lines.map(({ session: name }) => name)).size).toBe(1)
    expect(readFileSync(path, 'utf8')).not.toContain('canary')
    const checked = await runCli(['audit', 'verify', path, '--store', join(folder.path, 'onejar.db')])
    expect(checked).toMatchObject({ code: 0, out: expect.stringContaining('10 records in 1 file') })
  })

  it('tells that a broker does without robots.txt', async () => {
    using folder = temporaryFolder()
    await using broker = await auditedBroker(folder.path, { robots: false })
    await using site = await startHttpServer((_request, response) => response.end())
    const session = await broker.session('alice')
    await (await session.fetch(site.origin)).text()
    await (await session.fetch(site.origin)).text()
    const lines = linesOf(join(folder.path, 'audit.jsonl'))
    expect(lines).toMatchObject([
      { rule: 'session-begun' },
      { rule: 'robots-bypassed', facts: { origin: '*' } },
    ])
  })

  it('that cannot be written lets no bypass and no export through, and warns of the rest', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    let requests = 0
    await using site = await startHttpServer((_request, response) => {
      requests++
      response.end()
    })
    await using captcha = await startGate('captcha')
    const warnings: { readonly type: string }[] = []
    await using broker = await auditedBroker(folder.path, { onWarning: (warning) => warnings.push(warning) })
    const session = await broker.session('alice')
    appendFileSync(path, 'somebody else was here\n')

    expect((await errorOf(session.fetch(site.origin, { robots: false }))).code).toBe('ONEJAR_AUDIT_FAILED')
    expect(requests).toBe(0)
    expect((await errorOf(session.export('json'))).code).toBe('ONEJAR_AUDIT_FAILED')
    expect((await errorOf(session.fetch(captcha.origin))).code).toBe('ONEJAR_CAPTCHA')
    await broker.close()
    const failed = warnings.filter(({ type }) => type === 'audit')
    expect(failed).toMatchObject([{ state: 'failed', reason: 'ONEJAR_AUDIT_FAILED' }])
    expect((await errorOf(auditedBroker(folder.path))).code).toBe('ONEJAR_AUDIT_FAILED')
  })
})

describe('what a reviewer asks for', () => {
  it('is there: retries, the life of sessions, logins and removals, without a secret', async () => {
    using folder = temporaryFolder()
    let failures = 2
    let isLoggedIn = false
    await using site = await startHttpServer((request, response) => {
      if (request.url?.startsWith('/login')) {
        isLoggedIn = true
        response.setHeader('set-cookie', 'sid=canary').end()
      } else if (request.url?.startsWith('/account') && !isLoggedIn) response.writeHead(401).end()
      else response.writeHead(failures-- > 0 ? 503 : 200).end('content')
    })
    const broker = await auditedBroker(folder.path, {
      robots: false,
      retry: { firstDelayMs: 1 },
      reauthenticate: async ({ session, url }) => {
        await (await session.fetch(new URL('/login?password=canary', url))).text()
      },
    })
    const session = await broker.session('alice-canary')
    await (await session.fetch(`${site.origin}/flaky?token=canary`)).text()
    await (await session.fetch(`${site.origin}/account?token=canary`)).text()
    await session.release()
    await (await broker.session('alice-canary')).release()
    await broker.remove('alice-canary')
    await broker.close()

    const lines = linesOf(join(folder.path, 'audit.jsonl')).filter(({ rule }) => rule !== 'robots-bypassed')
    const url = `${site.origin}/flaky`
    expect(lines.map(({ rule, facts }) => ({ rule, ...facts }))).toMatchObject([
      { rule: 'session-begun', state: 'created' },
      { rule: 'request-repeated', url, attempt: 2, error: '503', reason: expect.stringContaining('503') },
      { rule: 'request-repeated', url, attempt: 3, error: '503', delayMs: expect.any(Number) },
      { rule: 'session-reauthenticated', origin: site.origin, state: 'started', reason: 'unauthorised' },
      { rule: 'session-reauthenticated', origin: site.origin, state: 'renewed' },
      { rule: 'session-released', reason: 'released' },
      { rule: 'session-begun', state: 'opened' },
      { rule: 'session-released' },
      { rule: 'session-removed' },
    ])
    expect(new Set(lines.map(({ session: name }) => name)).size).toBe(1)
    expect(readFileSync(join(folder.path, 'audit.jsonl'), 'utf8')).not.toContain('canary')
  })

  it('is written by a process that ends without closing its broker', async () => {
    using folder = temporaryFolder()
    const child = startAudited(folder.path, 'exit', 3)
    expect((await once(child, 'close'))[0]).toBe(0)
    const lines = linesOf(join(folder.path, 'audit.jsonl'))
    expect(lines.filter(({ rule }) => rule === 'session-begun')).toHaveLength(3)
  })

  it('is one whole chain when two processes write it, and one of them is killed in the middle', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    const [killed, other] = [
      startAudited(folder.path, 'killed', 1e9),
      startAudited(folder.path, 'other', 300),
    ]
    const ended = once(other, 'close')
    // Notes go on in both when one is ended.
    let told = ''
    for await (const chunk of killed.stdout) {
      told += chunk
      if (told.split('\n').length > 40) break
    }
    killed.kill('SIGKILL')
    expect((await ended)[0]).toBe(0)
    const report = await runCli(['audit', 'verify', path, '--store', join(folder.path, 'onejar.db')])
    expect(report).toMatchObject({ code: 0, out: expect.stringContaining('whole') })
    const lines = linesOf(path)
    expect(lines.filter(({ rule }) => rule === 'session-begun').length).toBeGreaterThanOrEqual(300)
  })
})

describe('onejar audit tail and export', () => {
  it('give the records that are wanted, and follow the trail', async () => {
    using folder = temporaryFolder()
    const home = new CliHome()
    const env = { ONEJAR_HOME: folder.path, ONEJAR_AUDIT: join(folder.path, 'audit.jsonl') }
    try {
      const broker = await auditedBroker(folder.path)
      const [alice, bob] = [await broker.session('alice'), await broker.session('bob')]
      for (let i = 0; i < 6; i++) await alice.export('json')
      await bob.export('cdp')
      await alice.flush()

      const follower = home.start(
        ['audit', 'tail', '-n', '1', '-f', '--rule', 'session-exported', '--json'],
        { env },
      )
      const followed = follower.child.stdout?.[Symbol.asyncIterator]() as AsyncIterator<Buffer>
      expect(String((await followed.next()).value)).toContain('"format":"cdp"')
      await alice.export('netscape')
      expect(String((await followed.next()).value)).toContain('"format":"netscape"')
      follower.child.kill('SIGTERM')
      await follower.ended
      await broker.close()

      const lines = async (...args: string[]) => {
        const { code, out } = await home.run(['audit', ...args], { env })
        expect(code).toBe(0)
        return out.split('\n').slice(0, -1)
      }
      expect(await lines('tail', '--rule', 'session-exported')).toHaveLength(8)
      expect((await lines('tail', '-n', '1'))[0]).toMatch(
        /Z {2}session-released {2}[\w-]{22} {2}reason=closed {2}state=parked$/,
      )
      expect(await lines('export', '--session', 'bob')).toHaveLength(3)
      expect(await lines('export', '--pseudonym', bob.pseudonym)).toEqual(
        await lines('export', '--session', 'bob'),
      )
      expect(await lines('export')).toEqual(readFileSync(env.ONEJAR_AUDIT, 'utf8').split('\n').slice(0, -1))
      expect(await lines('export', '--since', '1h')).toHaveLength(12)
      expect(await lines('export', '--until', '1h')).toEqual([])
      const file = join(folder.path, 'out.jsonl')
      expect(await lines('export', '-o', file, '--rule', 'session-begun')).toEqual([])
      expect(linesOf(file).map(({ rule }) => rule)).toEqual(['session-begun', 'session-begun'])
      expect(statSync(file).mode & 0o777).toBe(0o600)
    } finally {
      home.remove()
    }
  })

  it('end where the trail is broken, and take no flag that means nothing', async () => {
    using folder = temporaryFolder()
    const env = { ONEJAR_HOME: folder.path, ONEJAR_AUDIT: join(folder.path, 'audit.jsonl') }
    const broker = await auditedBroker(folder.path)
    const session = await broker.session('alice')
    for (let i = 0; i < 5; i++) await session.export('json')
    await broker.close()
    const lines = readFileSync(env.ONEJAR_AUDIT, 'utf8').split('\n')
    writeFileSync(env.ONEJAR_AUDIT, lines.toSpliced(2, 1).join('\n'))
    const exported = await runCli(['audit', 'export'], { env })
    expect(exported).toMatchObject({
      code: 110,
      err: expect.stringContaining(':3: the line does not come next'),
    })
    expect(exported.out.split('\n').slice(0, -1)).toEqual(lines.slice(0, 2))
    expect((await runCli(['audit', 'tail', '--rule', 'nonsense'], { env })).code).toBe(2)
    expect((await runCli(['audit', 'tail', '--since', 'yesterday'], { env })).code).toBe(2)
    expect((await runCli(['audit', 'tail', '-n', 'ten'], { env })).code).toBe(2)
    expect((await runCli(['audit', 'tail', join(folder.path, 'none')])).code).toBe(26)
  })
})

describe('onejar audit prune', () => {
  it('deletes the beginning, says what, and leaves a trail that verify takes', async () => {
    using folder = temporaryFolder()
    const env = { ONEJAR_HOME: folder.path, ONEJAR_AUDIT: join(folder.path, 'audit.jsonl') }
    const year = 365 * 24 * 3_600_000
    let now = Date.now() - 2 * year
    const broker = await memoryBroker(
      { store: join(folder.path, 'onejar.db'), audit: { path: env.ONEJAR_AUDIT } },
      { clock: { now: () => now } },
    )
    const session = await broker.session('alice')
    for (let i = 0; i < 4; i++) await session.export('json')
    now = Date.now()
    await session.export('json')
    await broker.close()
    const before = linesOf(env.ONEJAR_AUDIT).length

    expect((await runCli(['audit', 'prune'], { env })).code).toBe(2)
    expect(await runCli(['audit', 'prune', '--before', '400d'], { env })).toMatchObject({
      code: 0,
      out: expect.stringContaining('records deleted'),
    })
    expect(await runCli(['audit', 'prune', '--before', '400d'], { env })).toMatchObject({
      code: 0,
      out: 'nothing to delete\n',
    })
    const { out } = await runCli(['audit', 'export'], { env })
    const kept = out.split('\n').slice(0, -1)
    expect(kept.length).toBeLessThan(before)
    expect(kept.at(-1)).toContain('"rule":"trail-cut"')
    const checked = await runCli(['audit', 'verify'], { env })
    expect(checked).toMatchObject({ code: 0, out: expect.stringContaining('(pruned up to record') })
    expect(
      (await runCli(['audit', 'prune', '--before', '1d', join(folder.path, 'none')], { env })).code,
    ).not.toBe(0)
  })
})

describe('onejar audit verify', () => {
  it('tells the first broken place with its line, and exits with 110', async () => {
    using folder = temporaryFolder()
    const env = { ONEJAR_HOME: folder.path, ONEJAR_AUDIT: join(folder.path, 'audit.jsonl') }
    const broker = await auditedBroker(folder.path)
    const session = await broker.session('alice')
    for (let i = 0; i < 5; i++) await session.export('json')
    await broker.close()
    expect(await runCli(['audit', 'verify'], { env })).toMatchObject({ code: 0 })

    const lines = readFileSync(env.ONEJAR_AUDIT, 'utf8').split('\n')
    writeFileSync(
      env.ONEJAR_AUDIT,
      lines.with(2, (lines[2] as string).replace('"format":"json"', '"format":"cdp"')).join('\n'),
    )
    const broken = await runCli(['audit', 'verify'], { env })
    expect(broken.code).toBe(110)
    expect(broken.err).toContain(`${env.ONEJAR_AUDIT}:3: the line was changed after it was written`)
    expect((await runCli(['audit', 'verify', '--json'], { env })).out).toContain('"line": 3')

    const other = await runCli(['audit', 'verify', '--store', join(folder.path, 'other.db')], { env })
    expect(other).toMatchObject({ code: 110, err: expect.stringContaining('not in the key ring') })
    expect((await runCli(['audit', 'verify', join(folder.path, 'none.jsonl')])).code).toBe(26)
    expect((await runCli(['audit', 'verify'])).code).toBe(2)
    expect((await runCli(['audit'])).code).toBe(2)
  })

  it('knows what other commands did', async () => {
    using folder = temporaryFolder()
    const env = { ONEJAR_HOME: folder.path, ONEJAR_AUDIT: join(folder.path, 'audit.jsonl') }
    const broker = await auditedBroker(folder.path)
    await (await broker.session('alice')).cookies.set('a=1', 'https://a.example')
    await broker.close()
    expect((await runCli(['export', 'alice'], { env })).code).toBe(0)
    expect((await runCli(['sessions', 'show', 'alice', '--reveal'], { env })).code).toBe(0)
    expect((await runCli(['sessions', 'show', 'alice'], { env })).code).toBe(0)
    expect((await runCli(['sessions', 'purge'], { env })).code).toBe(0)
    expect((await runCli(['sessions', 'rm', 'alice'], { env })).code).toBe(0)
    const lines = linesOf(env.ONEJAR_AUDIT)
    expect(lines.map(({ rule }) => rule)).toEqual([
      'session-begun',
      'session-released',
      'session-exported',
      'session-revealed',
      'store-purged',
      'session-removed',
    ])
    expect(new Set(lines.map(({ session: name }) => name)).size).toBe(2)
    expect(await runCli(['audit', 'verify'], { env })).toMatchObject({ code: 0 })
  })
})
