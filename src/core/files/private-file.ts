import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { FileRefusal } from './file-refusal.ts'
import { assertRegular, kindOf } from './read-file.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/** The files that SQLite keeps beside a database; it creates them with the database's own mode. */
const BESIDE = ['-wal', '-shm', '-journal'] as const

/**
 * Creates a database file when there is none, and makes it private to its owner, with the files that SQLite keeps beside
 * it. A link is followed when it belongs to this user. Never opens an existing file: closing it again would drop the locks
 * that this process holds on it.
 *
 * @throws FileRefusal when something in its place is no regular file, is somebody else's link, or stays open to others;
 *   the system's errors
 */
export function claimDatabase(path: string): void {
  const link = lstatSync(path, { throwIfNoEntry: false })
  if (link === undefined) makeEmpty(path)
  else if (link.isSymbolicLink()) {
    const user = process.geteuid?.()
    if (user !== undefined && link.uid !== user && link.uid !== 0)
      throw new FileRefusal('it is a link that another user has made')
  }
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new FileRefusal('it is a link to nothing')
  assertRegular(stats)
  const real = realpathSync(path)
  closeToOthers(real, stats.mode)
  for (const suffix of BESIDE) {
    const beside = lstatSync(`${real}${suffix}`, { throwIfNoEntry: false })
    if (beside === undefined) continue
    if (!beside.isFile())
      throw new FileRefusal(`${suffix} beside it is ${kindOf(beside)}, not a regular file`)
    closeToOthers(`${real}${suffix}`, beside.mode)
  }
}

/**
 * A file that only grows, open to be read and appended to, for its owner only; made where there is none. A link is not
 * followed.
 *
 * @returns its descriptor
 * @throws FileRefusal when it is no regular file; the system's errors (ELOOP for a link)
 */
export function openToAppend(path: string): number {
  const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    const stats = fstatSync(fd)
    assertRegular(stats)
    if ((stats.mode & 0o077) !== 0) fchmodSync(fd, 0o600)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function makeEmpty(path: string): void {
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_RDWR, 0o600))
  } catch (error) {
    // Another process may have created it first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function closeToOthers(path: string, mode: number): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  try {
    chmodSync(path, mode & 0o700)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A file that SQLite removes during the check is no longer open to others; one that cannot be changed stays as it is.
    if (code === 'ENOENT' || code === 'EROFS') return
    const shown = (mode & 0o777).toString(8).padStart(4, '0')
    throw new FileRefusal(`others may read or write it (mode ${shown}), and this user cannot change that`)
  }
}
