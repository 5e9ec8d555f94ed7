import { printable } from './printable.ts'
import { Style } from './style.ts'

/** Rows as aligned columns, with a head; every line ends with a line feed. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style = Style.plain,
): string {
  const lines = [head, ...rows].map((row) => row.map(printable))
  const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  return lines
    .map((line, row) => {
      const text = line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')
      return `${row === 0 ? style.head(text.trimEnd()) : text.trimEnd()}\n`
    })
    .join('')
}

/** An instant for people, in UTC; `-` for none. */
export function instant(at: number | null): string {
  return at === null ? '-' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** A number of bytes for people. */
export function byteText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
