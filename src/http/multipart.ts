import { randomInt } from 'node:crypto'
import { OnejarError } from '../core/index.ts'
import { isBlobLike, isNativeBlob, nativeBlob } from './tagged.ts'

/** One field of a form: a text, or a file with its name. */
export type FormEntry =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly blob: Blob; readonly fileName: string }

/** The fields of a FormData of any class, as they are now. @throws OnejarError ONEJAR_BAD_INPUT */
export function formEntries(form: FormData): FormEntry[] {
  const entries: FormEntry[] = []
  for (const [name, value] of form as Iterable<[string, unknown]>) {
    if (isBlobLike(value)) {
      const { name: fileName } = value as Partial<File>
      entries.push({ name: String(name), blob: value, fileName: fileName ?? 'blob' })
    } else if (typeof value === 'string') entries.push({ name: String(name), text: value })
    else throw new OnejarError('ONEJAR_BAD_INPUT', 'A field of a form has to be a text or a file')
  }
  return entries
}

/** Whether a file is of a class that Node's Blob does not take as a part. */
export function hasForeignBlob(entries: readonly FormEntry[]): boolean {
  return entries.some((entry) => 'blob' in entry && !isNativeBlob(entry.blob))
}

/** The same with files of Node's own class. */
export function settledForm(entries: readonly FormEntry[]): Promise<FormEntry[]> {
  return Promise.all(
    entries.map(async (entry) =>
      'blob' in entry ? { ...entry, blob: await nativeBlob(entry.blob) } : entry,
    ),
  )
}

/** multipart/form-data (HTML standard, "multipart form data"): one Blob, so files are read when they are sent. */
export function encodeForm(entries: readonly FormEntry[]): {
  readonly payload: Blob
  readonly contentType: string
} {
  const boundary = `----WebKitFormBoundary${randomLetters(16)}`
  const parts: (string | Blob)[] = []
  for (const entry of entries) {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(normalizeNewlines(entry.name))}"`
    if ('text' in entry) parts.push(`${disposition}\r\n\r\n${normalizeNewlines(entry.text)}\r\n`)
    else {
      const type = entry.blob.type || 'application/octet-stream'
      const head = `; filename="${escapeName(entry.fileName)}"\r\nContent-Type: ${type}\r\n\r\n`
      parts.push(disposition + head, entry.blob, '\r\n')
    }
  }
  parts.push(`--${boundary}--\r\n`)
  return { payload: new Blob(parts), contentType: `multipart/form-data; boundary=${boundary}` }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** As Chromium makes its boundaries. */
function randomLetters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

function escapeName(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}

function normalizeNewlines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}
