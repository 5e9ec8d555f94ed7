import { didYouMean } from '../nearest.ts'
import { UsageError } from '../usage-error.ts'

/** The variables of `-w`. */
export interface Facts {
  readonly http_code: string
  readonly via: string
  readonly time_total: string
  readonly url_effective: string
  readonly content_type: string
  readonly size_download: string
}

const NAMES: readonly (keyof Facts)[] = [
  'http_code',
  'via',
  'time_total',
  'url_effective',
  'content_type',
  'size_download',
]
const ALIASES: Readonly<Record<string, keyof Facts>> = { response_code: 'http_code' }
const PART = /%%|%\{([^}]*)\}|\\([nrt\\])/g
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

/**
 * A format of `-w`, checked before anything is sent: `%{name}`, `%%`, `\n`, `\r`, `\t`.
 *
 * @throws UsageError for a variable that there is not
 */
export function parseWriteOut(format: string): (facts: Facts) => string {
  for (const [, name] of format.matchAll(PART)) if (name !== undefined) factName(name)
  return (facts) =>
    format.replace(PART, (part, name: string | undefined, escaped: string | undefined) => {
      if (name !== undefined) return facts[factName(name)]
      return escaped === undefined ? '%' : (ESCAPES[escaped] ?? part)
    })
}

function factName(name: string): keyof Facts {
  const found = ALIASES[name] ?? NAMES.find((known) => known === name)
  if (found) return found
  throw new UsageError(`--write-out: there is no variable ${name}${didYouMean(name, NAMES)}`)
}
