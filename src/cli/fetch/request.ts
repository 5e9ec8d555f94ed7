import type { Readable } from 'node:stream'
import type { RequestOptions } from '../../session/index.ts'
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
  const url = withScheme(word)
  const data = await readData(flags, stdin)
  if (flags.head && data) throw new UsageError('-I and data exclude each other')
  if (flags.render && (flags.head || data || (flags.request ?? 'GET').toUpperCase() !== 'GET')) {
    throw new UsageError('--render loads a page: it takes neither data nor a method')
  }
  const headers = await askedHeaders(flags, data, stdin)
  const method = flags.request ?? (flags.head ? 'HEAD' : data ? 'POST' : undefined)
  const form = data?.accept === undefined && data !== undefined
  return {
    url,
    options: {
      ...(method === undefined ? {} : { method }),
      ...(headers.length === 0 ? {} : { headers }),
      ...(data ? { body: data.body } : {}),
      ...(form && URL.canParse(url) ? { context: { kind: 'form', initiator: new URL(url).origin } } : {}),
      ...(flags['no-location'] ? { redirect: 'manual' } : {}),
      ...(flags['max-time'] === undefined ? {} : { timeoutMs: secondsFlag(flags['max-time'], '--max-time') }),
      ...(flags.render ? { render: true } : {}),
      ...(flags['no-escalate'] ? { escalate: false } : {}),
    },
  }
}

/** As curl: what has no scheme is http. */
function withScheme(word: string): string {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(word) ? word : `http://${word}`
}

/** `-b` takes cookies when there is a `=` in it, and a file otherwise, as with curl. */
export function isCookieText(text: string): boolean {
  return text.includes('=')
}

async function askedHeaders(
  flags: FetchFlags,
  data: RequestData | undefined,
  stdin: Readable,
): Promise<[string, string][]> {
  const lines: string[] = []
  for (const line of flags.header ?? []) {
    if (line.startsWith('@')) lines.push(...(await readLines(line, stdin)))
    else lines.push(line)
  }
  const headers = lines.map(parseHeader)
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !headers.some(([held]) => held.toLowerCase() === name))
      headers.push([name, value])
  }
  add('content-type', data?.contentType)
  add('accept', data?.accept)
  const cookies = (flags.cookie ?? []).filter(isCookieText)
  if (cookies.length > 0) headers.push(['cookie', cookies.join('; ')])
  return headers
}

function parseHeader(line: string): [string, string] {
  const [, name = '', separator, rest = ''] = /^([!#$%&'*+.^_`|~\w-]+)\s*([:;])(.*)$/s.exec(line) ?? []
  const value = rest.trim()
  if (separator === undefined || (separator === ';' && value !== '')) {
    throw new UsageError(
      `a header has the form "Name: value" (${name === '' ? 'one has no name' : name} has not)`,
    )
  }
  if (separator === ':' && value === '') {
    throw new UsageError(`the header ${name} has no value; to send it empty write "${name};"`)
  }
  return [name, value]
}
