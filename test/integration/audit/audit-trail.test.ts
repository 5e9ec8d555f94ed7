import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { AuditTrail, verifyTrail } from '../../../src/audit/index.ts'
import { errorOf, temporaryFolder } from '../../support/broker.ts'

const SECRET = 'a secret of thirty-two characters'
const KEYS = [{ id: 'test', secret: Buffer.from(SECRET) }]
const clock = { now: () => 1_700_000_000_000 }
const CHECK = { keys: KEYS, keyed: true, partial: false }

function openTrail(path: string, more: Partial<Parameters<typeof AuditTrail.open>[0]> = {}) {
  return AuditTrail.open({ path, keys: KEYS, maxFileBytes: 1_000_000, clock, ...more })
}

/** A trail with so many records, closed. */
function writeTrail(path: string, count: number, more: Partial<Parameters<typeof AuditTrail.open>[0]> = {}) {
  const trail = openTrail(path, more)
  for (let i = 0; i < count; i++)
    trail.record('robots-disallowed', 'pseudonym', { origin: 'https://a.example', number: i })
  trail.close()
}

function change(path: string, edit: (lines: string[]) => string[]): void {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  writeFileSync(
    path,
    edit(lines)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

function startWriter(path: string, name: string, count: number): ChildProcess {
  const script = fileURLToPath(new URL('audit-writer.ts', import.meta.url))
  return spawn(process.execPath, [script, path, SECRET, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

describe('a trail', () => {
  it('is for its owner only, goes on after a restart, and is whole', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'log', 'audit.jsonl')
    writeTrail(path, 3)
    writeTrail(path, 2)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(`${path}.head`).mode & 0o777).toBe(0o600)
    expect(await verifyTrail(path, CHECK)).toMatchObject({ records: 5, files: 1, broken: null, torn: false })
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[4] as string)).toMatchObject({
      seq: 5,
      rule: 'robots-disallowed',
      data: 'request',
      action: 'refuse',
      session: 'pseudonym',
      facts: { origin: 'https://a.example', number: 1 },
    })
  })

  const CHANGES: readonly (readonly [string, (lines: string[]) => string[], number, string])[] = [
    [
      'altered',
      (lines) => lines.map((line, i) => (i === 4 ? line.replace('a.example', 'b.example') : line)),
      5,
      'changed',
    ],
    ['removed', (lines) => lines.toSpliced(4, 1), 5, 'does not come next'],
    ['added', (lines) => lines.toSpliced(4, 0, lines[4] as string), 6, 'does not come next'],
    [
      'put in another order',
      (lines) => lines.with(4, lines[5] as string).with(5, lines[4] as string),
      5,
      'does not come next',
    ],
    ['cut off at the end', (lines) => lines.slice(0, 7), 8, 'more had been written'],
    ['all gone', () => [], 1, 'more had been written'],
    ['gone at the beginning', (lines) => lines.slice(2), 1, 'begins after'],
    ['made into something else', (lines) => lines.with(4, '{"v":1}'), 5, 'not a record'],
    [
      'written with more space',
      (lines) => lines.with(4, (lines[4] as string).replace('{', '{ ')),
      5,
      'not a record',
    ],
    ['longer than a record', (lines) => lines.with(4, 'x'.repeat(20_000)), 5, 'longer'],
  ]
  it.each(CHANGES)('whose lines are %s is found broken there', async (_how, edit, line, reason) => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    writeTrail(path, 10)
    change(path, edit)
    const { broken } = await verifyTrail(path, CHECK)
    expect(broken).toMatchObject({ file: path, line, reason: expect.stringContaining(reason) })
  })

  it('cannot be written anew by who has no key', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    writeTrail(path, 5)
    for (const keys of [[], [{ id: 'test', secret: Buffer.from('guessed') }]]) {
      rmSync(path)
      rmSync(`${path}.head`)
      writeTrail(path, 5, { keys })
      expect((await verifyTrail(path, CHECK)).broken).toMatchObject({ line: 1 })
    }
  })

  it('with a record of another trail that the same key sealed is found broken there', async () => {
    using folder = temporaryFolder()
    const [path, other] = [join(folder.path, 'audit.jsonl'), join(folder.path, 'other.jsonl')]
    writeTrail(other, 10, { clock: { now: () => 1_600_000_000_000 } })
    writeTrail(path, 10)
    const foreign = readFileSync(other, 'utf8').split('\n')
    change(path, (lines) => lines.with(4, foreign[4] as string))
    expect((await verifyTrail(path, CHECK)).broken).toMatchObject({
      line: 5,
      reason: expect.stringContaining('not chained'),
    })
  })

  it('shortened together with a head that is forged or gone is found', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    writeTrail(path, 10)
    change(path, (lines) => lines.slice(0, 5))
    rmSync(`${path}.head`)
    expect((await verifyTrail(path, CHECK)).broken?.reason).toContain('no head file')
    expect((await verifyTrail(path, { ...CHECK, partial: true })).broken).toBeNull()
    writeFileSync(`${path}.head`, 'no database')
    expect((await verifyTrail(path, CHECK)).broken?.reason).toContain('head file')
  })

  it('that was shortened, or written to by something else, is written no further', async () => {
    using folder = temporaryFolder()
    const short = join(folder.path, 'short.jsonl')
    writeTrail(short, 5)
    change(short, (lines) => lines.slice(0, 3))
    const shorter = await errorOf(() => openTrail(short))
    expect(shorter.code).toBe('ONEJAR_AUDIT_FAILED')
    expect(shorter.message).toContain('shorter')

    const longer = join(folder.path, 'longer.jsonl')
    writeTrail(longer, 5)
    appendFileSync(longer, '{"rule":"robots-bypassed"}\n')
    const error = await errorOf(() => openTrail(longer))
    expect(error.code).toBe('ONEJAR_AUDIT_FAILED')
    expect(error.message).toContain('something else')
  })

  it('whose last line was torn is mended by the next writer, who says so', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    writeTrail(path, 5)
    appendFileSync(path, '{"action":"refuse","at":"2023')
    expect(await verifyTrail(path, CHECK)).toMatchObject({ records: 5, torn: true, broken: null })
    writeTrail(path, 1)
    expect(await verifyTrail(path, CHECK)).toMatchObject({ records: 7, torn: false, broken: null })
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[5] as string)).toMatchObject({
      rule: 'trail-repaired',
      facts: { bytes: 29 },
    })
  })

  it('takes in a whole line whose writer was killed before it could say so', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    writeTrail(path, 5)
    const saved = readFileSync(`${path}.head`)
    writeTrail(path, 1)
    writeFileSync(`${path}.head`, saved)
    writeTrail(path, 1)
    expect(await verifyTrail(path, CHECK)).toMatchObject({ records: 7, broken: null })
  })

  it('goes on in a new file when one is full, with one chain through all of them', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    writeTrail(path, 60, { maxFileBytes: 4096 })
    const report = await verifyTrail(path, CHECK)
    expect(report).toMatchObject({ records: 60, broken: null })
    expect(report.files).toBeGreaterThan(3)
    const first = (JSON.parse(readFileSync(path, 'utf8').split('\n')[0] as string) as { seq: number }).seq
    const before = `${path}.${String(first - 1).padStart(12, '0')}`
    expect(existsSync(before)).toBe(true)

    truncateSync(before, statSync(before).size - 10)
    expect((await verifyTrail(path, CHECK)).broken?.file).toBe(before)
    rmSync(before)
    expect((await verifyTrail(path, CHECK)).broken).toMatchObject({ line: 1 })
  })

  it('survives a crash between putting a file aside and saying so', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    writeTrail(path, 60, { maxFileBytes: 4096 })
    // As it was before the last file was begun: the head knows the file that has been put aside.
    const first = (JSON.parse(readFileSync(path, 'utf8').split('\n')[0] as string) as { seq: number }).seq
    const other = join(folder.path, 'other.jsonl')
    writeTrail(other, first - 1)
    renameSync(other, `${other}.${String(first - 1).padStart(12, '0')}`)
    writeTrail(other, 2)
    expect(await verifyTrail(other, CHECK)).toMatchObject({ records: first + 1, files: 2, broken: null })
  })

  it('holds no more of a fact than fits, whatever is in it', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    const trail = openTrail(path)
    const hostile = `\ud800\n\u0000"${'\u0001'.repeat(100_000)}`
    const facts = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`fact${i}`, hostile]))
    trail.record('robots-disallowed', null, { ...facts, number: Number.NaN })
    trail.close()
    expect(await verifyTrail(path, CHECK)).toMatchObject({ records: 1, broken: null })
  })

  it('that cannot be opened is an error with its code', async () => {
    expect((await errorOf(() => openTrail('/proc/nowhere/audit.jsonl'))).code).toBe('ONEJAR_AUDIT_FAILED')
    using folder = temporaryFolder()
    expect((await errorOf(() => openTrail(folder.path))).code).toBe('ONEJAR_AUDIT_FAILED')
  })
})

describe('several processes', () => {
  it('write one chain', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    const writers = ['a', 'b', 'c'].map((name) => startWriter(path, name, 100))
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0]))
    expect(codes).toEqual([0, 0, 0])
    expect(await verifyTrail(path, CHECK)).toMatchObject({ records: 300, broken: null })
  })

  it('lose nothing that was written when they are killed', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'audit.jsonl')
    let told = 0
    for (let round = 0; round < 8; round++) {
      const writer = startWriter(path, `round ${round}`, 100_000)
      const count = 5 + round * 7
      let seen = ''
      await new Promise<void>((resolve) => {
        writer.stdout?.on('data', (chunk: Buffer) => {
          seen += chunk.toString()
          if (seen.split('\n').length > count) resolve()
        })
      })
      writer.kill('SIGKILL')
      await once(writer, 'close')
      told += seen.split('\n').length - 1
    }
    openTrail(path).close()
    const report = await verifyTrail(path, CHECK)
    expect(report.broken).toBeNull()
    expect(report.records).toBeGreaterThanOrEqual(told)
  })
})
