import { appendFileSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { pruneTrail, verifyTrail } from '../../../src/audit/index.ts'
import { fullFiles } from '../../../src/audit/trail-files.ts'
import { CHECK, KEYS, openTrail, recordsIn, START, trailFolder, write } from './a-trail.ts'

const MINUTE = 60_000

async function prune(path: string, before: number, more: Parameters<typeof openTrail>[1] = {}) {
  const trail = openTrail(path, more)
  try {
    return await pruneTrail(trail, before, START + 3_600_000)
  } finally {
    trail.close()
  }
}

describe('a pruned trail', () => {
  it('of one file begins with the first record that stays, is whole by itself, and goes on', async () => {
    using folder = trailFolder()
    write(folder.path, 10, { from: START })
    expect(await prune(folder.path, START + 6 * MINUTE)).toEqual({
      records: 6,
      from: '2023-11-14T22:13:20.000Z',
      to: '2023-11-14T22:18:20.000Z',
      through: 6,
    })
    write(folder.path, 2)
    const records = recordsIn(folder.path)
    expect(records.map(({ seq }) => seq)).toEqual([7, 8, 9, 10, 11, 12, 13])
    expect(records[4]).toMatchObject({ rule: 'trail-cut', session: null, facts: { records: 6, through: 6 } })
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({
      records: 7,
      firstSeq: 7,
      cut: { through: 6 },
      broken: null,
    })
  })

  it.each([
    ['in the middle of a file', 17],
    ['within the file that is written to', 40],
    ['at its end', 60],
  ])('of many files is cut exactly, %s', async (_where, minutes) => {
    using folder = trailFolder()
    write(folder.path, 50, { from: START, maxFileBytes: 4_096 })
    await prune(folder.path, START + minutes * MINUTE, { maxFileBytes: 4_096 })
    const kept = recordsIn(folder.path)
    expect(kept[0]?.seq).toBe(Math.min(minutes, 50) + 1)
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({ broken: null, records: kept.length })
  })

  it('is pruned again and again', async () => {
    using folder = trailFolder()
    write(folder.path, 20, { from: START, maxFileBytes: 2_000 })
    for (let minutes = 2; minutes < 20; minutes += 3) {
      await prune(folder.path, START + minutes * MINUTE)
      expect((await verifyTrail(folder.path, CHECK)).broken).toBeNull()
    }
    expect(recordsIn(folder.path)[0]?.seq).toBe(18)
    // What names a cut that was cut off is not needed any more.
    await prune(folder.path, START + 7_200_000)
    expect(recordsIn(folder.path).map(({ rule }) => rule)).toEqual(['trail-cut'])
    expect((await verifyTrail(folder.path, CHECK)).broken).toBeNull()
  })

  it('stays as it is when nothing is old enough', async () => {
    using folder = trailFolder()
    write(folder.path, 3, { from: START })
    expect(await prune(folder.path, START)).toBeNull()
    expect(recordsIn(folder.path)).toHaveLength(3)
    expect(fullFiles(folder.path)).toEqual([])
  })

  it('of which more is gone than was cut is found broken', async () => {
    using folder = trailFolder()
    write(folder.path, 10, { from: START })
    await prune(folder.path, START + 6 * MINUTE)
    const [rest = ''] = fullFiles(folder.path)
    const lines = readFileSync(rest, 'utf8').split('\n')
    writeFileSync(rest, lines.slice(1).join('\n'))
    expect((await verifyTrail(folder.path, CHECK)).broken).toMatchObject({
      file: rest,
      line: 1,
      reason: 'begins after the first record',
    })
  })

  it('cannot be made by who has no key', async () => {
    using folder = trailFolder()
    write(folder.path, 10, { from: START })
    await prune(folder.path, START + 6 * MINUTE, {
      keys: [{ id: 'two', secret: Buffer.from('guessed') }],
    }).catch(() => {})
    expect((await verifyTrail(folder.path, CHECK)).broken?.reason).toContain('key')
  })

  it('may have begun before the cut, where the process that pruned it was killed', async () => {
    using folder = trailFolder()
    write(folder.path, 30, { from: START, maxFileBytes: 2_000 })
    const files = fullFiles(folder.path)
    for (const file of files) copyFileSync(file, `${file}.copy`)
    await prune(folder.path, START + 20 * MINUTE)
    // As it was when one file was gone of those that were to go.
    for (const file of files.slice(1)) copyFileSync(`${file}.copy`, file)
    expect((await verifyTrail(folder.path, CHECK)).broken).toBeNull()
    await prune(folder.path, START + 20 * MINUTE)
    expect(recordsIn(folder.path)[0]?.seq).toBe(21)
    expect((await verifyTrail(folder.path, CHECK)).broken).toBeNull()
    for (const file of fullFiles(folder.path)) rmSync(file)
    expect((await verifyTrail(folder.path, CHECK)).broken?.reason).toBe('begins after the first record')
  })

  it('is not pruned where the part that would go was altered', async () => {
    using folder = trailFolder()
    write(folder.path, 10, { from: START })
    const trail = openTrail(folder.path)
    trail.putAside(START + 1)
    trail.close()
    const [file = ''] = fullFiles(folder.path)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"at":3', '"at":4'))
    await expect(prune(folder.path, START + 6 * MINUTE)).rejects.toMatchObject({
      code: 'ONEJAR_AUDIT_FAILED',
      message: expect.stringContaining('was changed after it was written'),
    })
    expect(recordsIn(folder.path)).toHaveLength(10)
  })

  it('is pruned once by two who do so at the same time, while a third writes', async () => {
    using folder = trailFolder()
    write(folder.path, 200, { from: START, maxFileBytes: 5_000 })
    const pruned = Promise.all([
      prune(folder.path, START + 90 * MINUTE),
      prune(folder.path, START + 120 * MINUTE),
    ])
    for (let at = 0; at < 50; at++) {
      write(folder.path, 1)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await pruned).filter((report) => report !== null)).not.toHaveLength(0)
    expect((await verifyTrail(folder.path, CHECK)).broken).toBeNull()
    expect(recordsIn(folder.path).filter(({ seq }) => seq > 200 - 1).length).toBeGreaterThan(50)
  })

  it('stays as it is when somebody else has pruned it meanwhile', async () => {
    using folder = trailFolder()
    write(folder.path, 30, { from: START, maxFileBytes: 2_000 })
    const trail = openTrail(folder.path)
    const real = trail.recordThen.bind(trail)
    const [first = ''] = fullFiles(folder.path)
    vi.spyOn(trail, 'recordThen').mockImplementation((work) => {
      rmSync(first)
      real(work)
    })
    expect(await pruneTrail(trail, START + 20 * MINUTE, START)).toBeNull()
    trail.close()
    expect(recordsIn(folder.path).map(({ rule }) => rule)).not.toContain('trail-cut')
    expect(fullFiles(folder.path).length).toBeGreaterThan(1)
  })

  it('is one whose torn end is mended first', async () => {
    using folder = trailFolder()
    write(folder.path, 5, { from: START })
    appendFileSync(folder.path, '{"half')
    await prune(folder.path, START + 2 * MINUTE)
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({ torn: false, broken: null })
    await prune(folder.path, START + 3 * MINUTE)
    expect((await verifyTrail(folder.path, { ...CHECK, keys: KEYS })).broken).toBeNull()
    expect(recordsIn(folder.path)[0]?.seq).toBe(4)
  })
})
