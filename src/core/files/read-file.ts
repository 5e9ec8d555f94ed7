import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { FileRefusal } from './file-refusal.ts'

/** The checks that a file must pass before its content is used. */
export interface ReadRule {
  /** A larger file is refused. */
  readonly maxBytes: number
  /**
   * For secrets: the file has to belong to this user or to root. A file that others may read or write is refused
   * (`refuse`), or made private first (`close`). Default: the owner does not matter.
   */
  readonly ifOpenToOthers?: 'refuse' | 'close'
}

const CHUNK_BYTES = 64 * 1024
/** Opening never waits: a FIFO without a writer would hold the process for ever. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/**
 * Reads a regular file, or the file that a link leads to. All checks are made on the open descriptor, so that nobody can
 * swap the file in between.
 *
 * @throws FileRefusal when it is no regular file, too large, or fails a check of the rule; the system's errors
 */
export function readFileWithin(path: string, rule: ReadRule): Buffer {
  const fd = openSync(path, FLAGS)
  try {
    const stats = fstatSync(fd)
    assertRegular(stats)
    if (rule.ifOpenToOthers !== undefined) guardSecret(fd, stats, rule.ifOpenToOthers)
    if (stats.size > rule.maxBytes) throw tooLarge(rule.maxBytes)
    return readAll(fd, stats.size, rule.maxBytes)
  } finally {
    closeSync(fd)
  }
}

/**
 * Opens a regular file, to be read in pieces.
 *
 * @throws FileRefusal when it is no regular file; the system's errors
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, FLAGS)
  try {
    assertRegular(await file.stat())
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** @throws FileRefusal unless it is a regular file: a device or a pipe may never end */
export function assertRegular(stats: Stats): void {
  if (!stats.isFile()) throw new FileRefusal(`it is ${kindOf(stats)}, not a regular file`)
}

/** The kind of something that is no regular file. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (stats.isFIFO()) return 'a pipe'
  return stats.isSocket() ? 'a socket' : 'a device'
}

/** Whether a file belongs to this user or to root: nobody else can change its permissions afterwards. */
function isOwn(stats: Stats): boolean {
  const user = process.geteuid?.()
  return user === undefined || stats.uid === user || stats.uid === 0
}

function guardSecret(fd: number, stats: Stats, ifOpen: 'refuse' | 'close'): void {
  if (process.platform === 'win32') return
  if (!isOwn(stats)) {
    throw new FileRefusal(
      `it belongs to another user (uid ${stats.uid}), who could read and change it: chown it to uid ${process.geteuid?.()}`,
    )
  }
  if ((stats.mode & 0o077) === 0) return
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
  if (ifOpen === 'refuse') throw new FileRefusal(`others may read or write it (mode ${mode})`)
  try {
    fchmodSync(fd, stats.mode & 0o700)
  } catch {
    throw new FileRefusal(`others may read or write it (mode ${mode}), and this user cannot change that`)
  }
}

function readAll(fd: number, expectedBytes: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = []
  let total = 0
  // One byte more than expected, to detect the end. Files in /proc report no size.
  for (let ask = expectedBytes + 1; ; ask = CHUNK_BYTES) {
    const chunk = Buffer.allocUnsafe(ask)
    const got = readSync(fd, chunk, 0, ask, null)
    if (got === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    total += got
    if (total > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk.subarray(0, got))
  }
}

function tooLarge(maxBytes: number): FileRefusal {
  return new FileRefusal(`it is larger than ${maxBytes} bytes`)
}
