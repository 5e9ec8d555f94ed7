import { OnejarError } from '../../core/index.ts'

/** The first bytes of files that are not text, and what those files are. */
const BINARY: readonly (readonly [head: string, what: string])[] = [
  [
    'SQLite format 3\0',
    'an SQLite database, as browsers keep their cookies in: have the browser or an extension export them',
  ],
  ['\x1f\x8b', 'compressed with gzip: unpack it first'],
  ['PK\x03\x04', 'a ZIP archive: unpack it first'],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard: unpack it first'],
  ['%PDF-', 'a PDF'],
]
const SAMPLE_BYTES = 1024

/**
 * The content of a file as it is read on: text without a byte order mark. UTF-16, with a mark or without, becomes text;
 * bytes that are ASCII, UTF-8 or of another code that has ASCII in it stay bytes, because cookies need not be UTF-8.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT for what is no text; the message says what it is
 */
export function decodeFile(input: string | Uint8Array): string | Uint8Array {
  if (typeof input === 'string') return input.replace(/^\ufeff/, '')
  const head = Buffer.from(input.subarray(0, SAMPLE_BYTES)).toString('latin1')
  for (const [start, what] of BINARY) {
    if (head.startsWith(start)) throw new OnejarError('ONEJAR_BAD_INPUT', `The file is ${what}`)
  }
  if (head.startsWith('\xef\xbb\xbf')) return input.subarray(3)
  const code = utf16Of(head)
  if (code !== null) return decode(input, code)
  if (head.includes('\0')) {
    throw new OnejarError('ONEJAR_BAD_INPUT', 'The file is no text in UTF-8 or UTF-16: it has zero bytes')
  }
  return input
}

/** By its byte order mark, or by the position of its zero bytes: every second byte of what is mostly ASCII. */
function utf16Of(head: string): 'utf-16le' | 'utf-16be' | null {
  if (head.startsWith('\xff\xfe\0\0')) return null // UTF-32
  if (head.startsWith('\xff\xfe')) return 'utf-16le'
  if (head.startsWith('\xfe\xff')) return 'utf-16be'
  const zeros = [0, 0]
  for (let at = 0; at < head.length; at++) if (head.charCodeAt(at) === 0) zeros[at % 2]! += 1
  const most = head.length * 0.4
  if (zeros[0] === 0 && zeros[1]! >= most && most > 0) return 'utf-16le'
  return zeros[1] === 0 && zeros[0]! >= most && most > 0 ? 'utf-16be' : null
}

function decode(input: Uint8Array, code: 'utf-16le' | 'utf-16be'): string {
  try {
    return new TextDecoder(code, { fatal: true }).decode(input)
  } catch {
    throw new OnejarError('ONEJAR_BAD_INPUT', 'The file begins like UTF-16 but is not valid')
  }
}
