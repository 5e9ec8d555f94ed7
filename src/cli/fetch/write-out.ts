import type { SessionResponse } from '../../client/index.ts'
import { didYouMean } from '../nearest.ts'
import { printable } from '../printable.ts'
import { UsageError } from '../usage-error.ts'
import { FACT_NAMES, type FactName, type Facts } from './facts.ts'

/** What `-w` writes, and where to. */
export interface WrittenPart {
  readonly to: 'stdout' | 'stderr'
  readonly text: string
}

const SPECIAL = ['json', 'header_json', 'stdout', 'stderr', 'onerror'] as const
const PART = /%%|%header\{([^}]*)\}|%\{([^}]*)\}|\\([nrt\\])/g
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

/**
 * A format of `-w`, checked before anything is sent: `%{name}`, `%header{name}`, `%{json}`, `%{header_json}`, `%{stdout}`,
 * `%{stderr}`, `%{onerror}`, `%%`, `\n`, `\r`, `\t`.
 *
 * @throws UsageError for a variable that there is not
 */
export function parseWriteOut(
  format: string,
): (facts: Facts, headers: SessionResponse['headers']) => WrittenPart[] {
  for (const [, , name] of format.matchAll(PART)) if (name !== undefined) assertName(name)
  return (facts, headers) => {
    const parts: WrittenPart[] = []
    let to: WrittenPart['to'] = 'stdout'
    let text = ''
    let at = 0
    const flush = () => {
      if (text !== '') parts.push({ to, text })
      text = ''
    }
    for (const found of format.matchAll(PART)) {
      const [whole, header, name, escaped] = found
      text += format.slice(at, found.index)
      at = found.index + whole.length
      if (name === 'stdout' || name === 'stderr') {
        flush()
        to = name
      } else if (name === 'onerror') {
        // The rest is for what failed.
        if (facts.exitcode === 0) {
          at = format.length
          break
        }
      } else if (header !== undefined) text += printable(headerValues(headers, header)[0] ?? '')
      else if (name !== undefined) text += factText(name, facts, headers)
      else text += escaped === undefined ? '%' : (ESCAPES[escaped] ?? whole)
    }
    text += format.slice(at)
    flush()
    return parts
  }
}

function factText(name: string, facts: Facts, headers: SessionResponse['headers']): string {
  if (name === 'json') return JSON.stringify(facts)
  if (name === 'header_json') {
    const lists = Object.keys(headers).map((key) => [key, headerValues(headers, key)])
    return JSON.stringify(Object.fromEntries(lists), null, 1)
  }
  const value = facts[name as FactName]
  if (name.startsWith('time_')) return Number(value).toFixed(6)
  if (name === 'http_code' || name === 'response_code') return String(value).padStart(3, '0')
  return String(value ?? '')
}

function headerValues(headers: SessionResponse['headers'], name: string): string[] {
  const value = headers[name.toLowerCase()]
  return value === undefined ? [] : [value].flat()
}

function assertName(name: string): void {
  const known = [...FACT_NAMES, ...SPECIAL]
  if ((known as readonly string[]).includes(name)) return
  throw new UsageError(`--write-out: there is no variable ${name}${didYouMean(name, known)}`)
}
