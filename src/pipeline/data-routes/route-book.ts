import { createHash } from 'node:crypto'
import type { FieldSelectors } from '../../compliance/index.ts'
import { type Clock, LazyMap } from '../../core/index.ts'
import { isOfPattern, NO_EVIDENCE, patternText, readEvidence } from '../../discovery/index.ts'
import type { ChangeSource, DataRoute, RouteEvidence, SessionRecord } from '../../record/index.ts'

const SOURCE: ChangeSource = { name: 'data routes' }

/** How long a route holds without being learned again. */
export const ROUTE_LIFE_MS = 7 * 24 * 3_600_000
/** How long it is kept that a route was wrong, for the other processes. */
const WRONG_MS = 10 * 60_000
/** As many are kept. */
const MAX_ROUTES = 500

/** A route and its id in the record. */
export interface KnownRoute {
  readonly id: string
  readonly route: DataRoute
}

/** What is asked of the pages of an origin: the same fields by the same selectors. */
export function groupOf(url: URL, fields: FieldSelectors): string {
  const wanted = Object.entries(fields)
    .map(([name, field]) =>
      typeof field === 'string'
        ? [name, field]
        : [name, field.selector, field.attr ?? null, field.all ?? false],
    )
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  return `${url.origin}\n${createHash('sha256').update(JSON.stringify(wanted)).digest('base64url')}`
}

/**
 * The data routes of a session. They are in the record, so that its processes share them. What is there is looked over before it is
 * used: it says what is sent with the session.
 */
export class RouteBook {
  readonly #record: SessionRecord
  readonly #clock: Clock
  readonly #reads: readonly string[]
  /** Ids by group. */
  readonly #groups = new LazyMap<string, Set<string>>()
  /** When a route was found wrong here: an older one of that id, which another process still writes, is not taken again. */
  readonly #wrongAt = new LazyMap<string, number>()

  /**
   * @param reads - origins and paths of which the user says that a POST there reads
   * @param onWrong - called when another process found that a page shows something else than a route gave
   */
  constructor(
    record: SessionRecord,
    clock: Clock,
    reads: readonly string[],
    onWrong: (known: KnownRoute) => void = () => {},
  ) {
    this.#record = record
    this.#clock = clock
    this.#reads = reads
    record.follow((delta, source) => {
      for (const { kind, id, value } of delta) {
        if (kind !== 'data-route') continue
        const group = id.split('\n', 2).join('\n')
        const ids = this.#groups.get(group) ?? new Set<string>()
        if (value === null) ids.delete(id)
        else ids.add(id)
        if (ids.size === 0) this.#groups.delete(group)
        else this.#groups.set(group, ids)
        if (value?.wrongAt !== undefined && source !== SOURCE) onWrong({ id, route: value })
      }
    })
  }

  /** The route for a page; undefined where none is known that holds. */
  find(group: string, url: URL): KnownRoute | undefined {
    for (const id of this.#groups.get(group) ?? []) {
      const route = this.#usable(id)
      if (route && isOfPattern(route.pattern, url)) return { id, route }
    }
    return undefined
  }

  /** This route as it is now: what was proven of it may have grown, here or elsewhere. Undefined where it no longer holds. */
  current({ id, route }: KnownRoute): KnownRoute | undefined {
    const now = this.#usable(id)
    return now?.learnedAt === route.learnedAt ? { id, route: now } : undefined
  }

  /** What was proven of a route has grown. Nothing happens where it no longer holds. */
  widen(known: KnownRoute, grown: (evidence: RouteEvidence) => RouteEvidence): void {
    const current = this.current(known)
    if (current === undefined) return
    const value = { ...current.route, evidence: grown(current.route.evidence ?? NO_EVIDENCE) }
    this.#record.write([{ kind: 'data-route', id: known.id, value }], SOURCE)
  }

  put(group: string, route: DataRoute): KnownRoute {
    const id = `${group}\n${patternText(route.pattern)}`
    this.#record.write([{ kind: 'data-route', id, value: route }, ...this.#surplus(id)], SOURCE)
    return { id, route: this.#record.value('data-route', id) ?? route }
  }

  /** It gave what the page does not show. */
  wrong({ id, route }: KnownRoute): void {
    const now = this.#clock.now()
    this.#wrongAt.set(id, now)
    const value = { ...route, until: now + WRONG_MS, wrongAt: now }
    this.#record.write([{ kind: 'data-route', id, value }], SOURCE)
  }

  /** Every one that holds. */
  list(): KnownRoute[] {
    return [...this.#record.valuesOf('data-route')].flatMap(([id]) => {
      const route = this.#usable(id)
      return route ? [{ id, route }] : []
    })
  }

  /** @returns how many there were */
  forget(ids: readonly string[]): number {
    this.#record.write(
      ids.map((id) => ({ kind: 'data-route', id, value: null })),
      SOURCE,
    )
    return ids.length
  }

  #usable(id: string): DataRoute | undefined {
    const route = this.#record.value('data-route', id)
    if (route === undefined || route.wrongAt !== undefined) return undefined
    const now = this.#clock.now()
    // What would hold for longer than any comes of a clock that was set back, or of somebody else.
    if (route.until <= now || route.until > now + ROUTE_LIFE_MS) return undefined
    if (route.learnedAt <= (this.#wrongAt.get(id) ?? Number.NEGATIVE_INFINITY)) return undefined
    return id.startsWith(`${route.pattern.origin}\n`) && this.#onlyReads(route) ? route : undefined
  }

  /** Whether each of its requests reads, by evidence, and none goes from a secure page to where anybody listens. */
  #onlyReads({ requests, pattern }: DataRoute): boolean {
    return requests.every(({ method, url, body }) => {
      if (pattern.origin.startsWith('https:') && !url.startsWith('https:')) return false
      return readEvidence({ method, url, requestBody: body }, this.#reads).reads
    })
  }

  #surplus(id: string) {
    const others = [...this.#record.valuesOf('data-route')].filter(([other]) => other !== id)
    if (others.length < MAX_ROUTES) return []
    others.sort(([, a], [, b]) => a.until - b.until)
    return others
      .slice(0, others.length - MAX_ROUTES + 1)
      .map(([other]) => ({ kind: 'data-route', id: other, value: null }) as const)
  }
}
