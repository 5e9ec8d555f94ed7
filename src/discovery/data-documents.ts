import { isJson } from '../compliance/index.ts'
import { runSteps, TooManyElements } from '../document/index.ts'
import { withoutFlattened } from './devalue.ts'
import { embeddedData } from './embedded-data.ts'

/** What an answer holds: JSON, or HTML with data in it. */
export interface AnswerData {
  /** By name: empty for a body that is JSON, else what `embeddedData` calls it. */
  readonly roots: ReadonlyMap<string, unknown>
  /** The body where it is HTML: selectors find things in it. */
  readonly html: string | null
}

const NOTHING: AnswerData = { roots: new Map(), html: null }
/** Against the reading of JSON as a script. */
const PREFIX = /^(?:\)\]\}'?,?\s*|while\s*\(1\);|for\s*\(;;\);)/

/**
 * The data in an answer, by its type and its first characters.
 *
 * @param over - called now and then; throws to end the work
 */
export async function dataIn(body: string, mediaType: string, over?: () => void): Promise<AnswerData> {
  const text = body.replace(PREFIX, '').trimStart()
  if (isJsonType(mediaType) || (!isHtmlType(mediaType) && /^[[{]/.test(text))) {
    try {
      return { roots: new Map([['', withoutFlattened(JSON.parse(text))]]), html: null }
    } catch {
      return NOTHING
    }
  }
  if (!isHtmlType(mediaType) && !text.startsWith('<')) return NOTHING
  try {
    const found = await runSteps(embeddedData(body), over)
    return { roots: new Map(found.map(({ name, root }) => [name, root])), html: body }
  } catch (error) {
    if (error instanceof TooManyElements) return NOTHING
    throw error
  }
}

function isHtmlType(mediaType: string): boolean {
  return mediaType === 'text/html' || mediaType === 'application/xhtml+xml'
}

function isJsonType(mediaType: string): boolean {
  return isJson(mediaType) || /^text\/(?:x-)?json$/.test(mediaType)
}
