import { OnejarError } from '../core/index.ts'
import type { HeaderPairs } from './traced-exchange.ts'

/** Of more than this a file is refused: it would not fit into memory several times over. */
const MAX_HAR_BYTES = 256 * 1024 * 1024
/** Above any session that a person would look through. */
const MAX_ENTRIES = 100_000
const MAX_HEADERS = 1_000

/** A response of a HAR file, whoever wrote it. */
export interface HarResponse {
  readonly method: string
  readonly url: URL
  readonly status: number
  readonly headers: HeaderPairs
  /** Decoded; null where the file does not have it. */
  readonly body: Buffer | null
  /** The transport that our own trace names; null in files of others. */
  readonly transport: string | null
}

export interface ReadHar {
  readonly responses: readonly HarResponse[]
  /** Entries without a response, or of another form. */
  readonly skipped: number
}

/**
 * The responses of a HAR file: ours, Chromium's, Firefox's. Everything in it is checked; entries of another form are counted.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT where the file as a whole is no HAR, or too large
 */
export function readHar(bytes: Buffer): ReadHar {
  if (bytes.length > MAX_HAR_BYTES)
    throw bad(`it has ${bytes.length} bytes, and ${MAX_HAR_BYTES} is the most that is read`)
  const file = member(parse(bytes), 'log')
  const entries = member(file, 'entries')
  if (!Array.isArray(entries))
    throw bad('it has no log.entries: export it anew from the browser’s network panel')
  if (entries.length > MAX_ENTRIES)
    throw bad(`it has ${entries.length} entries, and ${MAX_ENTRIES} is the most that is read`)
  const responses = entries.flatMap((entry) => responseOf(entry) ?? [])
  return { responses, skipped: entries.length - responses.length }
}

function parse(bytes: Buffer): unknown {
  const text = bytes.toString()
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    throw bad('it is not JSON')
  }
}

function responseOf(entry: unknown): HarResponse | undefined {
  const [request, response] = [member(entry, 'request'), member(entry, 'response')]
  const url = URL.parse(String(member(request, 'url')))
  const status = member(response, 'status')
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  // Browsers write 0 where no response came.
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 999)
    return undefined
  const method = member(request, 'method')
  const transport = member(entry, '_transport')
  return {
    method: typeof method === 'string' && /^[\w-]{1,20}$/.test(method) ? method : 'GET',
    url,
    status,
    headers: headersOf(member(response, 'headers')),
    body: bodyOf(member(response, 'content')),
    transport: transport === 'http' || transport === 'page-fetch' || transport === 'page' ? transport : null,
  }
}

function headersOf(list: unknown): HeaderPairs {
  if (!Array.isArray(list)) return []
  return list.slice(0, MAX_HEADERS).flatMap((header): [string, string][] => {
    const [name, value] = [member(header, 'name'), member(header, 'value')]
    // HTTP/2 has its status among them.
    if (typeof name !== 'string' || typeof value !== 'string' || name === '' || name.startsWith(':'))
      return []
    return value.split('\n').map((line): [string, string] => [name.toLowerCase(), line])
  })
}

function bodyOf(content: unknown): Buffer | null {
  const text = member(content, 'text')
  if (typeof text !== 'string') return null
  return member(content, 'encoding') === 'base64' ? Buffer.from(text, 'base64') : Buffer.from(text)
}

/** A member of what may be anything. */
function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function bad(what: string): OnejarError {
  return new OnejarError('ONEJAR_BAD_INPUT', `The HAR file cannot be read: ${what}`)
}
