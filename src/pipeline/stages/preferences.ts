import {
  headerPreferences,
  type Metas,
  metaPreferences,
  type PolicyRule,
  type PreferenceStatement,
  type Purpose,
  type SitePreferences,
  saysNothing,
  sitePreferences,
  TDM_PURPOSES,
  tdmStatement,
} from '../../compliance/index.ts'
import { type Clock, OnejarError, safeUrl } from '../../core/index.ts'
import { streamedBody, waitWithin } from '../../http/index.ts'
import {
  discard,
  type EventHub,
  htmlMetas,
  type RoutedResponse,
  type RouteRequest,
  type Send,
  type Stage,
} from '../../routing/index.ts'
import type { PreferenceBooks, SiteFileRequester } from '../../services/index.ts'

export interface SitePreferencesOptions {
  readonly books: PreferenceBooks
  readonly requester: SiteFileRequester
  /** What requests are for that do not say. */
  readonly purpose: Purpose | undefined
  readonly events: EventHub
  readonly clock: Clock
  /** Keeps a refusal in the audit trail. @throws OnejarError ONEJAR_AUDIT_FAILED */
  readonly audit: (rule: PolicyRule, facts: Readonly<Record<string, string | number>>) => void
}

/** Metas stand at a document's beginning. */
const MAX_HEAD_BYTES = 256 * 1024

/**
 * Reads what a site wishes to be done with its content, for every response; and where a request declares what it is for, refuses
 * what the site forbids: before it is sent where robots.txt says so, else by throwing the response away.
 */
export function sitesPreferences(options: SitePreferencesOptions): Stage {
  const { robots, userAgent } = options.books
  const refusals = new Refusals(options)
  const ofRobots = (url: URL, request: RouteRequest) =>
    request.robots === false ? undefined : robots?.look(url.origin)?.rules
  const plain = (response: RoutedResponse, request: RouteRequest): RoutedResponse => {
    const rules = robots === null ? undefined : ofRobots(response.url, request)
    // Each transport has said so already of a site that says nothing.
    if (rules === undefined && saysNothing(response.headers)) return response
    const { statements, licences, tdm } = headerPreferences(response.headers, userAgent)
    const said = [...(rules?.preferences(response.url) ?? []), ...statements]
    if (tdm !== null) said.push(tdmStatement('tdm-reservation', tdm))
    const preferences = sitePreferences(said, [...(rules?.licences ?? []), ...licences], tdm?.policy ?? null)
    return withPreferences(response, preferences)
  }
  return (next) => (request) => {
    const purpose = request.purpose ?? options.purpose
    if (purpose === undefined) return next(request).then((response) => plain(response, request))
    return declared(next, request, purpose)
  }

  async function declared(next: Send, request: RouteRequest, purpose: Purpose): Promise<RoutedResponse> {
    const startedAt = performance.now()
    const before = ofRobots(request.url, request)?.preferences(request.url) ?? []
    refusals.unlessAllowed(request.url, purpose, sitePreferences(before, [], null))
    const response = await next(request)
    try {
      const { read, preferences } = await all(response, request, purpose, startedAt + request.timeoutMs)
      refusals.unlessAllowed(response.url, purpose, preferences)
      return withPreferences(read, preferences)
    } catch (error) {
      discard(response)
      throw error
    }
  }

  /** What robots.txt, the headers, the document and the site's TDM file say together. */
  async function all(
    response: RoutedResponse,
    request: RouteRequest,
    purpose: Purpose,
    deadline: number,
  ): Promise<{ readonly read: RoutedResponse; readonly preferences: SitePreferences }> {
    const { url, headers } = response
    const rules = ofRobots(url, request)
    const inHeaders = headerPreferences(headers, userAgent)
    const { read, metas } = await headOf(response)
    const inMetas = metaPreferences(metas, userAgent)
    const said: PreferenceStatement[] = [
      ...(rules?.preferences(url) ?? []),
      ...inHeaders.statements,
      ...inMetas.statements,
    ]
    // TDMRep: what stands nearer to the content stands above the rest.
    let tdm = inMetas.tdm ?? inHeaders.tdm
    if (tdm !== null) said.push(tdmStatement(inMetas.tdm === null ? 'tdm-reservation' : 'meta', tdm))
    else if (TDM_PURPOSES.includes(purpose)) {
      const asking = options.books.tdm.ask(url.origin, options.requester)
      const found = (await waitWithin(asking, request, deadline)).decide(url)
      if (found !== null) said.push(tdmStatement('tdmrep.json', found, ` at ${found.text}`))
      tdm = found
    }
    const licences = [...(rules?.licences ?? []), ...inHeaders.licences]
    return { read, preferences: sitePreferences(said, licences, tdm?.policy ?? null) }
  }
}

class Refusals {
  readonly #options: SitePreferencesOptions

  constructor(options: SitePreferencesOptions) {
    this.#options = options
  }

  /** @throws OnejarError ONEJAR_PURPOSE_REFUSED, ONEJAR_AUDIT_FAILED */
  unlessAllowed(url: URL, purpose: Purpose, { uses, statements }: SitePreferences): void {
    if (uses[purpose] !== 'forbidden') return
    const why = statements.find(({ purposes, allowed }) => !allowed && purposes.includes(purpose))
    const { from = '', text = '' } = why ?? {}
    const reason = text.startsWith(from) ? text : `${from}: ${text}`
    const { origin } = url
    const { audit, events, clock } = this.#options
    events.emit({ type: 'purpose-refused', at: clock.now(), origin, purpose, reason })
    audit('purpose-refused', { origin, purpose, reason })
    throw new OnejarError('ONEJAR_PURPOSE_REFUSED', `${safeUrl(url)} is not for ${purpose}: ${reason}`, {
      details: { origin, purpose, rule: 'purpose-refused', reason },
    })
  }
}

/** The response, and the metas at the beginning of its document; none where it is no document. */
async function headOf(
  response: RoutedResponse,
): Promise<{ readonly read: RoutedResponse; readonly metas: Metas }> {
  const type = response.headers['content-type']
  const isDocument = typeof type === 'string' && /^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)
  if (!isDocument || response.method === 'HEAD') return { read: response, metas: [] }
  const chunks: Buffer[] = []
  let size = 0
  const source = response.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let ended = false
  while (size < MAX_HEAD_BYTES && !ended) {
    const { done = false, value } = await source.next()
    ended = done
    if (done) break
    chunks.push(value)
    size += value.length
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_HEAD_BYTES).toString('utf8')
  const metas = htmlMetas(text, () => true)
  const body = streamedBody(joined(chunks, ended ? undefined : source), response.headers)
  // A body that nobody begins to read ends with its stream.
  body.once('close', () => response.body.on('error', () => {}).destroy())
  return { read: { ...response, body }, metas }
}

async function* joined(first: readonly Buffer[], rest: AsyncIterator<Buffer> | undefined) {
  try {
    yield* first
    while (rest !== undefined) {
      const { done, value } = await rest.next()
      if (done) return
      yield value
    }
  } finally {
    await rest?.return?.()
  }
}

/** Each transport makes its response anew: nobody else has it yet. */
function withPreferences(response: RoutedResponse, preferences: SitePreferences): RoutedResponse {
  ;(response as { preferences?: SitePreferences }).preferences = preferences
  return response
}
