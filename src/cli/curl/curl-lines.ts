import { optionsOf } from '../options/option.ts'
import { type Given, readArguments } from '../options/parse-command.ts'
import { curlSpec } from '../specs/curl.ts'
import { UsageError } from '../usage-error.ts'
import { bashCommands, cmdCommands, isForCmd } from './shell-words.ts'

/** A command line of curl: its flags and URLs, and the cookies that it sends, apart. */
export interface CurlLine {
  /** Without cookies, and without headers that belong to one connection. */
  readonly given: readonly Given[]
  /** `name=value` each. */
  readonly cookies: readonly string[]
  /** The first one. */
  readonly url: string
}

export const NO_CURL_LINE = 'the text is no command line of curl'

const PROGRAM = /^curl(?:\.exe)?$/i
const LINE = /^\s*curl(?:\.exe)?\s/i
/** They say how a browser spoke to a site, and are made anew. */
const OF_CONNECTION = /^(?:connection|content-length|host|keep-alive|te|transfer-encoding|:[a-z]+)\s*:/i

/** Whether a text is a command line of curl. */
export function isCurlText(text: string): boolean {
  return LINE.test(text)
}

/**
 * What "Copy as cURL" of DevTools gives, for bash or for the command prompt of Windows: one line, or all of a page.
 *
 * @throws UsageError for what is none, and for flags that there are not
 */
export function readCurlText(text: string): CurlLine[] {
  const commands = isForCmd(text) ? cmdCommands(text) : bashCommands(text)
  const lines = commands.map(([program = '', ...args]) => {
    if (!PROGRAM.test(program)) throw new UsageError(NO_CURL_LINE)
    return curlLine(readArguments(args, optionsOf(curlSpec)))
  })
  if (lines.length === 0) throw new UsageError(NO_CURL_LINE)
  return lines
}

/** Takes cookies out of what a command line gives. @throws UsageError where there is no URL */
export function curlLine(all: readonly Given[]): CurlLine {
  const given: Given[] = []
  const cookies: string[] = []
  let url: string | undefined
  for (const one of all) {
    const text = one.value as string
    const header = one.name === 'header' ? text : ''
    if (one.name === null || one.name === 'url') url ??= text
    if (one.name === 'cookie' && text.includes('=')) cookies.push(...pairsOf(text))
    else if (/^cookie\s*:/i.test(header)) cookies.push(...pairsOf(header.slice(header.indexOf(':') + 1)))
    else if (!OF_CONNECTION.test(header)) given.push(one)
  }
  if (url === undefined) throw new UsageError('the URL is missing')
  return { given, cookies, url: url.includes('://') ? url : `http://${url}` }
}

function pairsOf(text: string): string[] {
  return text
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
}
