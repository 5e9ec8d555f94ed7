import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { RequestOptions } from '../../client/index.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import type { Given } from '../options/parse-command.ts'
import { secondsFlag } from '../options/values.ts'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'
import { type RequestData, readData } from './data.ts'
import type { FetchFlags } from './flags.ts'
import { askedHeaders } from './request-headers.ts'
import type { Transfer } from './transfers.ts'

/** A request as the command line asks for it. */
export interface AskedRequest {
  readonly url: string
  readonly options: RequestOptions
}

/** What all requests of a command line have in common: files and stdin are read once. */
export interface CommonRequest {
  readonly data: RequestData | undefined
  readonly headers: Awaited<ReturnType<typeof askedHeaders>>
  readonly stdin: Readable
}

/** `--max-redirs -1`. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/**
 * Reads what the flags name.
 *
 * @throws UsageError, CommandError
 */
export async function commonRequest(
  flags: FetchFlags,
  given: readonly Given[],
  stdin: Readable,
): Promise<CommonRequest> {
  const data = await readData(given, stdin)
  const uploads = flags['upload-file'] !== undefined
  if (flags.head && data && !flags.get) throw new UsageError('-I and data exclude each other')
  if (uploads && (data || flags.head)) throw new UsageError('-T and data, or -I, exclude each other')
  const sends = flags.head || data || uploads || (flags.request ?? 'GET').toUpperCase() !== 'GET'
  if (flags.render && sends) {
    throw new UsageError('--render loads a page: it takes neither data nor a method')
  }
  return { data, stdin, headers: await askedHeaders(flags, flags.get ? undefined : data, stdin) }
}

/**
 * The request that flags describe, for one URL.
 *
 * @throws UsageError, CommandError
 */
export async function askedRequest(
  { word, upload }: Transfer,
  flags: FetchFlags,
  { data: given, headers: { headers, omitHeaders }, stdin }: CommonRequest,
): Promise<AskedRequest> {
  const address = upload === undefined ? withScheme(word) : withFileName(withScheme(word), upload)
  const url = flags.get && given ? withQuery(address, given) : address
  const data = flags.get ? undefined : given
  const body = upload === undefined ? data?.body : await uploadOf(upload, stdin)
  const usual = flags.head ? 'HEAD' : upload !== undefined ? 'PUT' : data ? 'POST' : undefined
  const method = flags.request ?? usual
  const isForm = data !== undefined && data.accept === undefined
  const redirects = maxRedirects(flags['max-redirs'])
  return {
    url,
    options: {
      ...(method === undefined ? {} : { method }),
      ...(headers.length === 0 ? {} : { headers }),
      ...(omitHeaders.length === 0 ? {} : { omitHeaders }),
      ...(body === undefined ? {} : { body }),
      ...(isForm && URL.canParse(url) ? { context: { kind: 'form', initiator: new URL(url).origin } } : {}),
      ...(flags['no-location'] ? { redirect: 'manual' } : {}),
      ...(redirects === undefined ? {} : { maxRedirects: redirects }),
      ...(flags['max-time'] === undefined ? {} : { timeoutMs: secondsFlag(flags['max-time'], '--max-time') }),
      ...(flags.retry === undefined ? {} : { retry: false }),
      ...(flags.render ? { render: true } : {}),
      ...(flags['no-escalate'] ? { escalate: false } : {}),
    },
  }
}

function maxRedirects(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (text === '-1') return NO_LIMIT
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError('--max-redirs takes a whole number, or -1 for any number')
}

/** A file is read as it is sent, and again when it has to be sent again. */
async function uploadOf(path: string, stdin: Readable): Promise<Blob | Buffer> {
  if (path === '-' || path === '.') return readInput('-', stdin)
  try {
    return await openAsBlob(path)
  } catch (cause) {
    throw new CommandError(`${path} cannot be read`, EXIT.readFailed, { cause })
  }
}

/** As curl: what is uploaded to a folder gets the name of its file. */
function withFileName(url: string, upload: string): string {
  const [, address = '', rest = ''] = /^([^?#]*)([\s\S]*)$/.exec(url) ?? []
  const name = encodeURIComponent(basename(upload))
  if (upload === '-' || upload === '.') return url
  if (/^[^:]+:\/\/[^/]*$/.test(address)) return `${address}/${name}${rest}`
  return address.endsWith('/') ? `${address}${name}${rest}` : url
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
