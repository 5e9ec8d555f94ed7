import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../../src/core/index.ts'

const root = mkdtempSync(join(tmpdir(), 'onejar-folder-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('makeFolder()', () => {
  it('makes what is missing, for its owner only, and minds no folder that is there', () => {
    const path = join(root, 'a', 'b', 'c')
    makeFolder(path, 0o700)
    makeFolder(path, 0o700)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700)
  })

  it('says what is in the way', () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    expect(() => makeFolder(join(file, 'below'), 0o700)).toThrow(/EEXIST|ENOTDIR/)
    expect(() => makeFolder(file, 0o700)).toThrow(/EEXIST/)
  })

  it('comes back where no folder can be made', () => {
    expect(() => makeFolder('/proc/none/deeper', 0o700)).toThrow(/ENOENT|EACCES|EPERM|EROFS/)
  })
})
