import { AuditTrail, TrailQueue } from '../audit/index.ts'
import type { Classifier } from '../challenge/index.ts'
import type { AuditFacts, PersonalKind, PolicyRule } from '../compliance/index.ts'
import { type Clock, isOnejarError } from '../core/index.ts'
import type { EventHub } from '../routing/index.ts'
import {
  purposeKeys,
  type SessionKey,
  type Store,
  type StoreOptions,
  type StoreSource,
  storeOptionsOf,
} from '../store/index.ts'
import { decisionOf } from './audited-events.ts'
import type { BrokerWarning } from './broker-warning.ts'
import { CrawlPaces, RobotsBook } from './robots-book.ts'
import { TdmBook } from './tdm-book.ts'

/** Personal data that is cut out of bodies. */
export interface Redaction {
  readonly kinds: readonly PersonalKind[]
  readonly phoneRegion?: string | undefined
  /** Made where a body that had personal data ends with an error. */
  readonly refuse?: (() => Error) | undefined
}

/** Of a broker's options those that say what may be sent, kept and shown. */
export interface ComplianceOptions {
  readonly audit?: { readonly path: string; readonly maxFileBytes: number } | undefined
  readonly store?: StoreSource | undefined
  readonly keys?: StoreOptions['keys'] | undefined
  readonly redact?: Redaction | undefined
  readonly robots: false | { readonly userAgent: string; readonly bypass: readonly string[] }
  readonly trackingCookies: 'withhold' | 'keep'
  readonly onWarning: (warning: BrokerWarning) => void
}

/** robots.txt files and crawl paces, as far as sessions share them. */
export interface SharedRobots {
  readonly book: RobotsBook
  readonly paces: CrawlPaces
  /** Origins whose robots.txt is neither asked for nor respected. */
  readonly bypass: ReadonlySet<string>
}

/** What is known of sites' wishes, as far as sessions share it. */
export interface PreferenceBooks {
  /** Null where the broker does without robots.txt. */
  readonly robots: RobotsBook | null
  readonly tdm: TdmBook
  /** The product token, in lower case. */
  readonly userAgent: string
}

/** Tenants whose robots.txt files are remembered. */
const MAX_BOOKS = 1_000

/** What the sessions of a broker keep to, what they know in common, and the trail of what was decided. */
export class Compliance {
  readonly #options: ComplianceOptions
  readonly #classifier: Classifier
  readonly #clock: Clock
  readonly #trail: TrailQueue | null
  readonly #paces = new CrawlPaces()
  /** By tenant. */
  readonly #books = new Map<string, RobotsBook>()
  /** By tenant. */
  readonly #tdm = new Map<string, TdmBook>()

  readonly #store: Store

  /** @throws OnejarError ONEJAR_AUDIT_FAILED */
  constructor(
    options: ComplianceOptions,
    parts: { readonly classifier: Classifier; readonly clock: Clock; readonly store: Store },
  ) {
    this.#options = options
    this.#store = parts.store
    this.#classifier = parts.classifier
    this.#clock = parts.clock
    const trail = openTrail(options, parts.clock)
    const { clock } = parts
    this.#trail = trail && new TrailQueue(trail, { clock, onFailure: (error) => this.warn(error) })
  }

  /** Whether trackers' cookies are stored like others. */
  get keepsTracking(): boolean {
    return this.#options.trackingCookies === 'keep'
  }

  /**
   * Keeps a decision in the audit trail, where there is one: what must not happen without being kept.
   *
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  record(rule: PolicyRule, session: SessionKey | null, facts: AuditFacts): void {
    this.#trail?.record(rule, this.#nameOf(session), facts)
  }

  /**
   * The same for what has happened already: it is written a moment later, together with others. A failure is reported as a
   * warning.
   */
  note(rule: PolicyRule, session: SessionKey | null, facts: AuditFacts): void {
    this.#trail?.note(rule, this.#nameOf(session), facts)
  }

  /** What prunes the trail; null where there is none. */
  get trail(): Pick<TrailQueue, 'path' | 'prune'> | null {
    return this.#trail
  }

  /** What is cut out of bodies; undefined where nothing is. What does not pass through the pipeline would keep it. */
  get redaction(): Redaction | undefined {
    return this.#options.redact
  }

  /** Keeps what a session meets and what a person decides about it. */
  watch(session: SessionKey, events: EventHub): void {
    if (!this.#trail) return
    events.tap((event) => {
      const decision = decisionOf(event)
      if (decision !== null) this.note(decision.rule, session, decision.facts)
    }, false)
  }

  /** What is known of robots.txt and shared by a tenant's sessions; null where the broker does without. */
  robots(tenant: string): SharedRobots | null {
    const { robots } = this.#options
    if (robots === false) return null
    return { book: this.#book(tenant, robots.userAgent), paces: this.#paces, bypass: new Set(robots.bypass) }
  }

  /** What a tenant's sessions know of what sites wish. */
  preferences(tenant: string): PreferenceBooks {
    const { robots } = this.#options
    const tdm = this.#kept(this.#tdm, tenant, () => new TdmBook(this.#clock))
    if (robots === false) return { robots: null, tdm, userAgent: 'onejar' }
    const { userAgent } = robots
    return { robots: this.#book(tenant, userAgent), tdm, userAgent: userAgent.toLowerCase() }
  }

  close(): void {
    for (const book of this.#books.values()) book.close()
    for (const book of this.#tdm.values()) book.close()
  }

  /** To be called last: nothing is kept afterwards. */
  closeTrail(): void {
    this.#trail?.close()
  }

  #nameOf(session: SessionKey | null): () => string | null {
    return () => session && this.#store.pseudonym(session)
  }

  /** Reports that the trail cannot be written or pruned. */
  warn(error: unknown): void {
    const reason = isOnejarError(error) ? error.code : 'ONEJAR_AUDIT_FAILED'
    this.#options.onWarning({ type: 'audit', at: this.#clock.now(), state: 'failed', reason })
  }

  #book(tenant: string, userAgent: string): RobotsBook {
    const parts = { userAgent, clock: this.#clock, classifier: this.#classifier }
    return this.#kept(this.#books, tenant, () => new RobotsBook(parts))
  }

  #kept<Book>(books: Map<string, Book>, tenant: string, make: () => Book): Book {
    let book = books.get(tenant)
    if (book === undefined) {
      // A book that is forgotten here is that of its sessions for as long as they are open.
      const [first] = books.size >= MAX_BOOKS ? books.keys() : []
      if (first !== undefined) books.delete(first)
      book = make()
      books.set(tenant, book)
    }
    return book
  }
}

/** Where the audit trail of a broker with these options is; null when there is none. */
export function trailPath({ audit }: Pick<ComplianceOptions, 'audit'>): string | null {
  return audit?.path ?? (process.env['ONEJAR_AUDIT'] || null)
}

function openTrail({ audit, store, keys }: ComplianceOptions, clock: Clock): AuditTrail | null {
  const path = trailPath({ audit })
  if (path === null) return null
  const target = storeOptionsOf(store ?? {})
  const ring = purposeKeys(keys === undefined ? target : { ...target, keys }, 'audit', true)
  return AuditTrail.open({ path, keys: ring, maxFileBytes: audit?.maxFileBytes ?? 64 * 1024 * 1024, clock })
}
