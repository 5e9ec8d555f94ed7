import { existsSync } from 'node:fs'
import type { SessionResponse } from '../../client/index.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { Output } from '../output.ts'
import type { FetchFlags } from './flags.ts'
import type { Target } from './transfers.ts'

/** A file that a body goes into. */
export interface TargetFile {
  readonly path: string
  readonly output: Output
}

/**
 * Opens what a body goes into; null for stdout. With `-J` the response names the file: its last part, without what a
 * file name cannot or should not have, and never a file that is there.
 *
 * @param url - as it was asked for: `-O` takes the name from there
 * @throws CommandError when it cannot be opened, or there is no name
 */
export function openTarget(
  target: Target,
  url: string,
  headers: SessionResponse['headers'],
  flags: FetchFlags,
): TargetFile | null {
  if (target.kind === 'stdout') return null
  if (target.kind === 'file')
    return { path: target.path, output: Output.toFile(target.path, { secret: false }) }
  const given = flags['remote-header-name'] ? dispositionName(headers['content-disposition']) : null
  const path = given ?? remoteName(url)
  if (given !== null && existsSync(path)) {
    throw new CommandError(`${path} is there already: -J overwrites no file`, EXIT.writeFailed)
  }
  return { path, output: Output.toFile(path, { secret: false }) }
}

/**
 * The last part of a URL's path, as `-O` takes it.
 *
 * @throws CommandError where it has none
 */
export function remoteName(url: string): string {
  const path = /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? ''
  const name = safeName(path.split('/').at(-1) ?? '')
  if (name === null) throw new CommandError('-O: the URL has no file name', EXIT.writeFailed)
  return name
}

/** The file name of a Content-Disposition header; null where it has none that can be used. */
export function dispositionName(header: string | string[] | undefined): string | null {
  const text = typeof header === 'string' ? header : (header?.[0] ?? '')
  const quoted = /(?:^|;)\s*filename\s*=\s*"((?:[^"\\]|\\[\s\S])*)"/i.exec(text)?.[1]
  const name = quoted?.replace(/\\([\s\S])/g, '$1') ?? /(?:^|;)\s*filename\s*=\s*([^\s;]+)/i.exec(text)?.[1]
  if (name === undefined) return null
  // Headers are bytes.
  const decoded = Buffer.from(name, 'latin1').toString()
  return safeName(decoded.split(/[/\\]/).at(-1) ?? '')
}

/** A name as a file in this folder: nothing that leads elsewhere, and nothing that hides or steers. */
function safeName(name: string): string | null {
  const safe = name.replace(/[\p{Cc}\p{Cf}]/gu, '_')
  return safe === '' || safe === '.' || safe === '..' || safe.length > 255 ? null : safe
}
