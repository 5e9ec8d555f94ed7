import type { Given } from '../options/parse-command.ts'
import { UsageError } from '../usage-error.ts'

/** Where one body goes. */
export type Target =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'file'; readonly path: string }
  /** A name that is taken from the URL, or from the response. */
  | { readonly kind: 'remote-name' }

/** One URL of a command line, with what belongs to it. */
export interface Transfer {
  readonly word: string
  readonly target: Target
  /** What `-T` uploads there. */
  readonly upload: string | undefined
  /** Which one it is, from 0. */
  readonly number: number
}

/**
 * The URLs of a command line with their targets: as with curl the first `-o`, `-O` or `-T` belongs to the first URL, the
 * second to the second; URLs beyond them go to stdout.
 *
 * @throws UsageError where there is no URL
 */
export function transfersOf(given: readonly Given[]): Transfer[] {
  const urls = valuesOf(given, (name) => name === null || name === 'url')
  const uploads = valuesOf(given, (name) => name === 'upload-file')
  const targets = given.flatMap(({ name, value }): Target[] => {
    if (name === 'remote-name') return [{ kind: 'remote-name' }]
    if (name !== 'output') return []
    const path = value as string
    return [path === '-' || path === '/dev/stdout' ? { kind: 'stdout' } : { kind: 'file', path }]
  })
  if (urls.length === 0) throw new UsageError('the URL is missing')
  return urls.map((word, number) => ({
    word,
    number,
    target: targets[number] ?? { kind: 'stdout' },
    upload: uploads[number],
  }))
}

function valuesOf(given: readonly Given[], wanted: (name: string | null) => boolean): string[] {
  return given.flatMap(({ name, value }) => (wanted(name) ? [value as string] : []))
}
