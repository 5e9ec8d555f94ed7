import type { Readable } from 'node:stream'
import type { RequestOptions } from '../../client/index.ts'
import { secondsFlag } from '../parse-flags.ts'
import { UsageError } from '../usage-error.ts'
import { type RequestData, readData, readLines } from './data.ts'
import type { FetchFlags } from './flags.ts'

/** A request as the command line asks for it. */
export interface AskedRequest {
  readonly url: string
  readonly options: RequestOptions
}

/**
 * The request that flags describe.
 *
 * @throws UsageError, CommandError
 */
export async function askedRequest(word: string, flags: FetchFlags, stdin: Readable): Promise<AskedRequest> {
  const given = await readData(flags, stdin)
  const url = flags.get && given ? withQuery(withScheme(word), given) : withScheme(word)
  const data = flags.get ? undefined : given
  if (flags.head && data) throw new UsageError('-I and data exclude each other')
  if (flags.render && (flags.head || data || (flags.request ?? 'GET').toUpperCase() !== 'GET')) {
    throw new UsageError('--render loads a page: it takes neither data nor a method')
  }
  const { headers, omitHeaders } = await askedHeaders(flags, data, stdin)
  const method = flags.request ?? (flags.head ? 'HEAD' : data ? 'POST' : undefined)
  const form = data?.accept === undefined && data !== undefined
  return {
    url,
    options: {
      ...(method === undefined ? {} : { method }),
      ...(headers.length === 0 ? {} : { headers }),
      ...(omitHeaders.length === 0 ? {} : { omitHeaders }),
      ...(data ? { body: data.body } : {}),
      ...(form && URL.canParse(url) ? { context: { kind: 'form', initiator: new URL(url).origin } } : {}),
      ...(flags['no-location'] ? { redirect: 'manual' } : {}),
      ...(flags['max-time'] === undefined ? {} : { timeoutMs: secondsFlag(flags['max-time'], '--max-time') }),
      ...(flags.render ? { render: true } : {}),
      ...(flags['no-escalate'] ? { escalate: false } : {}),
    },
  }
}

/** `-G`: what would be the body goes into the query. */
function withQuery(url: string, { body }: RequestData): string {
  if (body instanceof FormData) throw new UsageError('-G and -F exclude each other')
  const [address = '', ...hash] = url.split('#')
  const query = `${address}${address.includes('?') ? '&' : '?'}${body.toString()}`
  return hash.length === 0 ? query : `${query}#${hash.join('#')}`
}

/** As curl: what has no scheme is http. */
function withScheme(word: string): string {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(word) ? word : `http://${word}`
}

/** `-b` takes cookies when there is a `=` in it, and a file otherwise, as with curl. */
export function isCookieText(text: string): boolean {
  return text.includes('=')
}

interface AskedHeaders {
  readonly headers: [string, string][]
  readonly omitHeaders: readonly string[]
}

async function askedHeaders(
  flags: FetchFlags,
  data: RequestData | undefined,
  stdin: Readable,
): Promise<AskedHeaders> {
  const lines: string[] = []
  for (const line of flags.header ?? []) {
    if (line.startsWith('@')) lines.push(...(await readLines(line, stdin)))
    else lines.push(line)
  }
  const asked = lines.map(parseHeader)
  const headers = asked.filter((header): header is [string, string] => header[1] !== null)
  const omitHeaders = asked.flatMap(([name, value]) => (value === null ? [name] : []))
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !headers.some(([held]) => held.toLowerCase() === name))
      headers.push([name, value])
  }
  add('content-type', data?.contentType)
  add('accept', data?.accept)
  add('authorization', flags.user === undefined ? undefined : basicCredentials(flags.user))
  add('referer', flags.referer)
  const cookies = (flags.cookie ?? []).filter(isCookieText)
  if (cookies.length > 0) headers.push(['cookie', cookies.join('; ')])
  return { headers, omitHeaders }
}

/** `-u NAME:PASSWORD`; curl would ask for a password that is not there. */
function basicCredentials(text: string): string {
  if (!text.includes(':')) throw new UsageError('-u takes NAME:PASSWORD')
  return `Basic ${Buffer.from(text).toString('base64')}`
}

/** A header line as curl takes it; null for `Name:`, which keeps the header from being sent. */
function parseHeader(line: string): [string, string | null] {
  const [, name = '', separator, rest = ''] = /^([!#$%&'*+.^_`|~\w-]+)\s*([:;])(.*)$/s.exec(line) ?? []
  const value = rest.trim()
  if (separator === undefined || (separator === ';' && value !== '')) {
    throw new UsageError(
      `a header has the form "Name: value" (${name === '' ? 'one has no name' : name} has not)`,
    )
  }
  if (separator !== ':' || value !== '') return [name, value]
  if (/^(?:host|connection|content-length|transfer-encoding)$/i.test(name)) {
    throw new UsageError(`the header ${name} cannot be left out`)
  }
  return [name, null]
}
