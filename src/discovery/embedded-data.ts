import { type HtmlDocument, parseDocument, type Steps } from '../document/index.ts'
import { unflattened, withoutFlattened } from './devalue.ts'

/** Data that stands in a document, and its name there: `script#__NEXT_DATA__`, `window.__NUXT__`. */
export interface EmbeddedData {
  readonly name: string
  readonly root: unknown
}

const MAX_SCRIPTS = 200
const MAX_ASSIGNMENTS = 20
const MAX_SCRIPT_CHARS = 4 * 1024 * 1024
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/i
/** `window.__STATE__ = {`, and the same with `JSON.parse("`. */
const ASSIGNMENT =
  /(?:^|[;\s(])(?:(?:window|self|globalThis)\.|var |let |const )([A-Za-z_$][\w$.]{0,63})\s*=\s*(JSON\.parse\(\s*(?=["'])|(?=[[{]))/g
const NEXT_PUSH = /self\.__next_f\.push\(/g

/**
 * The data in an HTML document, step by step: JSON-LD and other JSON scripts (`__NEXT_DATA__`, SvelteKit's), Nuxt's payload, the rows
 * of React's server components, and what scripts assign as a literal (`__NUXT__`, `__remixContext`, `__INITIAL_STATE__`, `__APOLLO_STATE__`).
 *
 * @throws TooManyElements
 */
export function* embeddedData(html: string): Steps<EmbeddedData[]> {
  const document = yield* parseDocument(html)
  const found: EmbeddedData[] = []
  const names = new Map<string, number>()
  const add = (name: string, root: unknown) => {
    if (typeof root !== 'object' || root === null) return
    const count = names.get(name) ?? 0
    names.set(name, count + 1)
    found.push({ name: count === 0 ? name : `${name}:${count}`, root })
  }
  let pushed = ''
  let scripts = 0
  for (let element = 0; element < document.count && scripts < MAX_SCRIPTS; element++) {
    if (document.names[element] !== 'script') continue
    scripts++
    const text = textOf(document, element)
    if (text === '' || text.length > MAX_SCRIPT_CHARS) continue
    const { type = '', id } = document.attributes[element] ?? {}
    if (JSON_TYPE.test(type)) {
      const root = parsed(text)
      add(
        id ? `script#${id}` : `script[type="${type.toLowerCase()}"]`,
        id === '__NUXT_DATA__' ? unflattened(root) : withoutFlattened(root),
      )
    } else if (type === '' || /javascript|module/i.test(type)) {
      for (const { name, root } of assignments(text)) add(name, root)
      pushed += nextRows(text)
    }
    yield
  }
  if (pushed !== '') add('__next_f', rowsOf(pushed))
  return found
}

function textOf({ textStarts, textEnds, texts }: HtmlDocument, element: number): string {
  return texts.slice(textStarts[element], textEnds[element]).join('').trim()
}

function* assignments(script: string): Generator<EmbeddedData> {
  let count = 0
  for (const match of script.matchAll(ASSIGNMENT)) {
    if (++count > MAX_ASSIGNMENTS) return
    const start = match.index + match[0].length
    const literal = literalAt(script, start)
    if (literal === undefined) continue
    const value = parsed(literal)
    const root = typeof value === 'string' ? parsed(value) : value
    yield { name: `window.${match[1]}`, root }
  }
}

/** The texts that a script of Next.js pushes, one after the other. */
function nextRows(script: string): string {
  let rows = ''
  for (const match of script.matchAll(NEXT_PUSH)) {
    const value = parsed(literalAt(script, match.index + match[0].length) ?? '')
    if (Array.isArray(value) && value[0] === 1 && typeof value[1] === 'string') rows += value[1]
  }
  return rows
}

function rowsOf(text: string): Record<string, unknown> {
  const rows: Record<string, unknown> = Object.create(null)
  for (const line of text.split('\n')) {
    const [, name, json] = /^([\da-f]{1,8}):([[{].*)$/.exec(line) ?? []
    if (name !== undefined && json !== undefined) rows[name] = parsed(json)
  }
  return { ...rows }
}

/** The JSON object, list or text that begins here: to where its brackets or quotes close. */
function literalAt(script: string, start: number): string | undefined {
  const first = script[start]
  if (first === '"') return /^"(?:[^"\\]|\\.)*"/s.exec(script.slice(start))?.[0]
  if (first !== '{' && first !== '[') return undefined
  let depth = 0
  let quoted = false
  for (let at = start; at < script.length; at++) {
    const char = script[at]
    if (quoted) {
      if (char === '\\') at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return script.slice(start, at + 1)
  }
  return undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
