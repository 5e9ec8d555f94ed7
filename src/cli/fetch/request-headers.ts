import type { Readable } from 'node:stream'
import { UsageError } from '../usage-error.ts'
import { type RequestData, readLines } from './data.ts'
import type { FetchFlags } from './flags.ts'

/** `-b` takes cookies when there is a `=` in it, and a file otherwise, as with curl. */
export function isCookieText(text: string): boolean {
  return text.includes('=')
}

export interface AskedHeaders {
  readonly headers: [string, string][]
  readonly omitHeaders: readonly string[]
}

/**
 * The headers that flags ask for, in their order, and those that are left out.
 *
 * @throws UsageError, CommandError
 */
export async function askedHeaders(
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
  add('authorization', authorization(flags))
  add('range', flags.range === undefined ? undefined : `bytes=${range(flags.range)}`)
  add('referer', flags.referer)
  const cookies = (flags.cookie ?? []).filter(isCookieText)
  if (cookies.length > 0) headers.push(['cookie', cookies.join('; ')])
  return { headers, omitHeaders }
}

function authorization(flags: FetchFlags): string | undefined {
  // As with curl the token counts where both are given.
  const token = flags['oauth2-bearer']
  if (token !== undefined) return `Bearer ${token}`
  return flags.user === undefined ? undefined : basicCredentials(flags.user)
}

/** As curl: a number alone is where the part begins. */
function range(text: string): string {
  if (!/^[\d,\- ]*\d[\d,\- ]*$/.test(text)) throw new UsageError('-r takes a range: 0-499, 500- or -500')
  return /^\d+$/.test(text) ? `${text}-` : text
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
