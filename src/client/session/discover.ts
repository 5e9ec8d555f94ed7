import { type Extraction, extractionIssue, type FieldSelectors } from '../../compliance/index.ts'
import { OnejarError, safeUrl } from '../../core/index.ts'
import {
  type Discovery,
  discoverData,
  type RecordedPage,
  shownFields,
  shownTexts,
  type Wanted,
} from '../../discovery/index.ts'
import { runSteps } from '../../document/index.ts'
import { assertTime } from '../../http/index.ts'
import type { TokenBinding } from '../../record/index.ts'
import type { RoutedResponse, Send, TokenBindings } from '../../routing/index.ts'
import type { Input } from '../input/input.ts'
import type { FetchOptions } from '../options/fetch-options.ts'
import type { SessionParts } from './session-parts.ts'

/** Options of `session.discover()`. */
export interface DiscoverOptions extends Pick<FetchOptions, 'signal' | 'timeoutMs' | 'robots' | 'expect'> {
  /**
   * What is wanted: texts that the page shows, or fields by selector, as in `extract`. Default: everything that the page shows, so that
   * the request with the largest part of it is the first.
   */
  readonly want?: readonly string[] | FieldSelectors
  /** URLs of which you say that a POST to them only reads: GraphQL queries are recognised without. Default: none. */
  readonly reads?: readonly string[]
}

const MAX_WANTED = 200
const NAMES = ['signal', 'timeoutMs', 'robots', 'expect', 'want', 'reads'] as const

interface TakenOptions {
  readonly texts: readonly string[]
  readonly fields: FieldSelectors
  readonly reads: readonly string[]
  /** What the page is loaded with. */
  readonly load: FetchOptions
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_BAD_URL */
export function takeDiscoverOptions(options: DiscoverOptions | undefined, input: Input): TakenOptions {
  const { want, reads, ...rest } = input.members(options, NAMES)
  const load = { ...(rest as FetchOptions), render: true }
  const urls = reads === undefined ? [] : listOf(reads, 'reads', input).map((url) => safeUrl(input.url(url)))
  if (want === undefined) return { texts: [], fields: {}, reads: urls, load }
  if (Array.isArray(want)) return { texts: listOf(want, 'want', input), fields: {}, reads: urls, load }
  const fields = typeof want === 'object' && want !== null ? { ...want } : want
  const issue = extractionIssue(fields)
  if (issue !== undefined || '~standard' in (fields as object)) {
    throw input.bad(`want: ${issue ?? 'expected texts, or fields with selectors'}`)
  }
  return { texts: [], fields: fields as Exclude<Extraction, { '~standard': unknown }>, reads: urls, load }
}

function listOf(value: unknown, path: string, input: Input): string[] {
  const texts: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : []
  const fits = (text: unknown): text is string =>
    typeof text === 'string' && text.trim() !== '' && text.length <= 2_000
  if (!Array.isArray(value) || texts.length === 0 || texts.length > MAX_WANTED || !texts.every(fits)) {
    throw input.bad(`${path}: expected a list of 1 to ${MAX_WANTED} texts`)
  }
  return texts
}

/** What a discovery needs of its session. */
export interface DiscoverParts {
  readonly session: SessionParts
  readonly bindings: TokenBindings
  /** Loads the page: through all stages, with what it asks for kept. */
  readonly load: (wrap: (send: Send) => Send) => Promise<RoutedResponse>
}

/**
 * Opens a page once and finds out which of its requests holds what is wanted.
 *
 * @throws OnejarError those of a rendered `fetch`, and ONEJAR_DISCOVERY_FAILED where the page is no document, or not what was asked for
 */
export async function discover(
  url: URL,
  { texts, fields, reads, load: options }: TakenOptions,
  { session, bindings, load }: DiscoverParts,
): Promise<Discovery> {
  const timeoutMs = options.timeoutMs ?? session.config.timeoutMs
  const deadline = performance.now() + timeoutMs
  const over = () => assertTime({ url, timeoutMs, signal: options.signal ?? undefined }, deadline)
  const response = await load((send) => (request) => send({ ...request, record: true }))
  const { recording, statusCode } = response
  const html = await response.body.text()
  if (recording === undefined || statusCode < 200 || statusCode > 299) {
    throw new OnejarError('ONEJAR_DISCOVERY_FAILED', `${safeUrl(url)}: ${whyNot(statusCode)}`)
  }
  // A page may lead elsewhere: its parts are those of where it ended.
  const page: RecordedPage = { url: sameFragment(response.url, url), ...recording }
  const shown = await runSteps(shownFields(html, fields), over)
  const everything = texts.length === 0 && Object.keys(fields).length === 0
  const wanted: Wanted[] = everything
    ? (await runSteps(shownTexts(html), over)).map((text) => ({ name: text, shown: text, asked: false }))
    : [
        ...texts.map((text) => ({ name: text, shown: text.replace(/\s+/g, ' ').trim(), asked: true })),
        ...[...shown].map(([name, value]) => ({ name, shown: value, asked: true })),
      ]
  const { record } = session
  const found = await discoverData(page, wanted, {
    reads,
    selectors: fields,
    session: session.config.key.id,
    headerSources: {
      binding: (origin, header) => {
        const binding = bindings.of(origin).find((one) => one.header === header)
        return binding && sourceOf(binding)
      },
      cookies: (target) => {
        const context = { kind: 'fetch', initiator: page.url.origin, topLevelUrl: page.url.origin } as const
        return record.cookieHeader(target, context) !== ''
      },
    },
    over,
  })
  // Fields that the page itself does not show.
  const absent = Object.keys(fields).filter((name) => !shown.has(name))
  return absent.length === 0 ? found : { ...found, missing: [...found.missing, ...absent] }
}

function whyNot(status: number): string {
  return status >= 200 && status <= 299
    ? 'it is no page that a browser renders'
    : `the page has status ${status}`
}

function sameFragment(landed: URL, asked: URL): URL {
  const url = new URL(landed)
  if (url.hash === '') url.hash = asked.hash
  return url
}

function sourceOf({ source }: TokenBinding): string {
  if (source.kind === 'memory') return 'memory of the page'
  if (source.kind === 'cookie' || source.kind === 'meta') return `${source.kind} ${source.name}`
  return `${source.kind}Storage ${[source.key, ...source.path].join('.')}`
}
