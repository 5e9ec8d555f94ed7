import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisServer } from '../../support/redis-server.ts'
import { CliHome } from './run-cli.ts'

interface Report {
  readonly ok: boolean
  readonly findings: readonly {
    readonly part: string
    readonly state: string
    readonly found: string
    readonly fix?: string
    readonly facts?: Readonly<Record<string, unknown>>
  }[]
}

let home: CliHome
beforeEach(() => {
  home = new CliHome()
})
afterEach(() => home.remove())

/** Looks with a Chromium that cannot start, so that the rest is quick. */
async function examine(args: readonly string[] = [], env: Record<string, string> = {}) {
  const broken = home.file('chromium')
  writeFileSync(broken, '#!/bin/sh\necho "noise on stderr" >&2\nexit 127\n', { mode: 0o755 })
  const ended = await home.run(['doctor', '--json', ...args], { env: { ONEJAR_CHROMIUM: broken, ...env } })
  const report = JSON.parse(ended.out) as Report
  const part = (name: string) => report.findings.find((finding) => finding.part === name)
  return { ...ended, report, part }
}

describe('onejar doctor', () => {
  it('finds everything, starts the browser, and makes nothing', async () => {
    const { code, out, err } = await home.run(['doctor'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^ok +Node\.js +\d+\.\d+\.\d+ \(.+\)$/m)
    expect(out).toMatch(/^ok +Chromium +\d+\.\d+\.\d+\.\d+ \(.+\); it started and loaded a page in \d+ ms$/m)
    expect(out).toContain(`${home.file('onejar.db')} (made at the first use)`)
    expect(out).toMatch(/^ok +Redis +\d+\./m)
    const listed = await home.shell(`ls -A "${home.path}"`)
    expect(listed.out).toBe('')
  })

  it('says that Chromium does not start, with the way out, and exits with 1', async () => {
    const { code, err, report, part } = await examine()
    expect({ code, err, ok: report.ok }).toEqual({ code: 1, err: '', ok: false })
    expect(part('Chromium')).toMatchObject({
      state: 'wrong',
      facts: { source: 'environment', starts: false },
    })
    expect(part('Chromium')?.fix).toContain('playwright install')
    const missing = await examine([], { ONEJAR_CHROMIUM: '/nowhere/chromium' })
    expect(missing.part('Chromium')).toMatchObject({
      state: 'wrong',
      found: expect.stringMatching(/no executable/),
    })
  })

  it('opens the store, and sees who can read its keys', async () => {
    await home.run(['sessions', 'ls'])
    const fine = await examine()
    expect(fine.part('Store')).toMatchObject({ state: 'ok', facts: { layout: 2, sessions: 0 } })
    expect(fine.part('Keys')).toMatchObject({ state: 'ok', facts: { mode: '0600' } })

    const keys = home.file('onejar.db.key')
    chmodSync(keys, 0o644)
    const open = await examine()
    expect(open.part('Keys')).toMatchObject({ state: 'wrong', facts: { mode: '0644' } })
    expect(open.part('Keys')?.fix).toContain(`chmod 600 ${keys}`)

    rmSync(keys)
    expect((await examine()).part('Keys')).toMatchObject({
      state: 'wrong',
      found: expect.stringMatching(/is missing/),
    })
  })

  it('tells a newer store, a foreign file and a folder that cannot be written', async () => {
    await home.run(['sessions', 'ls'])
    const db = new DatabaseSync(home.file('onejar.db'))
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect((await examine()).part('Store')).toMatchObject({
      state: 'wrong',
      fix: expect.stringMatching(/upgrade/),
    })

    writeFileSync(home.file('other.db'), 'this is no database at all, and never was one')
    writeFileSync(home.file('other.db.key'), `${Buffer.alloc(32, 1).toString('base64')}\n`, { mode: 0o600 })
    expect((await examine(['--store', home.file('other.db')])).part('Store')).toMatchObject({
      state: 'wrong',
    })

    const nowhere = await examine(['--store', '/proc/none/onejar.db'])
    expect(nowhere.code).toBe(1)
  })

  it('asks a Redis server, and names no password', async () => {
    const redis = await RedisServer.start({
      config: { maxmemory: '50mb', 'maxmemory-policy': 'allkeys-lru' },
    })
    try {
      const { report, part } = await examine(['--store', redis.url])
      expect(part('Store')).toMatchObject({ state: 'ok', facts: { where: `127.0.0.1:${redis.port}` } })
      expect(report.findings).toContainEqual(
        expect.objectContaining({ part: 'Store', state: 'note', fix: expect.stringMatching(/noeviction/) }),
      )
      expect(part('Keys')).toMatchObject({ state: 'note' })
    } finally {
      await redis.stop()
    }
    const gone = await examine(['--store', `redis://user:canary-7f3a@127.0.0.1:${redis.port}`])
    expect(gone.part('Store')).toMatchObject({ state: 'wrong', found: expect.stringMatching(/ECONNREFUSED/) })
    expect(gone.out + gone.err).not.toContain('canary-7f3a')
  })
})
