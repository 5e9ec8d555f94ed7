import { isJson, type PersonalKind, PersonalRedactor, textReading } from '../../compliance/index.ts'
import { ignore, OnejarError, safeUrl } from '../../core/index.ts'
import { type ResponseHeaders, streamedBody } from '../../http/index.ts'
import type { RoutedResponse, Stage } from '../../routing/index.ts'

export interface RedactingOptions {
  readonly kinds: readonly PersonalKind[]
  readonly phoneRegion: string | undefined
  /** What a body ends with from which something was removed; undefined where it ends as it is. */
  readonly refuse?: (() => Error) | undefined
  /** Called when a body has ended from which something was removed. */
  readonly onRedacted: (url: URL, counts: Readonly<Record<PersonalKind, number>>) => void
}

/**
 * Cuts personal data out of bodies before anybody gets them, piece by piece as they come. Bodies that are no text pass as they
 * are.
 */
export function redacting(options: RedactingOptions): Stage {
  return (next) => async (request) => redacted(await next(request), options)
}

function redacted(response: RoutedResponse, options: RedactingOptions): RoutedResponse {
  const contentType = headerOf(response.headers, 'content-type')
  const encoding = headerOf(response.headers, 'content-encoding') ?? 'identity'
  if (encoding !== 'identity' && response.method !== 'HEAD') {
    response.body.on('error', ignore).destroy()
    const what = `${safeUrl(response.url)}: the body comes in an encoding that cannot be read, so it cannot be redacted`
    throw new OnejarError('ONEJAR_BAD_RESPONSE', what)
  }
  if (textReading(contentType, new Uint8Array()) === null) return response
  const source = response.body
  const redactor = new PersonalRedactor({ ...options, json: isJson(contentType) })
  const headers = withoutLength(response.headers)
  const redacted = redactBody(source, contentType, redactor, () => {
    options.onRedacted(response.url, redactor.counts)
    if (options.refuse !== undefined) throw options.refuse()
  })
  const body = streamedBody(redacted, headers)
  // A body that nobody begins to read ends with its stream.
  body.once('close', () => source.on('error', ignore).destroy())
  return { ...response, headers, wireHeaders: withoutLength(response.wireHeaders), body }
}

async function* redactBody(
  source: AsyncIterable<Buffer>,
  contentType: string | undefined,
  redactor: PersonalRedactor,
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  let read: ((piece?: Buffer) => string) | undefined
  for await (const chunk of source) {
    if (read === undefined) {
      read = readerFor(contentType, chunk)
      // Decoded text is passed on as UTF-8, whatever the header says: a byte order mark says so.
      if (read !== asBytes) yield Buffer.from('\ufeff')
    }
    const out = redactor.write(read(chunk))
    if (out !== '') yield Buffer.from(out, 'latin1')
  }
  const out = redactor.write(read?.() ?? '') + redactor.end()
  if (out !== '') yield Buffer.from(out, 'latin1')
  const { email, phone, ip } = redactor.counts
  if (email + phone + ip > 0) onEnd()
}

function readerFor(contentType: string | undefined, first: Buffer): (piece?: Buffer) => string {
  const reading = textReading(contentType, first)
  if (reading?.kind !== 'decode') return asBytes
  const decoder = new TextDecoder(reading.charset)
  return (piece) => Buffer.from(decoder.decode(piece, { stream: piece !== undefined })).toString('latin1')
}

function asBytes(piece?: Buffer): string {
  return piece?.toString('latin1') ?? ''
}

/** Headers that described the original body (length, digest, encoding) no longer apply. */
function withoutLength({
  'content-length': _,
  'content-md5': __,
  digest: ___,
  'content-digest': ____,
  'repr-digest': _____,
  etag: ______,
  ...rest
}: ResponseHeaders): ResponseHeaders {
  return rest
}

function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
