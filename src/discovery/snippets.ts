import type { RequestHeaderFrom } from './discovery.ts'
import { isSecretPart } from './not-replayable.ts'
import { decoded } from './page-parts.ts'

/** A request that a snippet makes. */
export interface SnippetRequest {
  readonly method: string
  readonly url: string
  readonly body: string | null
  readonly headers: readonly RequestHeaderFrom[]
  /** What a person should know, a line each. */
  readonly notes: readonly string[]
  /** The JSON path of what is wanted first, for the last line. */
  readonly session: string
}

/** Secrets of the query, and of headers that nothing kept holds: they are variables of the environment. */
const VARIABLE = /\u0001([A-Z\d_]+)\u0001/g

/** A program that makes the request on the session and prints the answer. It holds no secret. */
export function typescriptSnippet({ method, url, body, headers, notes, session }: SnippetRequest): string {
  const own = headers.filter(({ value, from }) => from !== 'binding' && (value !== null || from === 'script'))
  const options = [
    ...(method === 'GET' ? [] : [`method: ${quoted(method)}`]),
    ...(own.length === 0 ? [] : [`headers: { ${own.map(headerText).join(', ')} }`]),
    ...(body === null ? [] : [`body: ${text(hidden(body, ''))}`]),
  ]
  const given = options.length === 0 ? '' : `, {\n  ${options.join(',\n  ')},\n}`
  return [
    `import { openBroker } from 'onejar'`,
    '',
    ...notes.map((note) => `// ${note}`),
    'const broker = await openBroker()',
    `const session = await broker.session(${quoted(session)})`,
    `const response = await session.fetch(${text(hiddenUrl(url))}${given})`,
    'console.log(response.status, await response.text())',
    'await broker.close()',
    '',
  ].join('\n')
}

/** The same as a line of curl; on the session where it needs what the session keeps. It holds no secret. */
export function curlSnippet(
  { method, url, body, headers, session }: SnippetRequest,
  needsSession: boolean,
): string {
  const words = [
    ...(needsSession
      ? ['onejar', 'curl', '--session', shell(session), 'curl']
      : ['curl', '-sS', '--compressed']),
    shell(hiddenUrl(url)),
    ...(method === 'GET' || (method === 'POST' && body !== null) ? [] : ['-X', shell(method)]),
  ]
  for (const header of headers) {
    if (header.from === 'binding') continue
    const value = header.value ?? marked(header.name)
    words.push('-H', shell(`${header.name}: ${value}`))
  }
  if (body !== null) words.push('--data-raw', shell(hidden(body, '')))
  return words.join(' ')
}

/** Whether a snippet needs a variable of the environment. */
export function variablesOf(url: string): string[] {
  return [...hiddenUrl(url).matchAll(VARIABLE)].map(([, name]) => name as string)
}

/** A URL for people, with `$NAME` for its secrets. */
export function shownUrl(url: string): string {
  return hiddenUrl(url).replaceAll(VARIABLE, (_, name) => `$${name}`)
}

function hiddenUrl(url: string): string {
  const at = url.indexOf('?')
  if (at === -1) return url
  const pairs = url
    .slice(at + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals === -1
        ? pair
        : pair.slice(0, equals + 1) + hidden(pair.slice(equals + 1), decoded(pair.slice(0, equals)))
    })
  return `${url.slice(0, at)}?${pairs.join('&')}`
}

function hidden(value: string, name: string): string {
  return name !== '' && isSecretPart(name, decoded(value)) ? marked(name) : value
}

function marked(name: string): string {
  return `\u0001${name.replace(/[^A-Za-z\d]+/g, '_').toUpperCase()}\u0001`
}

function headerText({ name, value }: RequestHeaderFrom): string {
  return `${/^[a-z]+$/.test(name) ? name : quoted(name)}: ${text(value ?? marked(name))}`
}

/** A text of TypeScript, whatever is in it; variables of the environment where secrets were. */
function text(value: string): string {
  if (!value.includes('\u0001')) return quoted(value)
  const parts = value.split(VARIABLE)
  return parts.map((part, at) => (at % 2 === 0 ? quoted(part) : `process.env[${quoted(part)}]`)).join(' + ')
}

function quoted(value: string): string {
  const json = JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** A word of a POSIX shell. */
function shell(value: string): string {
  return value
    .split(VARIABLE)
    .map((part, at) =>
      at % 2 === 1 ? `"$${part}"` : part === '' ? '' : `'${part.replaceAll("'", "'\\''")}'`,
    )
    .join('')
}
