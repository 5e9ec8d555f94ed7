import { createHash } from 'node:crypto'
import type { DocumentTokens, RequestWatcher, SentHeader } from '../../browser/index.ts'
import { LazyMap } from '../../core/index.ts'
import { isTellingName, looksRandom } from '../../credentials/index.ts'
import { type ChangeSource, type Delta, localId, type SessionRecord } from '../../record/index.ts'
import { speaksOfForgery } from './header-table.ts'
import { memoryHeader } from './memory-header.ts'
import type { TokenBindings } from './token-bindings.ts'
import { sourceKey, type TokenMatch, type TokenSources } from './token-sources.ts'
import { ValueTurns } from './value-turns.ts'
import { ViewedPages } from './viewed-pages.ts'

/** Values of one header that were found nowhere, before it is no longer looked at: it is made anew for each request. */
const MAX_UNEXPLAINED = 20
/** Headers that are followed of what pages of one site send; what comes later is not looked at. */
const MAX_HEADERS_OF_SITE = 200
/** Headers that are followed in all, and sites: the last ones. */
const MAX_HEADERS = 2_000
const MAX_SITES = 1_000
/** Requests whose header did not come from where the binding says, in a row, before the binding goes. */
const MAX_MISSES = 3
const MAX_FRESH = 2_000
/** Headers whose token is looked for again when something is stored: pages send some before they store them. */
const MAX_LATE = 20
/** How often each is. */
const LATE_LOOKS = 5

interface Candidate {
  readonly match: TokenMatch
  readonly page: string
  sightings: number
  /** Its token has been another one, or was not there, while somebody watched. */
  changed: boolean
}

interface Track {
  /** By source, template and transform. */
  candidates: Map<string, Candidate>
  unexplained: number
  misses: number
  /** Of what was found nowhere: how its values follow each other; undefined until there is one. */
  turns: ValueTurns | undefined
  /** How often what only a page's memory has was looked for all the same: a page may store it late. */
  looks: number
}

/**
 * Learns where the headers that pages' scripts send come from: a header that equals a token seen twice, or once with a
 * token that is new since the session was opened, becomes a binding. A header that stops coming from there loses it. One that
 * is found nowhere is in the page's memory only: it is sent as the page sent it last.
 */
export class BindingLearner implements RequestWatcher {
  readonly #bindings: TokenBindings
  readonly #sources: TokenSources
  readonly #shown = new ViewedPages()
  readonly #tracks = new LazyMap<string, Track>()
  /** How many headers of a site have been followed: one that sends ever new ones is not in the way of others. */
  readonly #counts = new LazyMap<string, number>()
  /** Hashes of cookies' names and items that were written since the session was opened. */
  readonly #fresh = new Set<string>()
  /** By origin and name: the last one that was found nowhere, and how often it is still looked for. */
  readonly #late = new LazyMap<string, { readonly header: SentHeader; looks: number }>()

  /** @param stored - the source of changes that are not new: they are from when the session was stored */
  constructor(record: SessionRecord, bindings: TokenBindings, sources: TokenSources, stored: ChangeSource) {
    this.#bindings = bindings
    this.#sources = sources
    record.subscribe((delta, source) => {
      if (source === stored) return
      for (const entry of delta) this.#noteFresh(entry)
      if (delta.some(({ kind, value }) => value !== null && (kind === 'local' || kind === 'cookie')))
        this.#lookAgain()
    })
  }

  /** The pages that the user has looked at. */
  get shown(): ViewedPages {
    return this.#shown
  }

  shows(address: string): void {
    this.#shown.note(address)
  }

  get needsDocuments(): boolean {
    return this.#bindings.needDocuments
  }

  wants(header: SentHeader): boolean {
    if (!this.#bindings.mayLearn(header)) return false
    const track = this.#tracks.get(trackKey(header))
    if (track === undefined) return (this.#counts.get(header.site) ?? 0) < MAX_HEADERS_OF_SITE
    return track.unexplained < MAX_UNEXPLAINED
  }

  take(sent: readonly SentHeader[], documents: readonly DocumentTokens[]): void {
    this.#sources.note(documents)
    for (const header of sent) this.#look(header)
  }

  #look(header: SentHeader): void {
    const { origin, name, value, site } = header
    if (!this.#bindings.mayLearn(header)) return
    const key = trackKey(header)
    const track = this.#trackOf(header)
    this.#late.delete(key)
    const known = this.#bindings.taughtBy(site, origin, name)
    const isMemory = known?.source.kind === 'memory'
    const isSame = known !== undefined && this.#bindings.makes(known, value)
    if (isSame) {
      track.misses = 0
      this.#bindings.moved(known, header.page)
      if (!isMemory) return
    }
    // What is in memory only is looked for a few times all the same.
    const matches = isSame && track.looks++ >= LATE_LOOKS ? [] : this.#matches(header)
    if (matches.length > 0) {
      this.#explain(track, header, matches)
      if (this.#bindings.taughtBy(site, origin, name)?.source.kind !== 'memory') return
    } else {
      putLast(this.#late, key, { header, looks: LATE_LOOKS }, MAX_LATE)
    }
    if ((known === undefined || isMemory) && this.#remember(track, header)) return
    track.unexplained++
    if (known && !isMemory && ++track.misses >= MAX_MISSES) {
      this.#bindings.retire(known, 'the page takes its token from elsewhere')
    }
  }

  /** Takes what only the page's memory has for what the page sends. @returns whether it is to be sent */
  #remember(track: Track, header: SentHeader): boolean {
    const made = memoryHeader(header.name, header.value)
    if (made === null) return false
    track.turns ??= new ValueTurns()
    const times = track.turns.note(header.value, header.document, this.#bindings.now())
    const known = this.#bindings.taughtBy(header.site, header.origin, header.name)
    if (track.turns.isMadeAnew) {
      if (known) this.#bindings.retire(known, 'the page makes it anew for each request')
      track.unexplained = MAX_UNEXPLAINED
      return false
    }
    if (known === undefined && times < made.sights) return false
    this.#bindings.remember(header, made)
    return true
  }

  /** Looks for what was found nowhere, now that pages have stored something. */
  #lookAgain(): void {
    for (const [key, late] of this.#late.entries()) {
      const matches = this.#bindings.mayLearn(late.header) ? this.#matches(late.header) : []
      if (matches.length > 0 || --late.looks === 0) this.#late.delete(key)
      if (matches.length > 0) this.#explain(this.#trackOf(late.header), late.header, matches)
    }
  }

  #matches(header: SentHeader): TokenMatch[] {
    return this.#sources.find(header.value, header.page).filter((match) => isWorthIt(header, match))
  }

  /** A header can have been made of these. */
  #explain(track: Track, { origin, name, page }: SentHeader, matches: readonly TokenMatch[]): void {
    track.unexplained = 0
    const candidates = new Map<string, Candidate>()
    for (const match of matches) {
      const key = `${sourceKey(match.source)} ${match.transform} ${match.template}`
      const before = track.candidates.get(key)
      candidates.set(key, {
        match,
        page,
        sightings: (before?.sightings ?? 0) + 1,
        changed: this.#isFresh(name, match, page) || this.#bindings.isAwaited(name, page),
      })
    }
    // What matched before and does not now was a coincidence.
    track.candidates = candidates
    const [best] = [...candidates.values()].sort((a, b) => b.sightings - a.sightings)
    if (!best || (best.sightings < 2 && !best.changed)) return
    track.misses = 0
    const { source, template, transform } = best.match
    this.#bindings.put({ origin, header: name, template, transform, page: best.page, source, learned: true })
  }

  #noteFresh(entry: Delta[number]): void {
    if (entry.kind === 'local') this.#addFresh(entry.id)
    else if (entry.kind === 'cookie' && entry.value) this.#addFresh(`cookie\n${entry.value.name}`)
  }

  #addFresh(key: string): void {
    const id = hashed(key)
    this.#fresh.delete(id)
    this.#fresh.add(id)
    const [oldest] = this.#fresh
    if (this.#fresh.size > MAX_FRESH) this.#fresh.delete(oldest as string)
  }

  /** Whether one sight is enough: the token is new; or it is one of a pair that is there for each other. */
  #isFresh(header: string, { source }: TokenMatch, page: string): boolean {
    switch (source.kind) {
      case 'cookie':
        return this.#fresh.has(hashed(`cookie\n${source.name}`))
      case 'local':
        return this.#fresh.has(hashed(localId(new URL(page).origin, source.key)))
      case 'session':
        return this.#sources.isNew(source.origin, source.key)
      case 'meta':
        return speaksOfForgery(source.name) && speaksOfForgery(header)
    }
  }

  #trackOf(header: SentHeader): Track {
    const { site } = header
    const key = trackKey(header)
    let track = this.#tracks.get(key)
    if (!track) {
      track = { candidates: new Map(), unexplained: 0, misses: 0, turns: undefined, looks: 0 }
      putLast(this.#counts, site, (this.#counts.get(site) ?? 0) + 1, MAX_SITES)
    }
    putLast(this.#tracks, key, track, MAX_HEADERS)
    return track
  }
}

/** One per header, where it goes, and whose pages send it. */
function trackKey({ site, origin, name }: SentHeader): string {
  return `${site}\n${origin}\n${name}`
}

/** Puts it last; the first has to go where there are more than so many. */
function putLast<V>(map: LazyMap<string, V>, key: string, value: V, max: number): void {
  map.delete(key)
  map.set(key, value)
  const [first] = map.keys()
  if (map.size > max) map.delete(first as string)
}

/** A match by names that speak of tokens is believed; one without needs a value that no person would write. */
function isWorthIt({ name, value }: SentHeader, { source, template }: TokenMatch): boolean {
  const names = [name, 'key' in source ? source.key : source.name, ...('path' in source ? source.path : [])]
  if (names.some(isTellingName)) return true
  const [before = '', after = ''] = template.split('{}')
  return looksRandom(value.slice(before.length, value.length - after.length))
}

/** Storage keys can be long, and are not kept twice. */
function hashed(key: string): string {
  return key.length <= 64 ? key : createHash('sha256').update(key).digest('base64url')
}
