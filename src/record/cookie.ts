/**
 * SameSite as Chromium keeps it: `unspecified` is a value of its own (treated as Lax, with a two-minute allowance for
 * cross-site top-level POSTs).
 */
export type SameSite = 'strict' | 'lax' | 'none' | 'unspecified'
/** Chromium's `Priority` attribute: cookies of low priority are evicted first. Default: `medium`. */
export type Priority = 'low' | 'medium' | 'high'
/** Whether a cookie was set over HTTPS (`secure`) or HTTP (`non-secure`); `unset` when unknown. */
export type SourceScheme = 'secure' | 'non-secure' | 'unset'

/** The key of a cookie's partition (CHIPS). */
export interface PartitionKey {
  /** Schemeful site, as `https://example.com`. */
  readonly topLevelSite: string
  /** Whether a frame that sees the cookie has an ancestor of another site. */
  readonly hasCrossSiteAncestor: boolean
}

/**
 * One cookie, as the record keeps it. Names, values and paths are byte strings: one char is one byte, as they travel in
 * a header. Immutable: a change makes a new object.
 */
export interface Cookie {
  /** The name; it may be empty. */
  readonly name: string
  /** The value. */
  readonly value: string
  /** Lower case, no leading dot; an IPv6 address has its brackets. */
  readonly domain: string
  /** True when the cookie is for exactly `domain`; false when subdomains get it too. */
  readonly hostOnly: boolean
  /** The path below which it is sent: `/`. */
  readonly path: string
  /** Whether it is sent over HTTPS only. */
  readonly secure: boolean
  /** Whether scripts cannot see it. */
  readonly httpOnly: boolean
  /** Which requests of other sites carry it. */
  readonly sameSite: SameSite
  /** What is kept when a site has too many cookies. */
  readonly priority: Priority
  /** The partition it is in; null for a cookie without one. */
  readonly partitionKey: PartitionKey | null
  /** Epoch milliseconds; null for a session cookie. */
  readonly expiresAt: number | null
  /** Whether it was set over HTTPS. */
  readonly sourceScheme: SourceScheme
  /** 1 to 65535; -1 when unknown. */
  readonly sourcePort: number
  /**
   * When it was made, as a hybrid logical time (see `stamp.ts`): strictly growing per writer, so it is the creation
   * order too.
   */
  readonly created: number
}

/** How a request came to be: decides SameSite, Secure and partitions. */
export interface RequestContext {
  /**
   * What asks. `navigate` is typed in; `link`, `form` and `window-open` are top-level navigations that a page started;
   * the rest are made by a page for itself. Default: `navigate`.
   */
  readonly kind?: 'navigate' | 'link' | 'form' | 'window-open' | 'fetch' | 'img' | 'iframe'
  /** Default: GET. */
  readonly method?: string
  /** URL or origin of the page that started the request. Default: none for top-level kinds, `topLevelUrl` for the rest. */
  readonly initiator?: string | null
  /** URL of the page in the address bar. Default: the request's own URL for top-level kinds, else the initiator. */
  readonly topLevelUrl?: string | null
  /** `document.cookie` for what a script reads and writes: it neither sees nor sets HttpOnly cookies. Default: `http`. */
  readonly via?: 'http' | 'document.cookie'
}
