import { isOnejarError, safeUrl } from '../../../core/index.ts'
import { decodedBody, type HeaderPairs, type TracedExchange } from '../../../har/index.ts'
import type { ResponseHeaders, Via, WireExchange, WireRequest } from '../../../http/index.ts'
import { clip, Latest } from '../../../report/index.ts'
import type { SessionEvent } from '../../../routing/index.ts'

/** Of one message; a header longer than this is cut. */
const MAX_HEADERS = 300
const MAX_HEADER_CHARS = 16 * 1024
/** Of all bodies together. */
const MAX_ALL_BODIES = 64 * 1024 * 1024

type Draft = { -readonly [K in keyof TracedExchange]: TracedExchange[K] }

/** Why a request went by its transport, by the session's event. */
type Note = Extract<SessionEvent, { type: 'request' | 'request-failed' }>

export interface ExchangeBounds {
  readonly maxEntries: number
  /** Of one body; 0 for none. */
  readonly maxBodyBytes: number
}

/** The exchanges of a recording, the latest of many, with as much of their bodies as is wanted. */
export class ExchangeList {
  readonly #bounds: ExchangeBounds
  readonly #drafts: Latest<Draft>
  readonly #notes: Latest<Note>
  #bodyBytes = 0

  constructor(bounds: ExchangeBounds) {
    this.#bounds = bounds
    this.#drafts = new Latest(bounds.maxEntries)
    this.#notes = new Latest(bounds.maxEntries)
  }

  /** How many were not kept. */
  get left(): number {
    return this.#drafts.left
  }

  get maxBodyBytes(): number {
    return this.#bounds.maxBodyBytes
  }

  add(exchange: TracedExchange): void {
    this.#drafts.add({ ...exchange })
  }

  note(event: SessionEvent): void {
    if (event.type === 'request' || event.type === 'request-failed') this.#notes.add(event)
  }

  /** A hop over HTTP. */
  begin({ method, url, headers, body }: WireRequest): WireExchange {
    const sentAt = performance.now()
    const bytes = body === null ? null : Buffer.from(body)
    const draft: Draft = {
      startedAt: Date.now(),
      transport: 'http',
      resourceType: null,
      request: {
        method,
        url: url.href,
        httpVersion: 'HTTP/1.1',
        headers: pairsOfList(headers),
        body: bytes === null ? null : this.bounded(bytes),
        bodyBytes: bytes?.length ?? 0,
      },
      response: null,
      waitMs: 0,
      receiveMs: 0,
      error: null,
      reason: null,
    }
    this.#drafts.add(draft)
    let headAt = sentAt
    let bodyBytes = 0
    let chunks: Buffer[] | null = this.#bounds.maxBodyBytes > 0 ? [] : null
    const set = (change: Partial<NonNullable<Draft['response']>>) => {
      if (draft.response !== null) draft.response = { ...draft.response, ...change }
    }
    const end = () => {
      const now = performance.now()
      if (draft.response === null) draft.waitMs = now - sentAt
      else draft.receiveMs = now - headAt
    }
    return {
      onHead: (status, statusText, responseHeaders, version) => {
        headAt = performance.now()
        draft.waitMs = headAt - sentAt
        const httpVersion = `HTTP/${version}`
        draft.request = { ...draft.request, httpVersion }
        const shown = { status, statusText: clip(statusText, 200), httpVersion }
        draft.response = { ...shown, headers: pairsOf(responseHeaders), body: null, bodyBytes: 0 }
      },
      onData: (chunk) => {
        bodyBytes += chunk.length
        if (chunks === null) return
        if (bodyBytes <= this.#bounds.maxBodyBytes) chunks.push(Buffer.from(chunk))
        else chunks = null
      },
      onEnd: () => {
        end()
        const encoded = chunks === null ? null : this.bounded(Buffer.concat(chunks))
        const encodings = (draft.response?.headers ?? []).flatMap(([name, value]) =>
          name.toLowerCase() === 'content-encoding' ? [value] : [],
        )
        set({ bodyBytes, body: encoded && decodedBody(encoded, encodings) })
        chunks = null
      },
      onError: (error) => {
        end()
        set({ bodyBytes })
        draft.error = isOnejarError(error) ? error.code : 'the connection failed'
        chunks = null
      },
    }
  }

  /** The body, or null where it is too large, or where enough are kept. */
  bounded(body: Buffer): Buffer | null {
    if (body.length > this.#bounds.maxBodyBytes || this.#bodyBytes + body.length > MAX_ALL_BODIES) return null
    this.#bodyBytes += body.length
    return body
  }

  /**
   * All that are kept, with the reasons that the session's events gave.
   *
   * @param byWorkers - whether pages are those of workers: of what these sent is known what the events say
   */
  taken(byWorkers: boolean): readonly TracedExchange[] {
    const drafts = [...this.#drafts.items]
    const open = new Map<string, Draft[]>()
    for (const draft of drafts) {
      const key = keyOf(draft.transport, draft.request.method, draft.request.url)
      const list = open.get(key)
      if (list === undefined) open.set(key, [draft])
      else list.push(draft)
    }
    for (const note of this.#notes.items) {
      const { via, method, url, reason } = note
      const draft = open.get(keyOf(via, method, url))?.shift()
      if (draft !== undefined) {
        draft.transport = via
        draft.reason = reason
      } else if (byWorkers && via !== 'http') drafts.push(draftOfNote(note))
    }
    return drafts.toSorted((a, b) => a.startedAt - b.startedAt)
  }
}

/** What a worker sent, as far as is known here. */
function draftOfNote(note: Note): Draft {
  const { at, ms, via, method, url, reason } = note
  const empty = { httpVersion: 'HTTP/1.1', headers: [], body: null, bodyBytes: 0 }
  return {
    startedAt: at - ms,
    transport: via,
    resourceType: via === 'page' ? 'document' : 'fetch',
    request: { ...empty, method, url },
    response: note.type === 'request' ? { ...empty, status: note.status, statusText: '' } : null,
    waitMs: ms,
    receiveMs: 0,
    error: note.type === 'request' ? null : note.code,
    reason: `${reason}. A worker sent it: its headers, query and bodies are not known here`,
  }
}

/** Of what pages send, nobody knows at first whether a page of the site asked for it, or the session in a page. */
function keyOf(via: Via, method: string, url: string): string {
  return `${via === 'http' ? 'http' : 'browser'} ${method} ${safeUrl(url)}`
}

function pairsOfList(list: readonly string[]): HeaderPairs {
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < list.length && pairs.length < MAX_HEADERS; i += 2) {
    pairs.push([list[i] as string, clip(list[i + 1] as string, MAX_HEADER_CHARS)])
  }
  return pairs
}

function pairsOf(headers: ResponseHeaders): HeaderPairs {
  return Object.entries(headers)
    .flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, clip(one, MAX_HEADER_CHARS)]),
    )
    .slice(0, MAX_HEADERS)
}

/** The same for what Playwright has. */
export function pairsOfPage(
  headers: readonly { readonly name: string; readonly value: string }[],
): HeaderPairs {
  return headers
    .filter(({ name }) => !name.startsWith(':'))
    .slice(0, MAX_HEADERS)
    .map(({ name, value }) => [name, clip(value, MAX_HEADER_CHARS)] as const)
}
