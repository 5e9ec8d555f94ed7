import { LazyMap } from '../../core/index.ts'
import { type Delta, type Entry, siteOfText, type TokenBinding } from '../../record/index.ts'
import { isUsualHeader } from './header-table.ts'
import type { Requester } from './requester.ts'

interface Known {
  readonly id: string
  /** The site of the page that taught it; null for one that was declared. */
  readonly site: string | null
  readonly binding: TokenBinding
}

/** As many bindings are learned for one session, and as many of pages of one site. */
const MAX_LEARNED = 2_000
const MAX_LEARNED_OF_SITE = 100

/**
 * The bindings of a record, by the origin they are for and by the site that taught them. Which of them a request gets
 * depends on who asks: what a page of one site taught is never in the way of what another's did.
 */
export class KnownBindings {
  readonly #byOrigin = new LazyMap<string, Known[]>()
  /** How many the pages of a site taught. */
  readonly #counts = new LazyMap<string, number>()
  #learned = 0

  /** Whether there is room for another one that pages of this site teach. */
  hasRoom(site: string): boolean {
    return this.#learned < MAX_LEARNED && (this.#counts.get(site) ?? 0) < MAX_LEARNED_OF_SITE
  }

  get empty(): boolean {
    return this.#byOrigin.size === 0
  }

  /** Every one, whoever taught it. */
  all(): TokenBinding[] {
    return [...this.#byOrigin.values()].flat().map(({ binding }) => binding)
  }

  origins(): string[] {
    return [...this.#byOrigin.keys()]
  }

  /** The ids of what is known of a header, whoever taught it. */
  idsOf(origin: string, header: string): string[] {
    return this.#of(origin).flatMap(({ id, binding }) => (binding.header === header ? [id] : []))
  }

  declared(origin: string, header: string): TokenBinding | undefined {
    return this.#of(origin).find(({ site, binding }) => site === null && binding.header === header)?.binding
  }

  /** The one with this id in the record. */
  byId(id: string): TokenBinding | undefined {
    const [origin = ''] = id.split('\n')
    return this.#of(origin).find((known) => known.id === id)?.binding
  }

  /** What pages of this site taught of a header. */
  taughtBy(site: string, origin: string, header: string): TokenBinding | undefined {
    return this.#of(origin).findLast((known) => known.site === site && known.binding.header === header)
      ?.binding
  }

  /**
   * What a request to this origin gets: what was declared; then what pages of the asking site taught. The user gets
   * what the origin's own site taught, and then what the first other site did, if that was before.
   */
  for(origin: string, requester: Requester): readonly TokenBinding[] {
    const known = this.#byOrigin.get(origin)
    if (known === undefined) return NONE
    const own = siteOfText(origin)
    const sites =
      requester === 'user' ? [own, firstOther(known, own)] : requester === 'nobody' ? [] : [requester.site]
    const found = new Map<string, TokenBinding>()
    for (const site of [null, ...sites]) {
      if (site === undefined) continue
      // The last is the newest of a site's: it may have an older one beside it whose id does not tell who taught it.
      const taught = new Map<string, TokenBinding>()
      for (const { site: by, binding } of known) if (by === site) taught.set(binding.header, binding)
      for (const [header, binding] of taught) if (!found.has(header)) found.set(header, binding)
    }
    return [...found.values()]
  }

  /** Takes in what the record changed. */
  index(delta: Delta): void {
    for (const entry of delta) {
      if (entry.kind !== 'binding') continue
      const [origin = ''] = entry.id.split('\n')
      const before = this.#of(origin)
      const others = before.filter(({ id }) => id !== entry.id)
      const known = knownOf(entry)
      this.#count(before.find(({ id }) => id === entry.id)?.site, -1)
      this.#count(known?.site, 1)
      const all = known ? [...others, known] : others
      if (all.length > 0) this.#byOrigin.set(origin, all)
      else this.#byOrigin.delete(origin)
    }
  }

  #count(site: string | null | undefined, change: 1 | -1): void {
    if (site == null) return
    this.#learned += change
    const count = (this.#counts.get(site) ?? 0) + change
    if (count > 0) this.#counts.set(site, count)
    else this.#counts.delete(site)
  }

  #of(origin: string): readonly Known[] {
    return this.#byOrigin.get(origin) ?? []
  }
}

const NONE: readonly TokenBinding[] = []

/** The id of a binding in the record: one per origin and header, and per site where pages taught it. */
export function bindingId({ origin, header, page, learned }: Omit<TokenBinding, 'source'>): string {
  return learned ? `${origin}\n${header}\n${siteOfText(page)}` : `${origin}\n${header}`
}

/**
 * The site whose pages taught before any other did, the origin's own among them. Of two that did so in the same moment, in two
 * processes, all processes choose the same.
 *
 * @returns undefined where it is the origin's own site: what other sites teach later adds nothing to that
 */
function firstOther(known: readonly Known[], own: string | null): string | undefined {
  let first: { readonly site: string; readonly since: number } | undefined
  for (const { site, binding } of known) {
    if (site === null) continue
    const since = binding.since ?? (site === own ? 0 : Number.POSITIVE_INFINITY)
    const isFirst = !first || since < first.since
    if (isFirst || (since === first?.since && first.site !== own && (site === own || site < first.site)))
      first = { site, since }
  }
  return first?.site === own ? undefined : first?.site
}

/**
 * What an entry says, as far as it can be true. What a store brought may say another origin than its id, so that it would be
 * sent where nobody looks for it; or that a page taught what it may not. An id without a site is of a time when any page
 * could teach: it holds where the page is of the origin's own site.
 */
function knownOf({ id, value }: Extract<Entry, { readonly kind: 'binding' }>): Known | null {
  if (value === null) return null
  const { origin, header, page, source, learned } = value
  // What is in a page's memory only pages can tell.
  if (!learned && source.kind === 'memory') return null
  if (!learned) return bindingId(value) === id ? { id, site: null, binding: value } : null
  const site = siteOfText(page)
  if (site === null) return null
  const atHome = site === siteOfText(origin)
  if (source.kind === 'memory')
    return id === bindingId(value) && (atHome || isUsualHeader(header)) ? { id, site, binding: value } : null
  if (id !== bindingId(value) && !(atHome && id === `${origin}\n${header}`)) return null
  if (!atHome && !isUsualHeader(header)) return null
  if (source.kind !== 'cookie' && source.origin !== new URL(page).origin) return null
  return { id, site, binding: value }
}
