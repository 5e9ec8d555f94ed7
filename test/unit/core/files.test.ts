import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  claimDatabase,
  createPrivateFile,
  FileDraft,
  FileRefusal,
  openRegular,
  openToAppend,
  readFileWithin,
  writePrivateFile,
} from '../../../src/core/index.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-files-'))
  path = join(folder, 'file')
})
afterEach(() => rmSync(folder, { recursive: true }))

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)
const put = (file: string, mode: number, text = 'text') => {
  writeFileSync(file, text)
  chmodSync(file, mode)
}
const makePipe = (file: string) => execFileSync('mkfifo', [file])

describe('reading', () => {
  const maxBytes = 100
  it('reads a regular file, and one that a link leads to', () => {
    put(path, 0o644)
    symlinkSync(path, join(folder, 'link'))
    expect(readFileWithin(path, { maxBytes }).toString()).toBe('text')
    expect(readFileWithin(join(folder, 'link'), { maxBytes }).toString()).toBe('text')
  })

  it('reads what has no size', () => {
    expect(readFileWithin('/proc/self/status', { maxBytes: 100_000 }).toString()).toContain('Pid:')
  })

  it('refuses at once what may never begin or end', async () => {
    makePipe(path)
    symlinkSync('/dev/zero', join(folder, 'zero'))
    for (const file of [path, join(folder, 'zero'), '/dev/zero', folder]) {
      expect(() => readFileWithin(file, { maxBytes })).toThrow(FileRefusal)
      await expect(openRegular(file)).rejects.toThrow(FileRefusal)
    }
  })

  it('refuses what is larger than it may be', () => {
    put(path, 0o600, 'x'.repeat(101))
    expect(() => readFileWithin(path, { maxBytes })).toThrow('larger than 100 bytes')
  })

  it('refuses a secret that others may read, or closes it to them', () => {
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      put(path, mode)
      expect(() => readFileWithin(path, { maxBytes, ifOpenToOthers: 'refuse' })).toThrow('others may read')
      expect(readFileWithin(path, { maxBytes, ifOpenToOthers: 'close' }).toString()).toBe('text')
      expect(modeOf(path)).toBe('600')
    }
  })

  it('refuses a secret that belongs to another user', () => {
    put(path, 0o600)
    // Only root can give a file away; who is not root is taken for somebody else.
    if (process.geteuid?.() === 0) chownSync(path, 12_345, 12_345)
    else vi.spyOn(process, 'geteuid').mockReturnValue(12_345)
    for (const ifOpenToOthers of ['refuse', 'close'] as const)
      expect(() => readFileWithin(path, { maxBytes, ifOpenToOthers })).toThrow('another user')
    vi.restoreAllMocks()
  })
})

describe('writing', () => {
  it('closes what was open to others, and leaves no trace of the draft', () => {
    for (const mode of [0o644, 0o666, 0o400]) {
      rmSync(path, { force: true })
      put(path, mode, 'before')
      writePrivateFile(path, 'after')
      expect(readFileSync(path, 'utf8')).toBe('after')
      expect(modeOf(path)).toBe('600')
    }
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('writes to no other name of a file', () => {
    put(path, 0o644, 'before')
    linkSync(path, join(folder, 'other'))
    writePrivateFile(path, 'secret')
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('before')
  })

  it('refuses a link, one to nothing too, a pipe and a folder', () => {
    const target = join(folder, 'target')
    put(target, 0o644, 'before')
    symlinkSync(target, join(folder, 'link'))
    symlinkSync(join(folder, 'nothing'), join(folder, 'dangling'))
    makePipe(join(folder, 'pipe'))
    mkdirSync(join(folder, 'sub'))
    for (const name of ['link', 'dangling', 'pipe', 'sub'])
      expect(() => writePrivateFile(join(folder, name), 'secret')).toThrow(FileRefusal)
    expect(readFileSync(target, 'utf8')).toBe('before')
    expect(readlinkSync(join(folder, 'link'))).toBe(target)
    expect(readdirSync(folder).sort()).toEqual(['dangling', 'link', 'pipe', 'sub', 'target'])
  })

  it('keeps the mode of a file without secrets', () => {
    put(path, 0o640)
    const draft = new FileDraft(path, { mode: undefined })
    draft.commit()
    expect(modeOf(path)).toBe('640')
  })

  it('leaves what was there when a draft is given up', () => {
    put(path, 0o644, 'before')
    const draft = new FileDraft(path)
    writeFileSync(draft.fd, 'half')
    draft.discard()
    draft.discard()
    expect(readFileSync(path, 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('makes a file once', () => {
    expect(createPrivateFile(path, 'first')).toBe(true)
    expect(createPrivateFile(path, 'second')).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe('first')
    expect(modeOf(path)).toBe('600')
  })
})

describe('files that stay open', () => {
  it('closes a database and what is beside it to others', () => {
    const all = ['', '-wal', '-shm', '-journal'].map((suffix) => `${path}${suffix}`)
    for (const file of all) put(file, 0o666)
    claimDatabase(path)
    expect(all.map(modeOf)).toEqual(['600', '600', '600', '600'])
  })

  it('makes a database for its owner only', () => {
    claimDatabase(path)
    expect(modeOf(path)).toBe('600')
  })

  it('takes a link of this user, and nothing that is no file', () => {
    const link = join(folder, 'link')
    put(path, 0o644)
    symlinkSync(path, link)
    claimDatabase(link)
    expect(modeOf(path)).toBe('600')
    makePipe(join(folder, 'pipe'))
    symlinkSync('/dev/null', join(folder, 'null'))
    symlinkSync(path, `${path}-wal`)
    for (const name of ['pipe', 'null', 'file'])
      expect(() => claimDatabase(join(folder, name))).toThrow(FileRefusal)
  })

  it('appends to no link, pipe or device, and closes a file to others', () => {
    put(path, 0o666)
    closeSync(openToAppend(path))
    expect(modeOf(path)).toBe('600')
    symlinkSync(path, join(folder, 'link'))
    makePipe(join(folder, 'pipe'))
    expect(() => openToAppend(join(folder, 'link'))).toThrow('ELOOP')
    expect(() => openToAppend(join(folder, 'pipe'))).toThrow(FileRefusal)
    expect(() => openToAppend('/dev/null')).toThrow(FileRefusal)
  })
})
