import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OnejarError } from '../core/index.ts'

/** What the name of a store means. */
export type StorePlace =
  | { readonly kind: 'memory' }
  | { readonly kind: 'redis'; readonly url: string }
  /** `path` is absolute. */
  | { readonly kind: 'file'; readonly path: string }
  /** A JavaScript module whose default export is a store that is brought along; `path` is absolute. */
  | { readonly kind: 'module'; readonly path: string }

const REDIS = /^rediss?(-cluster)?:\/\//i
/** Two letters at least: one is a drive of Windows. */
const SCHEME = /^([a-z][a-z\d+.-]+):/i

/**
 * What a name means: `memory` (or `memory:`), a file path, `sqlite:PATH`, `file:` URLs, `redis://` with its kin, and
 * `module:PATH` for a store that is brought along. What looks like another scheme is refused: nobody means a file of the name `postgres://db` or `redis:localhost`.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function storePlace(target: string): StorePlace {
  if (/^memory(?::(?:\/\/)?)?$/i.test(target) || target === ':memory:') return { kind: 'memory' }
  if (REDIS.test(target)) return { kind: 'redis', url: target }
  if (/^module:/i.test(target)) return { kind: 'module', path: modulePath(target.slice('module:'.length)) }
  return { kind: 'file', path: filePath(target) }
}

function filePath(target: string): string {
  if (/^file:/i.test(target)) return fileUrlPath(target)
  const isSqlite = /^sqlite3?:/i.test(target)
  const path = isSqlite ? target.replace(/^sqlite3?:/i, '').replace(/^\/\/(?=\/)/, '') : target
  if (path.includes('\0')) throw bad('a file path holds no NUL character')
  if (path.trim() === '' || path === ':memory:') throw bad('it names no file; a store in memory is "memory"')
  const scheme = SCHEME.exec(path)?.[1]
  if (scheme !== undefined && !(isSqlite && !path.includes('://'))) throw bad(hintFor(scheme.toLowerCase()))
  return resolve(path)
}

function modulePath(path: string): string {
  if (path.includes('\0') || path.trim() === '')
    throw bad('module: is followed by the path of a JavaScript module')
  return resolve(path)
}

function hintFor(scheme: string): string {
  if (/^rediss?(?:-cluster)?$/.test(scheme)) return `Redis is written ${scheme}://HOST:PORT`
  if (scheme === 'memory') return 'a store in memory is "memory", and nothing follows'
  if (/unix/.test(scheme)) return 'a Unix socket cannot be asked; Redis is written redis://HOST:PORT'
  return `there is no store ${scheme}:; for a file of such a name write sqlite:PATH`
}

/** `file:NAME` is a path too, as SQLite has it. */
function fileUrlPath(target: string): string {
  try {
    return target.startsWith('file:/') ? fileURLToPath(target) : resolve(target.replace(/^file:/i, ''))
  } catch (cause) {
    throw bad('its file: URL names no file on this machine', cause)
  }
}

function bad(why: string, cause?: unknown): OnejarError {
  const what = `The store is neither memory, nor a file path, nor a redis URL: ${why}`
  return new OnejarError('ONEJAR_BAD_OPTIONS', what, cause === undefined ? undefined : { cause })
}
