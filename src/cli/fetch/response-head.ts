import type { SessionResponse } from '../../client/index.ts'
import { printableBytes } from '../printable.ts'

/** The head of a response as it is written above a body. */
export function headText({ httpVersion, statusCode, statusText, headers }: SessionResponse): Buffer {
  const lines = [`HTTP/${httpVersion} ${statusCode} ${statusText}`.trimEnd()]
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one ?? ''}`)
  }
  return Buffer.concat([...lines, ''].flatMap((line) => [printableBytes(line), Buffer.from('\r\n')]))
}

/** Heads as they came, for `-D`: what could steer a terminal becomes `?`. */
export function dumpedHeads(heads: readonly Buffer[]): Buffer {
  const lines = Buffer.concat(heads).toString('latin1').split('\r\n')
  return Buffer.concat(
    lines.flatMap((line, at) =>
      at === 0 ? [printableBytes(line)] : [Buffer.from('\r\n'), printableBytes(line)],
    ),
  )
}
