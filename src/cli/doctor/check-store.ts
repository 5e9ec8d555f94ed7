import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isOnejarError, whyOfFile } from '../../core/index.ts'
import { openStore, storeHome } from '../../store/index.ts'
import type { Finding } from './finding.ts'

/**
 * The file of the embedded store, its keys, and whether the sessions in it can be read. Changes nothing: a store that
 * is not there yet is not made.
 *
 * @param path - of the database; the default store's when left out
 */
export async function checkFileStore(path = join(storeHome(), 'onejar.db')): Promise<Finding[]> {
  const file = await stat(path).catch(() => null)
  if (!file) return [await checkFolder(path)]
  const facts = { path, sizeBytes: file.size }
  if (!file.isFile()) {
    return [
      {
        part: 'Store',
        state: 'wrong',
        found: `${path} is not a regular file`,
        fix: 'choose another file with --store or ONEJAR_HOME',
        facts,
      },
    ]
  }
  if (!(await canWrite(path))) {
    return [
      { part: 'Store', state: 'wrong', found: `${path} cannot be written`, fix: `chmod u+rw ${path}`, facts },
    ]
  }
  const keys = await checkKeys(`${path}.key`)
  if (keys.state === 'wrong') return [keys]
  try {
    const layout = readLayout(path)
    await using store = await openStore({ target: path }, { unreadable: 'refuse-store' })
    let sessions = 0
    for await (const _ of store.list()) sessions++
    return [
      {
        part: 'Store',
        state: 'ok',
        found: `${path} (layout ${layout}, ${sessions} sessions, ${file.size} bytes)`,
        facts: { ...facts, layout, sessions },
      },
      keys,
    ]
  } catch (error) {
    const found = isOnejarError(error) ? error.message : `${path}: ${whyOfFile(error)}`
    const fix = isOnejarError(error, 'ONEJAR_STORE_VERSION')
      ? 'upgrade Onejar, or choose another file with --store or ONEJAR_HOME'
      : 'choose another file with --store or ONEJAR_HOME, or mend this one from a copy'
    return [{ part: 'Store', state: 'wrong', found, fix, facts }, keys]
  }
}

/** Whether a store that is brought along can be opened and read. */
export async function checkModuleStore(target: string): Promise<Finding> {
  const facts = { target }
  try {
    await using store = await openStore({ target }, { unreadable: 'refuse-store' })
    let sessions = 0
    for await (const _ of store.list()) sessions++
    return {
      part: 'Store',
      state: 'ok',
      found: `${target} (${sessions} sessions)`,
      facts: { ...facts, sessions },
    }
  } catch (error) {
    const found = isOnejarError(error) ? error.message : `${target}: ${whyOfFile(error)}`
    return { part: 'Store', state: 'wrong', found, fix: 'mend the module, or what it connects to', facts }
  }
}

/** Where the keys of a shared store come from. */
export async function checkSharedKeys(): Promise<Finding> {
  if (areGiven()) return fromEnvironment()
  const path = join(storeHome(), 'onejar.key')
  return {
    part: 'Keys',
    state: 'note',
    found: `neither ONEJAR_KEYS nor ONEJAR_KEYS_FILE is set; the key file ${path} is this machine's only`,
    fix: 'set ONEJAR_KEYS to the same keys on every machine that uses the store (onejar keys generate makes one)',
    facts: { source: 'file', path },
  }
}

async function checkKeys(path: string): Promise<Finding> {
  if (areGiven()) return fromEnvironment()
  const file = await stat(path).catch(() => null)
  if (!file) {
    return {
      part: 'Keys',
      state: 'wrong',
      found: `the key file ${path} is missing: what is in the store cannot be read`,
      fix: 'put the key file back, or set ONEJAR_KEYS; without the keys, remove the store and begin afresh',
      facts: { source: 'file', path },
    }
  }
  const mode = (file.mode & 0o777).toString(8).padStart(4, '0')
  const facts = { source: 'file', path, mode }
  if ((file.mode & 0o077) !== 0) {
    return {
      part: 'Keys',
      state: 'wrong',
      found: `the key file ${path} has mode ${mode}: others can read it`,
      fix: `chmod 600 ${path}; if others may have read it, onejar keys rotate --drop-old`,
      facts,
    }
  }
  return { part: 'Keys', state: 'ok', found: `${path} (mode ${mode})`, facts }
}

function areGiven(): boolean {
  return Boolean(process.env['ONEJAR_KEYS'] || process.env['ONEJAR_KEYS_FILE'])
}

/** Whether they are any good is seen when the store is opened. */
function fromEnvironment(): Finding {
  const path = process.env['ONEJAR_KEYS_FILE']
  if (process.env['ONEJAR_KEYS'] || !path)
    return { part: 'Keys', state: 'ok', found: 'from ONEJAR_KEYS', facts: { source: 'environment' } }
  return { part: 'Keys', state: 'ok', found: `${path} (ONEJAR_KEYS_FILE)`, facts: { source: 'file', path } }
}

async function checkFolder(path: string): Promise<Finding> {
  let folder = dirname(path)
  while (!(await stat(folder).catch(() => null)) && dirname(folder) !== folder) folder = dirname(folder)
  const facts = { path, exists: false }
  if (!(await canWrite(folder))) {
    return {
      part: 'Store',
      state: 'wrong',
      found: `${path} does not exist, and ${folder} cannot be written`,
      fix: `let ONEJAR_HOME name a folder that can be written, or: chmod u+rwx ${folder}`,
      facts,
    }
  }
  return { part: 'Store', state: 'ok', found: `${path} (made at the first use)`, facts }
}

/** The layout's number; 0 when the file is no store, which opening it then says. */
function readLayout(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  } finally {
    db.close()
  }
}

function canWrite(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}
