import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
    expect(lines.map(({ rule, facts }) => [rule, facts['origin'] ?? facts['format']])).toEqual([
      ['robots-disallowed', closed.origin],
      ['robots-bypassed', closed.origin],
      ['captcha-met', captcha.origin],
      ['robots-bypassed', block.origin],
      ['site-blocked', block.origin],
      ['security-alert', block.origin],
      ['session-resumed', captcha.origin],
      ['session-exported', 'json'],
    ])
    expect(new Set(lines.map(({ session: name }) => name)).size).toBe(1)
    expect(readFileSync(path, 'utf8')).not.toContain('canary')
    const checked = await runCli(['audit', 'verify', path, '--store', join(folder.path, 'onejar.db')])
    expect(checked).toMatchObject({ code: 0, out: expect.stringContaining('8 records in 1 file') })
  })

  it('tells that a broker does without robots.txt', async () => {
    using folder = temporaryFolder()
    await using broker = await auditedBroker(folder.path, { robots: false })
    await using site = await startHttpServer((_request, response) => response.end())
    const session = await broker.session('alice')
    await (await session.fetch(site.origin)).text()
    await (await session.fetch(site.origin)).text()
    const lines = linesOf(join(folder.path, 'audit.jsonl'))
    expect(lines).toMatchObject([{ rule: 'robots-bypassed', facts: { origin: '*' } }])
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
    const failed = warnings.filter(({ type }) => type === 'audit')
    expect(failed).toMatchObject([{ state: 'failed', reason: 'ONEJAR_AUDIT_FAILED' }])
    expect((await errorOf(auditedBroker(folder.path))).code).toBe('ONEJAR_AUDIT_FAILED')
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
    expect((await runCli(['sessions', 'purge'], { env })).code).toBe(0)
    expect((await runCli(['sessions', 'rm', 'alice'], { env })).code).toBe(0)
    const lines = linesOf(env.ONEJAR_AUDIT)
    expect(lines.map(({ rule }) => rule)).toEqual(['session-exported', 'store-purged', 'session-removed'])
    expect(lines[0]?.session).toBe(lines[2]?.session)
    expect(await runCli(['audit', 'verify'], { env })).toMatchObject({ code: 0 })
  })
})
