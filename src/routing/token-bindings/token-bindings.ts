import { type Clock, LazyMap, LazySet } from '../../core/index.ts'
import { fitsInHeader, tokenEnd } from '../../credentials/index.ts'
import type { HeaderList } from '../../http/index.ts'
import { type ChangeSource, type SessionRecord, siteOfText, type TokenBinding } from '../../record/index.ts'
import type { EventHub } from '../events.ts'
import { isUsualHeader } from './header-table.ts'
import { bindingId, KnownBindings } from './known-bindings.ts'
import type { MemoryHeader } from './memory-header.ts'
import { MemoryTokens } from './memory-tokens.ts'
import type { Requester } from './requester.ts'
import type { HeldToken, TokenSource, TokenSources } from './token-sources.ts'
import { isLoginPage } from './viewed-pages.ts'

const SOURCE: ChangeSource = { name: 'token bindings' }

/** What can be said of a binding's token at a moment. */
export type TokenState = 'there' | 'gone' | 'expired'

/** What a page has sent that only its memory has, as processes give it to each other. */
export interface SharedToken {
  /** Of the binding. */
  readonly id: string
  readonly template: string
  readonly token: string
  /** Epoch milliseconds. */
  readonly sentAt: number
}

/** Who sent a header, and where to. */
export interface Sender {
  readonly origin: string
  readonly name: string
  /** The site of the page, and of every frame down to the script that asked. */
  readonly site: string
  /** Whether the user opened the page: only then it teaches for other sites than its own. */
  readonly elsewhere: boolean
}

/**
 * The token bindings of a session. They live in the record; the values do not: each is looked up where the page keeps it
 * when a request needs it, or is what a page has sent last.
 */
export class TokenBindings {
  readonly #record: SessionRecord
  readonly #sources: TokenSources
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #known = new KnownBindings()
  /** What pages sent that is nowhere to be looked up. */
  readonly #memory = new MemoryTokens()
  /** Notified of each new one; must not throw. */
  onSent: ((token: SharedToken) => void) | undefined
  /** Ids of those whose first use has been reported. */
  readonly #reported = new LazySet<string>()
  /** Ids of those that were reported as empty, until they have a value. */
  readonly #reportedEmpty = new LazySet<string>()
  /** Headers of origins that the user took away: they are not learned again. */
  readonly #unwanted = new LazySet<string>()
  /** Origins whose pages are opened to show what they send. */
  readonly #awaited: string[] = []
  /** The last value looked up per binding, with the end that it names. */
  readonly #ends = new LazyMap<string, { readonly value: string; readonly end: number | undefined }>()

  constructor(record: SessionRecord, sources: TokenSources, events: EventHub, clock: Clock) {
    this.#record = record
    this.#sources = sources
    this.#events = events
    this.#clock = clock
    record.follow((delta) => {
      for (const { kind, id, value } of delta) {
        if (kind !== 'binding') continue
        this.#ends.delete(id)
        if (value?.source.kind !== 'memory') this.#memory.delete(id)
      }
      this.#known.index(delta)
      for (const { kind, id } of delta) if (kind === 'indexeddb-snapshot') this.#lookFor(id)
    })
  }

  /** Whether there is none at all: what most requests ask. */
  get empty(): boolean {
    return this.#known.empty
  }

  /** Those that requests of this requester get, of all origins. */
  list(requester: Requester = 'user'): TokenBinding[] {
    return this.#known.origins().flatMap((origin) => this.#known.for(origin, requester))
  }

  /** Those that a request to this origin gets. */
  of(origin: string, requester: Requester = 'user'): readonly TokenBinding[] {
    return this.#known.for(origin, requester)
  }

  /** What pages of a site taught. */
  taughtBy(site: string, origin: string, header: string): TokenBinding | undefined {
    return this.#known.taughtBy(site, origin, header)
  }

  /** Whether live documents have to be read for the values. */
  get needDocuments(): boolean {
    if (this.empty) return false
    return this.#known.all().some(({ source }) => source.kind === 'session' || source.kind === 'meta')
  }

  /** Whether a token is kept in metas of this origin. */
  needsMetasOf(origin: string): boolean {
    if (this.empty) return false
    return this.#known.all().some(({ source }) => source.kind === 'meta' && source.origin === origin)
  }

  put(given: TokenBinding): void {
    const { origin, header, source, learned, page } = given
    const at = this.#clock.now()
    const id = bindingId(given)
    const plain = `${origin}\n${header}`
    const before = learned ? this.taughtBy(siteOfText(page) ?? '', origin, header) : undefined
    const binding = learned ? { ...given, since: before?.since ?? at } : given
    if (!learned) this.#unwanted.delete(plain)
    this.#reported.delete(id)
    // One whose id does not tell who taught it would stay beside what is known now.
    const stale = learned && this.#known.idsOf(origin, header).includes(plain)
    const gone = stale ? [{ kind: 'binding', id: plain, value: null } as const] : []
    this.#record.write([...gone, { kind: 'binding', id, value: binding }], SOURCE)
    if (learned) this.#events.emit({ type: 'token-binding-learned', at, origin, header, source: source.kind })
  }

  /**
   * A page has sent what only its memory has: it is what requests get from now on, in this process. The record keeps which header it
   * was, and never the value.
   */
  remember(
    sender: Sender & { readonly page: string },
    { template, token }: Pick<MemoryHeader, 'template' | 'token'>,
  ): void {
    const { origin, name: header, page, site } = sender
    const known = this.taughtBy(site, origin, header)
    const isKnown = known?.source.kind === 'memory' && known.template === template
    const binding: TokenBinding = isKnown
      ? known
      : { origin, header, template, transform: 'raw', page, source: { kind: 'memory' }, learned: true }
    if (!isKnown) this.put(binding)
    const id = bindingId(binding)
    const isNew = this.#memory.get(id) !== token
    const sentAt = this.#clock.now()
    this.#memory.put(id, token, sentAt)
    if (isNew) this.onSent?.({ id, template, token, sentAt })
  }

  /** What only pages' memory has, as far as it can be sent now. */
  shared(): SharedToken[] {
    return this.#memory.ids().flatMap((id) => {
      const [binding, token, sentAt] = [this.#known.byId(id), this.#memory.get(id), this.#memory.sentAt(id)]
      if (binding === undefined || token === undefined || sentAt === undefined) return []
      return this.header(binding) === undefined ? [] : [{ id, template: binding.template, token, sentAt }]
    })
  }

  /** A page of another process has sent this: it counts where the binding is known here, and nothing later is. */
  take({ id, template, token, sentAt }: SharedToken): void {
    const binding = this.#known.byId(id)
    if (binding?.source.kind !== 'memory' || binding.template !== template || !fitsInHeader(token)) return
    if (this.#memory.get(id) === token || sentAt <= (this.#memory.sentAt(id) ?? 0)) return
    this.#memory.put(id, token, Math.min(sentAt, this.#clock.now()))
  }

  /** The site has refused the headers that were sent so: what only pages' memory has of them is not sent again. */
  refused(origin: string, requester: Requester, sent: HeaderList): void {
    for (const binding of this.of(origin, requester)) {
      if (binding.source.kind !== 'memory') continue
      const at = sent.indexOf(binding.header)
      const token = this.token(binding)
      if (token === undefined || at === -1) continue
      if (sent[at + 1] !== binding.template.replace('{}', () => token)) continue
      const id = bindingId(binding)
      if (this.#memory.get(id) === undefined) this.#memory.put(id, token, 0)
      this.#memory.refuse(id, token)
    }
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#clock.now()
  }

  /** Forgets what only pages' memory has. */
  forget(): void {
    this.#memory.clear()
  }

  /** The token was used on another page of its site: that is where it is renewed from now on. */
  moved(binding: TokenBinding, page: string): void {
    const { source } = binding
    if (!binding.learned || page === binding.page) return
    if (new URL(page).origin !== new URL(binding.page).origin) return
    if (isLoginPage(page) && !isLoginPage(binding.page)) return
    const next = { ...binding, page }
    if (source.kind === 'cookie' && this.token(next) !== this.token(binding)) return
    this.#record.write([{ kind: 'binding', id: bindingId(next), value: next }], SOURCE)
  }

  /** Takes one away for good: it is not learned again while the session is open. False when there was none. */
  remove(origin: string, header: string): boolean {
    this.#unwanted.add(`${origin}\n${header}`)
    return this.#retire(origin, header, this.#known.idsOf(origin, header), 'it was taken away')
  }

  retire(binding: TokenBinding, reason: string): void {
    this.#retire(binding.origin, binding.header, [bindingId(binding)], reason)
  }

  #retire(origin: string, header: string, ids: readonly string[], reason: string): boolean {
    if (ids.length === 0) return false
    this.#record.write(
      ids.map((id) => ({ kind: 'binding', id, value: null })),
      SOURCE,
    )
    this.#events.emit({ type: 'token-binding-retired', at: this.#clock.now(), origin, header, reason })
    return true
  }

  /**
   * Whether this one may be learned of that sender. A page teaches for its own site; one that the user opened teaches the
   * usual headers for others, too. What was declared stays as it is.
   */
  mayLearn({ origin, name, site, elsewhere }: Sender): boolean {
    if (this.#unwanted.has(`${origin}\n${name}`)) return false
    if (this.#known.declared(origin, name) !== undefined) return false
    if (siteOfText(origin) !== site && !(elsewhere && isUsualHeader(name))) return false
    return this.taughtBy(site, origin, name) !== undefined || this.#known.hasRoom(site)
  }

  /** The token as it is now; undefined when it is gone. An expired one is still there. */
  token(binding: TokenBinding): string | undefined {
    if (isKept(binding)) return this.#sources.value(binding)
    return this.#memory.get(bindingId(binding)) ?? this.#sources.saved(binding)
  }

  /** The databases of an origin were saved: what only pages' memory has may stand in them, and be there when the session is opened anew. */
  #lookFor(origin: string): void {
    const site = siteOfText(origin)
    for (const binding of this.#known.all()) {
      const { source, page } = binding
      const id = bindingId(binding)
      const token = this.#memory.get(id)
      if (source.kind !== 'memory' || token === undefined || siteOfText(page) !== site) continue
      const saved = source.kept?.origin === origin ? this.#sources.saved(binding) : undefined
      if (saved !== undefined && saved !== token && this.#memory.wasRefused(id)) {
        // The page has put another there since, though it was not seen to send it.
        this.#memory.put(id, saved, this.#clock.now())
        continue
      }
      const kept = this.#sources.placeOf(origin, token)
      const isKnown = source.kept?.origin === origin
      if (JSON.stringify(kept) === JSON.stringify(isKnown ? source.kept : undefined)) continue
      const value = { ...binding, source: { kind: 'memory', ...(kept && { kept }) } as const }
      this.#record.write([{ kind: 'binding', id, value }], SOURCE)
    }
  }

  /** A token for an origin for which no header is known: what pages send with it may not have been seen yet. */
  unlearned(origin: string, requester: Requester = 'user'): HeldToken | undefined {
    if (requester !== 'user' || this.of(origin, requester).length > 0) return undefined
    return this.#sources.held(origin)
  }

  /** Pages of this origin are opened to show what they send: one sight of a usual header is enough until the call ends. */
  async awaiting<T>(origin: string, work: () => Promise<T>): Promise<T> {
    this.#awaited.push(origin)
    try {
      return await work()
    } finally {
      this.#awaited.splice(this.#awaited.indexOf(origin), 1)
    }
  }

  isAwaited(header: string, page: string): boolean {
    return this.#awaited.length > 0 && isUsualHeader(header) && this.#awaited.includes(new URL(page).origin)
  }

  /** Takes in the metas of a document of this origin that came over HTTP. */
  noteMetas(origin: string, metas: Iterable<readonly [name: string, content: string]>): void {
    this.#sources.noteMetas(origin, metas)
  }

  /** Whether a header of this value is what the binding makes of its token, expired or not. */
  makes(binding: TokenBinding, value: string): boolean {
    const token = this.token(binding)
    return token !== undefined && binding.template.replace('{}', () => token) === value
  }

  /** The header of a binding as it is now, or undefined when its token is gone, refused, or expired (by its own `exp`). */
  header(binding: TokenBinding): string | undefined {
    const value = this.token(binding)
    return value === undefined || this.#isOver(binding, value)
      ? undefined
      : binding.template.replace('{}', () => value)
  }

  state(binding: TokenBinding): TokenState {
    const value = this.token(binding)
    if (value === undefined) return 'gone'
    return this.#isOver(binding, value) ? 'expired' : 'there'
  }

  /** The token headers for a request to this origin; undefined when there are none. */
  headersFor(origin: string, requester: Requester = 'user'): HeaderList | undefined {
    const list: string[] = []
    for (const binding of this.of(origin, requester)) {
      const value = this.header(binding)
      if (value !== undefined) list.push(binding.header, value)
    }
    return list.length === 0 ? undefined : list
  }

  /** A request was sent with this header, or without it, as it has no value: the first time is reported. */
  noteUse(binding: TokenBinding): void {
    const { origin, header, source } = binding
    const id = bindingId(binding)
    const state = this.state(binding)
    if (state === 'there') {
      this.#reportedEmpty.delete(id)
      if (this.#reported.has(id)) return
      this.#reported.add(id)
      this.#events.emit({ type: 'token-binding-used', at: this.#clock.now(), origin, header })
    } else if (!this.#reportedEmpty.has(id)) {
      this.#reportedEmpty.add(id)
      const over = this.#isRefused(binding)
        ? 'the site has refused the token'
        : 'the token has ended by its own claim'
      const reason = state === 'expired' ? over : 'the token is gone'
      const at = this.#clock.now()
      this.#events.emit({
        type: 'token-binding-empty',
        at,
        origin,
        header,
        source: source.kind,
        state,
        reason,
      })
    }
  }

  #isRefused(binding: TokenBinding): boolean {
    return binding.source.kind === 'memory' && this.#memory.isRefused(bindingId(binding))
  }

  #isOver(binding: TokenBinding, value: string): boolean {
    if (this.#isRefused(binding)) return true
    const id = bindingId(binding)
    let known = this.#ends.get(id)
    if (known?.value !== value) {
      known = { value, end: tokenEnd(value) }
      this.#ends.set(id, known)
    }
    return known.end !== undefined && known.end <= this.#clock.now()
  }
}

/** Whether the token is kept where it can be looked up, and not only in a page's memory. */
function isKept(binding: TokenBinding): binding is TokenBinding & { readonly source: TokenSource } {
  return binding.source.kind !== 'memory'
}
