import { trackerOf } from '../../compliance/index.ts'
import { LazySet } from '../../core/index.ts'
import type { Delta, Entry, Loss } from '../../record/index.ts'

/** So many names are remembered for reports. */
const MAX_NAMES = 20

/**
 * Keeps cookies of known trackers out of what is stored and exported. The record and the pages have them while the session
 * is open: a site sees the same cookies as ever.
 */
export class TrackingFilter {
  /** Ids of trackers' cookies that the store holds from before: their deletions have to reach it. */
  readonly #stored = new LazySet<string>()
  readonly #names = new LazySet<string>()

  /** The names of the cookies that were withheld, the first few. */
  get names(): readonly string[] {
    return [...this.#names]
  }

  /** Takes note of what was in the store. Returns the trackers' cookies among it. */
  noteStored(delta: Delta): Entry[] {
    const found = delta.filter((entry) => entry.value !== null && isTracking(entry))
    for (const { id } of found) this.#stored.add(id)
    return found
  }

  /** What may be stored; the delta itself, as a rule. */
  storable(delta: Delta): Delta {
    if (!delta.some(isTracking)) return delta
    return delta.filter((entry) => {
      if (!isTracking(entry)) return true
      if (entry.value === null) return this.#stored.has(entry.id)
      if (this.#names.size < MAX_NAMES) this.#names.add(entry.value.name)
      return false
    })
  }
}

/** Entries without the cookies of trackers, and what to say of those in an export's list of losses. */
export function withoutTracking(entries: Iterable<Entry>): {
  readonly entries: Entry[]
  readonly losses: Loss[]
} {
  const kept: Entry[] = []
  const names: string[] = []
  for (const entry of entries) {
    if (!isTracking(entry)) kept.push(entry)
    else if (entry.value !== null) names.push(entry.value.name)
  }
  const why = "trackers' cookies are not exported"
  const loss = { what: 'cookie', count: names.length, names: names.slice(0, 5), why }
  return { entries: kept, losses: names.length === 0 ? [] : [loss] }
}

function isTracking(entry: Entry): entry is Extract<Entry, { kind: 'cookie' }> {
  if (entry.kind !== 'cookie') return false
  const [domain = '', , name = ''] = entry.id.split('\n')
  return trackerOf(name, domain.replace(/^\./, '')) !== null
}
