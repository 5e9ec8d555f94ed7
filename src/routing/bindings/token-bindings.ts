import { type Clock, LazyMap, LazySet } from '../../core/index.ts'
import type { HeaderList } from '../../http/index.ts'
import type { ChangeSource, Delta, SessionRecord, TokenBinding } from '../../record/index.ts'
import type { EventHub } from '../events.ts'
import type { TokenSources } from './token-sources.ts'
import { tokenEnd } from './token-value.ts'

const SOURCE: ChangeSource = { name: 'token bindings' }

/**
 * The token bindings of a session, by the origin they are for. They live in the record; the values do not: each is looked
 * up where the page keeps it when a request needs it.
 */
export class TokenBindings {
  readonly #record: SessionRecord
  readonly #sources: TokenSources
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #byOrigin = new LazyMap<string, TokenBinding[]>()
  /** Entry ids of those whose first use has been told. */
  readonly #told = new LazySet<string>()
  /** Entry ids of those that the user took away: they are not learned again. */
  readonly #unwanted = new LazySet<string>()
  /** The last value looked up per binding, with the end that it names. */
  readonly #ends = new LazyMap<string, { readonly value: string; readonly end: number | undefined }>()

  constructor(record: SessionRecord, sources: TokenSources, events: EventHub, clock: Clock) {
    this.#record = record
    this.#sources = sources
    this.#events = events
    this.#clock = clock
    record.follow((delta) => this.#index(delta))
  }

  /** Whether there is none at all: what most requests ask. */
  get empty(): boolean {
    return this.#byOrigin.size === 0
  }

  list(): TokenBinding[] {
    return [...this.#byOrigin.values()].flat()
  }

  of(origin: string): readonly TokenBinding[] {
    return this.#byOrigin.get(origin) ?? NONE
  }

  get(origin: string, header: string): TokenBinding | undefined {
    return this.of(origin).find((binding) => binding.header === header)
  }

  /** Whether live documents have to be read for the values. */
  get needDocuments(): boolean {
    if (this.empty) return false
    return this.list().some(({ source }) => source.kind === 'session' || source.kind === 'meta')
  }

  put(binding: TokenBinding): void {
    const id = bindingId(binding)
    if (!binding.learned) this.#unwanted.delete(id)
    this.#told.delete(id)
    this.#record.write([{ kind: 'binding', id, value: binding }], SOURCE)
    const { origin, header, source, learned } = binding
    const at = this.#clock.now()
    if (learned) this.#events.emit({ type: 'binding-learned', at, origin, header, source: source.kind })
  }

  /** Takes one away for good: it is not learned again while the session is open. False when there was none. */
  remove(origin: string, header: string): boolean {
    this.#unwanted.add(bindingId({ origin, header }))
    return this.retire(origin, header, 'it was taken away')
  }

  retire(origin: string, header: string, reason: string): boolean {
    if (this.get(origin, header) === undefined) return false
    this.#record.write([{ kind: 'binding', id: bindingId({ origin, header }), value: null }], SOURCE)
    this.#events.emit({ type: 'binding-retired', at: this.#clock.now(), origin, header, reason })
    return true
  }

  /** Whether this one may be learned. One that was declared stays as it is. */
  mayLearn(origin: string, header: string): boolean {
    return !this.#unwanted.has(bindingId({ origin, header })) && this.get(origin, header)?.learned !== false
  }

  /** The token as it is now; undefined when it is gone. An expired one is still there. */
  token(binding: TokenBinding): string | undefined {
    return this.#sources.value(binding)
  }

  /** A token of an origin for which no header is known: what pages send with it may not have been seen yet. */
  unlearned(origin: string): string | undefined {
    return this.of(origin).length === 0 ? this.#sources.held(origin) : undefined
  }

  /** Whether a header of this value is what the binding makes of its token, expired or not. */
  makes(binding: TokenBinding, value: string): boolean {
    const token = this.#sources.value(binding)
    return token !== undefined && binding.template.replace('{}', () => token) === value
  }

  /** The header of a binding as it is now, or undefined when its token is gone or has expired (by its own `exp`). */
  header(binding: TokenBinding): string | undefined {
    const value = this.#sources.value(binding)
    if (value === undefined) return undefined
    const id = bindingId(binding)
    let known = this.#ends.get(id)
    if (known?.value !== value) {
      known = { value, end: tokenEnd(value) }
      this.#ends.set(id, known)
    }
    if (known.end !== undefined && known.end <= this.#clock.now()) return undefined
    return binding.template.replace('{}', () => value)
  }

  /** The token headers for a request to this origin; undefined when there are none. */
  headersFor(origin: string): HeaderList | undefined {
    const bindings = this.#byOrigin.get(origin)
    if (bindings === undefined) return undefined
    const list: string[] = []
    for (const binding of bindings) {
      const value = this.header(binding)
      if (value !== undefined) list.push(binding.header, value)
    }
    return list.length === 0 ? undefined : list
  }

  /** A request was sent with this header: the first time is news. */
  noteUse(origin: string, header: string): void {
    const id = bindingId({ origin, header })
    if (this.#told.has(id)) return
    this.#told.add(id)
    this.#events.emit({ type: 'binding-used', at: this.#clock.now(), origin, header })
  }

  #index(delta: Delta): void {
    for (const entry of delta) {
      if (entry.kind !== 'binding') continue
      const [origin = '', header = ''] = entry.id.split('\n')
      const others = this.of(origin).filter((binding) => binding.header !== header)
      this.#ends.delete(entry.id)
      // What a store brought may say another origin than its id: it would be sent where nobody looks for it.
      const fits = entry.value !== null && bindingId(entry.value) === entry.id
      const all = fits && entry.value ? [...others, entry.value] : others
      if (all.length > 0) this.#byOrigin.set(origin, all)
      else this.#byOrigin.delete(origin)
    }
  }
}

const NONE: readonly TokenBinding[] = []

/** The id of a binding in the record: one per origin and header. */
function bindingId({ origin, header }: { readonly origin: string; readonly header: string }): string {
  return `${origin}\n${header}`
}
