import type { Readable } from 'node:stream'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'
import type { FetchFlags } from './flags.ts'
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
 * What `-d`, `--data-raw`, `--data-binary`, `--data-urlencode`, `--json` and `-F` ask to send; undefined when nothing.
 *
 * @throws UsageError when form data and JSON are mixed; CommandError when a file cannot be read
 */
export async function readData(flags: FetchFlags, stdin: Readable): Promise<RequestData | undefined> {
  const read = (text: string) => readSource(text, stdin)
  const form = [
    ...(await Promise.all(
      [...(flags.data ?? []), ...(flags['data-ascii'] ?? [])].map(async (text) =>
        isFile(text) ? withoutLineEnds(await read(text)) : text,
      ),
    )),
    ...(flags['data-raw'] ?? []),
    ...(await Promise.all((flags['data-binary'] ?? []).map(read))),
    ...(await Promise.all((flags['data-urlencode'] ?? []).map((text) => urlEncoded(text, read)))),
  ]
  const parts = flags.form ?? []
  if (parts.length > 0) {
    if (form.length > 0 || flags.json) throw new UsageError('-F and other data exclude each other')
    return { body: await readForm(parts, read) }
  }
  const json = await Promise.all((flags.json ?? []).map(read))
  if (form.length > 0 && json.length > 0) throw new UsageError('--json and form data exclude each other')
  if (json.length > 0) {
    const body = Buffer.concat(json.map((part) => Buffer.from(part)))
    return { body, contentType: 'application/json', accept: 'application/json' }
  }
  if (form.length === 0) return undefined
  const joined = form.flatMap((part, at) =>
    at === 0 ? [Buffer.from(part)] : [Buffer.from('&'), Buffer.from(part)],
  )
  return { body: Buffer.concat(joined), contentType: 'application/x-www-form-urlencoded' }
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
