import type { Readable } from 'node:stream'
import type { Given } from '../options/parse-command.ts'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'
import { readForm } from './form.ts'
import { urlEncoded } from './url-encode.ts'

/** A body, and the headers that say what it is unless the caller does. */
export interface RequestData {
  readonly body: Buffer | FormData
  /** Undefined where the body says it itself. */
  readonly contentType?: string
  readonly accept?: string
}

/**
 * What `-d`, `--data-raw`, `--data-binary`, `--data-urlencode`, `--json` and `-F` ask to send, in the order in which they are
 * given; undefined when nothing.
 *
 * @throws UsageError when form data and JSON are mixed; CommandError when a file cannot be read
 */
export async function readData(given: readonly Given[], stdin: Readable): Promise<RequestData | undefined> {
  const read = (text: string) => readSource(text, stdin)
  const parts = textsOf(given, 'form')
  const kinds = given.flatMap(({ name }) => (name !== null && DATA_FLAGS.has(name) ? [name] : []))
  if (parts.length > 0) {
    if (kinds.length > 0) throw new UsageError('-F and other data exclude each other')
    return { body: await readForm(parts, read) }
  }
  const isJson = kinds.includes('json')
  if (isJson && kinds.some((name) => name !== 'json'))
    throw new UsageError('--json and form data exclude each other')
  const pieces: Buffer[] = []
  for (const { name, value } of given) {
    if (name === null || !DATA_FLAGS.has(name)) continue
    if (pieces.length > 0 && !isJson) pieces.push(Buffer.from('&'))
    pieces.push(await pieceOf(name, value as string, read))
  }
  if (pieces.length === 0) return undefined
  const body = Buffer.concat(pieces)
  if (isJson) return { body, contentType: 'application/json', accept: 'application/json' }
  return { body, contentType: 'application/x-www-form-urlencoded' }
}

const DATA_FLAGS: ReadonlySet<string> = new Set([
  'data',
  'data-ascii',
  'data-raw',
  'data-binary',
  'data-urlencode',
  'json',
])

async function pieceOf(name: string, text: string, read: (text: string) => Promise<Buffer>): Promise<Buffer> {
  if (name === 'data-raw') return Buffer.from(text)
  if (name === 'data-urlencode') return Buffer.from(await urlEncoded(text, read))
  const bytes = await read(text)
  return isFile(text) && (name === 'data' || name === 'data-ascii') ? withoutLineEnds(bytes) : bytes
}

function textsOf(given: readonly Given[], wanted: string): string[] {
  return given.flatMap(({ name, value }) => (name === wanted ? [value as string] : []))
}

/** The lines of a file, without their ends; empty ones are left out. */
export async function readLines(source: string, stdin: Readable): Promise<string[]> {
  const text = (await readSource(source, stdin)).toString()
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}

function isFile(text: string): boolean {
  return text.startsWith('@')
}

async function readSource(text: string, stdin: Readable): Promise<Buffer> {
  if (!isFile(text)) return Buffer.from(text)
  return readInput(text.slice(1), stdin)
}

/** As curl does with `-d @FILE`. */
function withoutLineEnds(bytes: Buffer): Buffer {
  return bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0) as Buffer
}
