import type { DocumentTokens } from '../../browser/index.ts'
import { LazyMap, LazySet } from '../../core/index.ts'
import { canBeToken, fitsInHeader, isTellingName, looksRandom } from '../../credentials/index.ts'
import { type DatabasePlace, type SessionRecord, siteOfText, type TokenBinding } from '../../record/index.ts'
import { placeInDatabases, valueInDatabases } from './database-values.ts'
import { DocumentValues } from './document-values.ts'
import { memberAt, percentDecoded, type TextMember, textMembers, unescapedPart } from './text-members.ts'

/** Where a token can be looked up. */
export type TokenSource = Exclude<TokenBinding['source'], { readonly kind: 'memory' }>

/** Where a header's value was found, and how it is written into the header. */
export interface TokenMatch {
  readonly source: TokenSource
  readonly template: string
  readonly transform: TokenBinding['transform']
}

/** A token that is kept, and where. */
export interface HeldToken {
  readonly origin: string
  readonly token: string
}

/** A scheme, or a scheme and a parameter: `Bearer `, `Token token="`. No more, so that no secret becomes a template. */
const PREFIX = /^(?:[A-Za-z][A-Za-z-]{0,19}[ :=] ?(?:[A-Za-z_-]{1,16}= ?"?)?)?$/
const SUFFIX = /^"?$/
const MAX_CHANGED = 4096
/** Other origins of a site whose storage is looked into for a token. */
const MAX_HOLDERS = 8
/** Of so much text the members are looked at for one header. Only texts count that can hold its token. */
const MAX_SEARCHED_CHARS = 256 * 1024

/** Where tokens are kept: the record's cookies and localStorage, and what live documents hold beside them. */
export class TokenSources {
  readonly #record: SessionRecord
  readonly #documents = new DocumentValues()
  /** Items of sessionStorage that a document has shown with another value than at the session's release. */
  readonly #changed = new LazySet<string>()

  /** What was looked up in databases, by place, and in which snapshot: each request asks for it. */
  readonly #databaseValues = new LazyMap<
    string,
    { readonly snapshot: unknown; readonly value: string | undefined }
  >()

  constructor(record: SessionRecord) {
    this.#record = record
  }

  /** Takes in what live documents hold. */
  note(documents: readonly DocumentTokens[]): void {
    for (const { origin, session } of documents) {
      const saved = this.#saved(origin)
      for (const [key, value] of session) {
        const isOld = saved !== undefined && Object.hasOwn(saved, key) && saved[key] === value
        if (!isOld && this.#changed.size < MAX_CHANGED) this.#changed.add(`${origin}\n${key}`)
      }
    }
    this.#documents.note(documents)
  }

  /** Takes in the metas of a document that came over HTTP. */
  noteMetas(origin: string, metas: Iterable<readonly [name: string, content: string]>): void {
    for (const [name, content] of metas) this.#documents.set('meta', origin, name, content)
  }

  /** Whether an item of sessionStorage has been written since the session was opened. */
  isNew(origin: string, key: string): boolean {
    return this.#changed.has(`${origin}\n${key}`)
  }

  /** The current value of a binding's token; undefined when there is none (any more). */
  value({
    source,
    transform,
    page,
    learned,
  }: Pick<TokenBinding, 'transform' | 'page' | 'learned'> & { readonly source: TokenSource }):
    | string
    | undefined {
    const raw = this.#raw(source, page)
    if (raw === undefined) return undefined
    const value = transform === 'decoded' ? percentDecoded(raw) : raw
    if (value === undefined) return undefined
    // What was declared is meant, however short; a page may be showing anything.
    return (learned ? canBeToken(value) : fitsInHeader(value)) ? value : undefined
  }

  /** Where a token stands in the databases of an origin, as the record keeps them. */
  placeOf(origin: string, token: string): DatabasePlace | undefined {
    return placeInDatabases(this.#record, origin, token)
  }

  /** The token of a page's memory as it stood in a database when the session was released; undefined where it did not. */
  saved({ source, page }: Pick<TokenBinding, 'source' | 'page'>): string | undefined {
    const kept = source.kind === 'memory' ? source.kept : undefined
    // What a store says of it holds for the site that taught it, as with all else that pages keep.
    if (kept === undefined || siteOfText(kept.origin) !== siteOfText(page)) return undefined
    const snapshot = this.#record.value('indexeddb-snapshot', kept.origin)
    const key = JSON.stringify(kept)
    const known = this.#databaseValues.get(key)
    if (known !== undefined && known.snapshot === snapshot) return known.value
    const value = valueInDatabases(this.#record, kept)
    if (this.#databaseValues.size >= MAX_CHANGED) this.#databaseValues.clear()
    this.#databaseValues.set(key, { snapshot, value })
    return value
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
    const part = unescapedPart(tokenOf(header))
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
    for (const [kind, key, value] of this.#documents.of(origin)) {
      if (kind === 'session') tryItem('session', key, value)
    }
    for (const { name, value } of this.#record.matchingCookies(new URL(page), { via: 'document.cookie' })) {
      for (const { path, text } of members(value)) tryText(text, { kind: 'cookie', name, path })
    }
    for (const [kind, name, value] of this.#documents.of(origin)) {
      if (kind === 'meta') tryText(value, { kind: 'meta', origin, name })
    }
    return found
  }

  /**
   * A text in the storage of an origin, or of another one of its site, that is a token by its name and its looks, whatever it
   * is for.
   */
  held(origin: string): HeldToken | undefined {
    let room = MAX_SEARCHED_CHARS
    const site = siteOfText(origin)
    const others = this.#record
      .localOrigins()
      .filter((other) => other !== origin && siteOfText(other) === site)
    for (const holder of [origin, ...others.slice(0, MAX_HOLDERS)]) {
      const items = [...this.#record.localItems(holder), ...Object.entries(this.#saved(holder) ?? {})]
      for (const [key, item] of items) {
        room -= item.length
        if (room < 0) return undefined
        const isToken = ({ path, text }: TextMember) =>
          [key, ...path].some(isTellingName) && looksRandom(text)
        const member = textMembers(item).find(isToken)
        if (member) return { origin: holder, token: member.text }
      }
    }
    return undefined
  }

  #raw(source: TokenSource, page: string): string | undefined {
    if (source.kind === 'meta') return this.#documents.get('meta', source.origin, source.name)
    const item = this.#item(source, page)
    return item === undefined ? undefined : memberAt(item, source.path)
  }

  #item(source: Exclude<TokenSource, { readonly kind: 'meta' }>, page: string): string | undefined {
    if (source.kind === 'cookie')
      return this.#record.matchingCookies(new URL(page)).find(({ name }) => name === source.name)?.value
    if (source.kind === 'local') return this.#record.localItem(source.origin, source.key)
    return this.#sessionItem(source.origin, source.key)
  }

  /** As documents last showed it; until one does, as it was at the session's release. */
  #sessionItem(origin: string, key: string): string | undefined {
    if (this.#documents.hasRead(origin)) return this.#documents.get('session', origin, key)
    const saved = this.#saved(origin)
    return saved && Object.hasOwn(saved, key) ? saved[key] : undefined
  }

  #saved(origin: string): Readonly<Record<string, string>> | undefined {
    return this.#record.value('session-snapshot', origin)
  }
}

/** The key of a source. */
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

/** What can be the token of a header. */
function tokenOf(header: string): string {
  return header.slice(header.lastIndexOf(' ') + 1).replace(/^(?:[A-Za-z_-]{1,20}[:=]){1,2}/, '')
}
