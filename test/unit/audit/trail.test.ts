import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyTrail } from '../../../src/audit/index.ts'
import { fullFiles, fullName } from '../../../src/audit/trail-files.ts'
import { CHECK, trailFolder, write } from './a-trail.ts'

describe('a trail', () => {
  it('that is empty is whole', async () => {
    using folder = trailFolder()
    write(folder.path, 0)
    expect(await verifyTrail(folder.path, CHECK)).toEqual({
      records: 0,
      files: 1,
      firstSeq: 0,
      firstAt: null,
      lastAt: null,
      torn: false,
      cut: null,
      broken: null,
    })
  })

  it('goes on in a new file when one is full, in one chain', async () => {
    using folder = trailFolder()
    write(folder.path, 10, { maxFileBytes: 1_000 })
    const files = fullFiles(folder.path)
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) expect(statSync(file).size).toBeGreaterThanOrEqual(1_000)
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({
      records: 10,
      files: files.length + 1,
      firstSeq: 1,
      firstAt: '2023-11-14T22:13:20.000Z',
      broken: null,
    })
    // The first files may be kept elsewhere.
    rmSync(files[0] as string)
    expect((await verifyTrail(folder.path, CHECK)).broken?.reason).toBe('begins after the first record')
    const rest = await verifyTrail(folder.path, { ...CHECK, partial: true })
    expect(rest.broken).toBeNull()
    expect(rest.firstSeq).toBeGreaterThan(1)
  })

  it('says that its last line is torn, and the next writer cuts that off and says so', async () => {
    using folder = trailFolder()
    write(folder.path, 2)
    appendFileSync(folder.path, '{"half')
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({ records: 2, torn: true, broken: null })
    write(folder.path, 0)
    const last = readFileSync(folder.path, 'utf8').trimEnd().split('\n').at(-1) as string
    expect(JSON.parse(last)).toMatchObject({
      seq: 3,
      rule: 'trail-repaired',
      session: null,
      facts: { bytes: 6 },
    })
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({ records: 3, torn: false, broken: null })
  })

  it('takes in a record that a killed writer left without saying so', async () => {
    using folder = trailFolder()
    using other = trailFolder()
    write(other.path, 3)
    const [, , third] = readFileSync(other.path, 'utf8').split('\n')
    write(folder.path, 2)
    appendFileSync(folder.path, `${third}\n`)
    write(folder.path, 1)
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({ records: 4, broken: null })
  })

  it.each([
    ['shorter than it was left', (path: string) => truncateSync(path, statSync(path).size - 1), 'is shorter'],
    ['written to by something else', (path: string) => appendFileSync(path, 'a line\n'), 'something else'],
    [
      'written to at length',
      (path: string) => appendFileSync(path, Buffer.alloc(64 * 16_384 + 1)),
      'something else',
    ],
  ])('that is %s is not written any further', (_what, spoil, reason) => {
    using folder = trailFolder()
    write(folder.path, 2)
    spoil(folder.path)
    const before = readFileSync(folder.path)
    expect(() => write(folder.path, 1)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_AUDIT_FAILED', message: expect.stringContaining(reason) }),
    )
    expect(readFileSync(folder.path).equals(before)).toBe(true)
  })

  it('whose key is gone can be looked at by its links alone', async () => {
    using folder = trailFolder()
    write(folder.path, 2)
    const without = { ...CHECK, keys: [] }
    expect((await verifyTrail(folder.path, without)).broken?.reason).toContain('key ring')
    expect((await verifyTrail(folder.path, { ...without, linksOnly: true })).broken).toBeNull()
  })

  it('cannot be opened where a folder stands, and says which path', () => {
    using folder = trailFolder()
    const path = join(folder.path, '..')
    expect(() => write(path, 0)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_AUDIT_FAILED', details: { path } }),
    )
  })
})

describe('full files', () => {
  it('are named by their last record, so that they sort', () => {
    expect(fullName('/a/audit.jsonl', 42)).toBe('/a/audit.jsonl.000000000042')
  })

  it('are those of the trail alone', () => {
    using folder = trailFolder()
    for (const name of ['.000000000010', '.000000000002', '.head', '.12', '.00000000000x', '2.000000000001'])
      writeFileSync(`${folder.path}${name}`, '')
    expect(fullFiles(folder.path).map((file) => basename(file))).toEqual([
      'audit.jsonl.000000000002',
      'audit.jsonl.000000000010',
    ])
  })
})
