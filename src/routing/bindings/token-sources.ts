import type { DocumentTokens } from '../../browser/index.ts'
import { LazyMap, LazySet } from '../../core/index.ts'
import type { SessionRecord, TokenBinding } from '../../record/index.ts'
import { memberAt, percentDecoded, type TextMember, textMembers } from './text-members.ts'
import { canBeToken, isTellingName, looksRandom } from './token-value.ts'

export type TokenSource = TokenBinding['source']

/** Where a header's value was found, and how it is written into the header. */
export interface TokenMatch {
  readonly source: TokenSource
  readonly template: string
  readonly transform: TokenBinding['transform']
}

/** A scheme, or a scheme and a parameter: `Bearer `, `Token token="`. No more, so that no secret becomes a template. */
const PREFIX = /^(?:[A-Za-z][A-Za-z-]{0,19}[ :=] ?(?:[A-Za-z_-]{1,16}= ?"?)?)?$/
const SUFFIX = /^"?$/
const MAX_DOCUMENT_ITEMS = 4096
/** Of so much text the members are looked at for one header. Only texts count that can hold its token. */
const MAX_SEARCHED_CHARS = 256 * 1024

/** Where tokens are kept: the record's cookies and localStorage, and what live documents hold beside them. */
export class TokenSources {
  readonly #record: SessionRecord
  /** sessionStorage items and metas as they were last seen, by `documentKey`. */
  readonly #documents = new LazyMap<string, string>()
  /** Origins of which a document was read. */
  readonly #shown = new LazySet<string>()

  constructor(record: SessionRecord) {
    this.#record = record
  }

  /**
   * Takes in what live documents hold. What an origin's open documents no longer hold is gone; of an origin without any the
   * last known holds on.
   */
  note(documents: readonly DocumentTokens[]): void {
    const origins = new Set(documents.map(({ origin }) => origin))
    for (const origin of origins) this.#shown.add(origin)
    for (const key of this.#documents.keys()) {
      if (origins.has(key.slice(key.indexOf(' ') + 1, key.indexOf('\n')))) this.#documents.delete(key)
    }
    for (const { origin, session, meta } of documents) {
      for (const [key, value] of session) this.#keep(documentKey('session', origin, key), value)
      for (const [name, content] of meta) this.#keep(documentKey('meta', origin, name), content)
    }
  }

  /** The current value of a binding's token; undefined when there is none (any more). */
  value({
    source,
    transform,
    page,
  }: Pick<TokenBinding, 'source' | 'transform' | 'page'>): string | undefined {
    const raw = this.#raw(source, page)
    if (raw === undefined) return undefined
    const value = transform === 'decoded' ? percentDecoded(raw) : raw
    return value !== undefined && canBeToken(value) ? value : undefined
  }

  /** Everything that a header of a page's script can have been made of, the likeliest first. */
  find(header: string, page: string): TokenMatch[] {
    const { origin } = new URL(page)
    const found: TokenMatch[] = []
    const tryText = (text: string, source: TokenSource) => {
      const template = templateOf(header, text)
      if (template !== undefined) found.push({ source, template, transform: 'raw' })
      const decoded = text.includes('%') ? percentDecoded(text) : undefined
      const made = decoded === undefined ? undefined : templateOf(header, decoded)
      if (made !== undefined) found.push({ source, template: made, transform: 'decoded' })
    }
    const part = unescapedPart(header)
    let room = MAX_SEARCHED_CHARS
    const members = (item: string): readonly TextMember[] => {
      if (!item.includes(part)) return []
      room -= item.length
      return room < 0 ? [{ path: [], text: item }] : textMembers(item)
    }
    const tryItem = (kind: 'local' | 'session', key: string, item: string) => {
      for (const { path, text } of members(item)) tryText(text, { kind, origin, key, path })
    }
    for (const [key, item] of this.#record.localItems(origin)) tryItem('local', key, item)
    for (const [kind, key, value] of this.#documentsOf(origin)) {
      if (kind === 'session') tryItem('session', key, value)
    }
    for (const { name, value } of this.#record.matchingCookies(new URL(page), { via: 'document.cookie' })) {
      for (const { path, text } of members(value)) tryText(text, { kind: 'cookie', name, path })
    }
    for (const [kind, name, value] of this.#documentsOf(origin)) {
      if (kind === 'meta') tryText(value, { kind: 'meta', origin, name })
    }
    return found
  }

  /** A text in an origin's localStorage that is a token by its name and its looks, whatever it is for. */
  held(origin: string): string | undefined {
    let room = MAX_SEARCHED_CHARS
    for (const [key, item] of this.#record.localItems(origin)) {
      room -= item.length
      if (room < 0) return undefined
      const isToken = ({ path, text }: TextMember) => [key, ...path].some(isTellingName) && looksRandom(text)
      const member = textMembers(item).find(isToken)
      if (member) return member.text
    }
    return undefined
  }

  #raw(source: TokenSource, page: string): string | undefined {
    if (source.kind === 'meta') return this.#documents.get(documentKey('meta', source.origin, source.name))
    const item = this.#item(source, page)
    return item === undefined ? undefined : memberAt(item, source.path)
  }

  #item(source: Exclude<TokenSource, { readonly kind: 'meta' }>, page: string): string | undefined {
    if (source.kind === 'cookie')
      return this.#record.matchingCookies(new URL(page)).find(({ name }) => name === source.name)?.value
    if (source.kind === 'local') return this.#record.localItem(source.origin, source.key)
    return this.#sessionItem(source.origin, source.key)
  }

  /** As documents last showed it; until one does, as the session was parked with it. */
  #sessionItem(origin: string, key: string): string | undefined {
    if (this.#shown.has(origin)) return this.#documents.get(documentKey('session', origin, key))
    const parked = this.#record.value('session-snapshot', origin)
    return parked && Object.hasOwn(parked, key) ? parked[key] : undefined
  }

  *#documentsOf(origin: string): Iterable<[kind: 'session' | 'meta', key: string, value: string]> {
    for (const [id, value] of this.#documents) {
      for (const kind of ['session', 'meta'] as const) {
        const start = documentKey(kind, origin, '')
        if (id.startsWith(start)) yield [kind, id.slice(start.length), value]
      }
    }
  }

  #keep(key: string, value: string): void {
    if (this.#documents.size < MAX_DOCUMENT_ITEMS) this.#documents.set(key, value)
  }
}

/** Tells sources apart. */
export function sourceKey(source: TokenSource): string {
  return JSON.stringify(source)
}

/** The header with `{}` in place of the token; undefined when it is not this token with a scheme before it. */
function templateOf(header: string, token: string): string | undefined {
  if (!canBeToken(token) || token.length > header.length) return undefined
  const at = header.indexOf(token)
  if (at === -1) return undefined
  const [before, after] = [header.slice(0, at), header.slice(at + token.length)]
  return PREFIX.test(before) && SUFFIX.test(after) ? `${before}{}${after}` : undefined
}

/** The longest part of a header's token that stands so in every text which holds the token, encoded or not. */
function unescapedPart(header: string): string {
  const token = header.slice(header.lastIndexOf(' ') + 1).replace(/^(?:[A-Za-z_-]{1,20}[:=]){1,2}/, '')
  const parts = token.match(/[A-Za-z\d]+/g) ?? []
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

function documentKey(kind: 'session' | 'meta', origin: string, key: string): string {
  return `${kind} ${origin}\n${key}`
}
