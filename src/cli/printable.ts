/**
 * What can steer a terminal, or make a line read as another one: control characters (C0 with the escape, DEL, C1), what
 * turns the direction of writing, line and paragraph separators, and characters without a shape of their own but the two
 * joiners that words and emoji are made with, and the soft hyphen. A tab is none; a lone surrogate is one.
 */
const UNPRINTABLE = /(?!\t|\u00ad|\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A text that a site or a file chose, on one line and so that it cannot steer the terminal: such characters become `?`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?')
}

/** The same for a text of several lines: line feeds stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** The same for bytes that were a header or a status line: UTF-8 stays UTF-8, other bytes stay as they are. */
export function printableBytes(line: string): Buffer {
  const bytes = Buffer.from(line, 'latin1')
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') ? Buffer.from(printable(line), 'latin1') : Buffer.from(printable(text))
}

/** A value as JSON for programs and people: what could steer a terminal is escaped, so that nothing is lost. */
export function printableJson(value: unknown, indent = 2): string {
  const escaped = (text: string) =>
    text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return JSON.stringify(value, null, indent)
    .split('\n')
    .map((line) => line.replace(UNPRINTABLE, escaped))
    .join('\n')
}
