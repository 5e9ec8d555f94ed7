import {
  parseDocument,
  parseSelector,
  runSteps,
  Selection,
  type Steps,
  TooManyElements,
} from '../document/index.ts'
import {
  assertTime,
  type OnejarResponse,
  type RequestTime,
  type ResponseHeaders,
  toResponse,
  type Via,
  waitWithin,
} from '../http/index.ts'

/**
 * What a good response holds: an element that a CSS selector finds in the HTML, a text in the body, a member of the JSON
 * (`$.orders[0].id`), or what a function says of a Response of its own.
 */
export type Expectation =
  | { readonly selector: string }
  | { readonly text: string }
  | { readonly jsonPath: string }
  | ((response: OnejarResponse) => boolean | Promise<boolean>)

/** A response whose whole body is there. */
export interface WholeResponse {
  readonly url: URL
  readonly method?: string
  readonly statusCode: number
  readonly statusText: string
  readonly headers: ResponseHeaders
  readonly body: Buffer
}

/** Why this is no expectation, with the path of what is wrong; undefined when it is one. */
export function expectationIssue(value: unknown): string | undefined {
  if (typeof value === 'function') return undefined
  if (typeof value !== 'object' || value === null) return 'expected an object or a function'
  const [name, ...others] = Object.keys(value)
  if ((name !== 'selector' && name !== 'text' && name !== 'jsonPath') || others.length > 0) {
    return 'expected exactly one of selector, text and jsonPath'
  }
  const given = (value as Record<string, unknown>)[name]
  if (typeof given !== 'string' || given === '') return `${name}: expected a text that is not empty`
  if (name === 'jsonPath' && pathOf(given) === null) return 'jsonPath: expected the form $.name[0].name'
  if (name === 'selector') {
    try {
      parseSelector(given)
    } catch {
      return 'selector: not a CSS selector'
    }
  }
  return undefined
}

/**
 * Whether a response holds what is expected of it. A body that cannot be parsed, and a document or JSON of more than 32 MiB, does not.
 * What a function throws is thrown.
 *
 * @param over - called now and then while a document is looked through; throws to end that
 */
async function meets(
  expect: Expectation,
  response: WholeResponse,
  via: Via,
  over?: () => void,
): Promise<boolean> {
  if (typeof expect === 'function') {
    const { headers, url } = response
    const parts = {
      ...response,
      wireHeaders: headers,
      redirected: false,
      method: response.method ?? 'GET',
      url,
    }
    return (await expect(toResponse(parts, { via }))) === true
  }
  const text = textOf(response)
  if ('text' in expect) return text.includes(expect.text)
  if ('selector' in expect) return holdsElement(response.body, text, expect.selector, over)
  // It is parsed in one go, during which nothing else runs here.
  return response.body.length <= MAX_DOCUMENT_BYTES && holdsMember(text, pathOf(expect.jsonPath) ?? [])
}

/**
 * `meets`, for no longer than the request can wait.
 *
 * @param deadline - on the clock of `performance.now()`
 * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED; and what a function throws
 */
export function meetsInTime(
  expect: Expectation,
  response: WholeResponse,
  via: Via,
  request: RequestTime,
  deadline: number,
): Promise<boolean> {
  const over = () => assertTime(request, deadline)
  return waitWithin(meets(expect, response, via, over), request, deadline)
}

/** What is larger is not looked through. */
const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024

async function holdsElement(
  { length }: Buffer,
  html: string,
  selector: string,
  over?: () => void,
): Promise<boolean> {
  if (length > MAX_DOCUMENT_BYTES) return false
  try {
    return await runSteps(search(html, selector), over)
  } catch (error) {
    if (error instanceof TooManyElements) return false
    throw error
  }
}

function* search(html: string, selector: string): Steps<boolean> {
  const selection = new Selection(yield* parseDocument(html))
  return (yield* selection.first(parseSelector(selector))) >= 0
}

function holdsMember(text: string, path: readonly string[]): boolean {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return false
  }
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
    value = (value as Record<string, unknown>)[name]
  }
  return value !== null
}

/** The names along a path; null when it has another form. */
function pathOf(path: string): string[] | null {
  const names: string[] = []
  let at = path.startsWith('$') ? 1 : 0
  const step = /\.?([^.[\]'"\s]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/y
  while (at < path.length) {
    step.lastIndex = at
    const found = step.exec(path)
    if (!found) return null
    names.push((found[1] ?? found[2] ?? found[3] ?? found[4]) as string)
    at = step.lastIndex
  }
  return names
}

function textOf({ headers, body }: WholeResponse): string {
  const type = headers['content-type']
  const charset = /charset=["']?([\w:-]+)/i.exec(typeof type === 'string' ? type : '')?.[1]
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return new TextDecoder().decode(body)
  }
}
