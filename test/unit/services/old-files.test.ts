import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Retention } from '../../../src/services/retention/retention.ts'
import { retentionSchema, storeLimitsOf } from '../../../src/services/retention/retention-schedule.ts'

const DAY_MS = 24 * 3_600_000
const NOW = 1_800_000_000_000

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-unit-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, ageDays: number): void {
  const path = join(folder, name)
  writeFileSync(path, 'x')
  const at = (NOW - ageDays * DAY_MS) / 1_000
  utimesSync(path, at, at)
}

function retention(given: object, trail: string | null = null) {
  const noted: object[] = []
  const made = new Retention({
    schedule: retentionSchema.parse(given),
    screenshotFolder: folder,
    trail: trail === null ? null : { path: trail, prune: async (before) => NOW - before },
    clock: { now: () => NOW },
    note: (rule, facts) => noted.push({ rule, ...facts }),
    onFailure: (error) => noted.push({ error }),
  })
  return { made, noted }
}

describe('retention of files', () => {
  it('deletes screenshots whose time is up, and nothing else in their folder', async () => {
    file('2026-11-01T08-00-00-000Z-0123abcd.png', 31)
    file('2026-11-29T08-00-00-000Z-0123abcd.png', 1)
    file('holiday.png', 400)
    file('notes.txt', 400)
    const { made, noted } = retention({})
    expect(await made.purge()).toEqual({ screenshots: 1, logs: 0, trailRecords: 0 })
    expect(readdirSync(folder).sort()).toEqual([
      '2026-11-29T08-00-00-000Z-0123abcd.png',
      'holiday.png',
      'notes.txt',
    ])
    expect(noted).toEqual([{ rule: 'files-purged', screenshots: 1, logs: 0 }])
    await made.close()
  })

  it('keeps them for good when that is wanted, and notes nothing', async () => {
    file('2026-11-01T08-00-00-000Z-0123abcd.png', 4_000)
    const { made, noted } = retention({ screenshotsMs: false })
    expect(await made.purge()).toMatchObject({ screenshots: 0 })
    expect(noted).toEqual([])
    await made.close()
  })

  it('deletes old logs, rotated and packed ones too, but neither the trail, nor a link, nor a folder', async () => {
    for (const name of [
      'app.log',
      'app.log.1',
      'app.log.2.gz',
      'app-2026-01-01.log',
      'lines.jsonl',
      'logo.svg',
    ])
      file(name, 10)
    file('new.log', 1)
    for (const name of ['audit.jsonl', 'audit.jsonl.000000000012']) file(name, 10)
    mkdirSync(join(folder, 'folder.log'))
    symlinkSync(join(folder, 'logo.svg'), join(folder, 'link.log'))
    const logs = { folder, maxAgeMs: 7 * DAY_MS }
    const { made } = retention({ logs }, join(folder, 'audit.jsonl'))
    expect(await made.purge()).toMatchObject({ logs: 5, trailRecords: 0 })
    expect(readdirSync(folder).sort()).toEqual([
      'audit.jsonl',
      'audit.jsonl.000000000012',
      'folder.log',
      'link.log',
      'logo.svg',
      'new.log',
    ])
    await made.close()
  })

  it('takes a folder that is not there for an empty one', async () => {
    rmSync(folder, { recursive: true })
    const { made } = retention({ logs: { folder } })
    expect(await made.purge()).toEqual({ screenshots: 0, logs: 0, trailRecords: 0 })
    expect(existsSync(folder)).toBe(false)
    await made.close()
  })

  it('prunes the trail by its own time, and reports one that cannot be', async () => {
    const { made } = retention({ trailMs: DAY_MS }, join(folder, 'audit.jsonl'))
    expect(await made.purge()).toMatchObject({ trailRecords: DAY_MS })
    await made.close()
    const failures: unknown[] = []
    const failing = new Retention({
      schedule: retentionSchema.parse({ trailMs: DAY_MS }),
      screenshotFolder: undefined,
      trail: { path: 'x', prune: () => Promise.reject(new Error('full')) },
      clock: { now: () => NOW },
      note: () => {},
      onFailure: (error) => failures.push(error),
    })
    expect(await failing.purge()).toMatchObject({ trailRecords: 0 })
    expect(failures).toMatchObject([{ message: 'full' }])
    await failing.close()
  })
})

describe('the schedule', () => {
  it('has defaults, and takes no time that makes no sense', () => {
    expect(retentionSchema.parse({})).toEqual({
      deadLettersMs: 30 * DAY_MS,
      idempotencyMs: DAY_MS,
      trailMs: false,
      screenshotsMs: 30 * DAY_MS,
    })
    for (const bad of [
      { deadLettersMs: 0 },
      { trailMs: true },
      { idempotencyMs: 31 * DAY_MS },
      { nonsense: 1 },
    ])
      expect(retentionSchema.safeParse(bad).success).toBe(false)
  })

  it('limits the store only where it says something of records', () => {
    expect(storeLimitsOf({})).toBeUndefined()
    expect(storeLimitsOf({ recordsMs: 5_000 })).toEqual({
      retentionFloorMs: 5_000,
      retentionCeilingMs: 5_000,
    })
    expect(storeLimitsOf({ recordsMs: 100 * DAY_MS })).toMatchObject({ retentionFloorMs: 30 * DAY_MS })
  })
})
