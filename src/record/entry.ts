import type { Cookie } from './cookie.ts'
import type { DataRoute } from './data-route.ts'
import type {
  DeadLetter,
  Halt,
  IdempotentRequest,
  LoginLife,
  Quarantine,
  RateLimitPause,
} from './operation-entries.ts'
import type { Stamp } from './stamp.ts'

/** What a site sees of the client. Read once from the browser in use, and kept in the record. */
export interface Identity {
  /** The `User-Agent` header. */
  readonly userAgent: string
  /** `sec-ch-ua`, `sec-ch-ua-mobile`, `sec-ch-ua-platform` and so on, as the browser sends them; lower-case names. */
  readonly clientHints: Readonly<Record<string, string>>
  /** The `Accept-Language` header. */
  readonly acceptLanguage: string
}

/** The transport that worked for an origin. */
export interface RouteMemory {
  readonly transport: 'http' | 'page-fetch' | 'page'
  /** Why, in a sentence without secrets. */
  readonly reason: string
  /** Epoch milliseconds; afterwards a cheaper transport is probed again. */
  readonly until: number
}

/** How the last solve of an origin's challenge ended. Shared by the processes that share the session. */
export interface SolveMemory {
  readonly outcome: 'passed' | 'failed'
  /** Epoch milliseconds. */
  readonly endedAt: number
  /** The code of the error it failed with; null when it passed. */
  readonly code: string | null
  /** Why, in a sentence without secrets. */
  readonly reason: string
  /** Solves that failed in a row. */
  readonly failures: number
  /** Epoch milliseconds; nobody solves again before it. 0 when nobody has to wait. */
  readonly pausedUntil: number
  /** The clearance cookies that the challenge set (see `cookieId`). */
  readonly clearance: readonly string[]
  /** How long the clearance before this one was observed to last; null when unknown. */
  readonly observedLifeMs: number | null
  /**
   * The page that was opened, to be opened again for the next clearance: origin and path, as a query may hold a secret.
   * Absent when unknown.
   */
  readonly page?: string | undefined
  /** The network path (proxy) of the solve: its clearance is valid for no other. Absent when unknown. */
  readonly through?: string | undefined
}

/** A text in an IndexedDB database that the record keeps since the session's release. */
export interface DatabasePlace {
  /** Whose database it is. */
  readonly origin: string
  /** Its name. */
  readonly database: string
  /** The name of the object store in it. */
  readonly store: string
  /** Of the record; null for one that is alone in its store. */
  readonly key: string | number | null
  /** Leads to a member of the value, and of JSON in it. */
  readonly path: readonly string[]
}

/** A request header that takes its value from a storage item or a cookie, or from what pages sent last. */
export interface TokenBinding {
  /** The origin the header is sent to. */
  readonly origin: string
  /** The name of the header, in lower case. */
  readonly header: string
  /** Holds `{}` where the value goes: `Bearer {}`. */
  readonly template: string
  /** The value goes in as it is kept, or percent-decoded. */
  readonly transform: 'raw' | 'decoded'
  /** The page that sent the header, without the query: the token is read from its cookies, and it is opened to renew it. */
  readonly page: string
  /**
   * Where the value is read: a cookie, an item of web storage, or a meta element. `path` leads to a member of the JSON in
   * it; it is empty where the whole value is meant. `memory`: only the page's scripts have it, and show it by sending it.
   */
  readonly source:
    | { readonly kind: 'cookie'; readonly name: string; readonly path: readonly string[] }
    | {
        readonly kind: 'local' | 'session'
        readonly origin: string
        readonly key: string
        readonly path: readonly string[]
      }
    | { readonly kind: 'meta'; readonly origin: string; readonly name: string }
    | {
        readonly kind: 'memory'
        /** Where the token stood, too, when the session was released: it is read there until a page sends one. */
        readonly kept?: DatabasePlace | undefined
      }
  /** Whether pages of the site that `page` is of taught it; else it was declared. */
  readonly learned: boolean
  /** Epoch milliseconds: since when pages of that site have taught it. */
  readonly since?: number | undefined
}

/** The kinds of entries and what each holds. Everything that is persisted is declared here. */
export interface EntryValues {
  readonly cookie: Cookie
  /** One localStorage item. */
  readonly local: string
  /** All sessionStorage items of an origin, taken when the session was released. */
  readonly 'session-snapshot': Readonly<Record<string, string>>
  /** The IndexedDB databases of an origin, taken when the session was released (Playwright's storageState form). */
  readonly 'indexeddb-snapshot': unknown
  readonly identity: Identity
  readonly route: RouteMemory
  /** By origin. */
  readonly visit: SolveMemory
  readonly binding: TokenBinding
  readonly 'data-route': DataRoute
  readonly 'dead-letter': DeadLetter
  readonly idempotency: IdempotentRequest
  readonly quarantine: Quarantine
  /** By origin. */
  readonly halt: Halt
  /** By origin. */
  readonly 'rate-limit-pause': RateLimitPause
  /** By origin. */
  readonly login: LoginLife
}

export type EntryKind = keyof EntryValues

/**
 * One stamped fact. `id` identifies it among others of its kind; `value` is null when it was deleted (a tombstone).
 * Immutable.
 */
export type Entry = {
  readonly [K in EntryKind]: {
    readonly kind: K
    readonly id: string
    readonly stamp: Stamp
    readonly value: EntryValues[K] | null
  }
}[EntryKind]

export type EntryOf<K extends EntryKind> = Extract<Entry, { kind: K }>

/** A set of stamped entries: what changed. */
export type Delta = readonly Entry[]

/** The key of an entry within its record: kind and id. */
export function entryKey(entry: { readonly kind: EntryKind; readonly id: string }): string {
  return `${entry.kind}\n${entry.id}`
}

/** How long an outdated route is remembered, to be probed. */
const STALE_ROUTE_MS = 24 * 3_600_000

/** When an entry's value stops being of use, in epoch milliseconds; null when nothing in it says so. */
export function entryExpiresAt(entry: Entry): number | null {
  if (entry.value === null) return null
  if (entry.kind === 'cookie' || entry.kind === 'dead-letter' || entry.kind === 'idempotency')
    return entry.value.expiresAt
  if (entry.kind === 'login') return entry.value.endsAt
  if (entry.kind === 'route') return entry.value.until + STALE_ROUTE_MS
  if (entry.kind === 'data-route') return entry.value.until
  return entry.kind === 'quarantine' || entry.kind === 'rate-limit-pause' ? entry.value.until : null
}

/** The id of a cookie: name, domain, host-only, path and partition. */
export function cookieId(
  cookie: Pick<Cookie, 'name' | 'domain' | 'hostOnly' | 'path' | 'partitionKey'>,
): string {
  const partition = cookie.partitionKey
    ? `\n${cookie.partitionKey.topLevelSite}\n${cookie.partitionKey.hasCrossSiteAncestor ? 1 : 0}`
    : ''
  return `${cookie.hostOnly ? '' : '.'}${cookie.domain}\n${cookie.path}\n${cookie.name}${partition}`
}

/** The id of a localStorage item. Origins have no line feed in them, so the first one ends the origin. */
export function localId(origin: string, key: string): string {
  return `${origin}\n${key}`
}

/** The inverse of `localId`. */
export function splitLocalId(id: string): { origin: string; key: string } {
  const at = id.indexOf('\n')
  return { origin: id.slice(0, at), key: id.slice(at + 1) }
}
