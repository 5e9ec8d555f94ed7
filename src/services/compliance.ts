import { AuditTrail } from '../audit/index.ts'
import type { Classifier } from '../challenge/index.ts'
import type { AuditFacts, PolicyRule } from '../compliance/index.ts'
import { type Clock, isOnejarError } from '../core/index.ts'
import type { EventHub, Stage } from '../routing/index.ts'
import { purposeKeys, type SessionKey, type Store, storeOptionsOf } from '../store/index.ts'
import type { BrokerWarning, ParsedBrokerOptions } from '../client/options/broker-options.ts'
import { CrawlPaces, type RobotsAsker, RobotsBook } from './robots-book.ts'
import { SessionRobots } from '../pipeline/stages/robots.ts'
import { extracting } from '../pipeline/stages/extracting.ts'
import { redacting } from '../pipeline/stages/redacting.ts'

/** Tenants whose robots.txt files are remembered. */
const MAX_BOOKS = 1_000

/** What the sessions of a broker keep to, what they know in common, and the trail of what was decided. */
export class Compliance {
  readonly #options: ParsedBrokerOptions
  readonly #classifier: Classifier
  readonly #clock: Clock
  readonly #trail: AuditTrail | null
  readonly #paces = new CrawlPaces()
  /** By tenant. */
  readonly #books = new Map<string, RobotsBook>()

  readonly #store: Store

  /** @throws OnejarError ONEJAR_AUDIT_FAILED */
  constructor(
    options: ParsedBrokerOptions,
    parts: { readonly classifier: Classifier; readonly clock: Clock; readonly store: Store },
  ) {
    this.#options = options
    this.#store = parts.store
    this.#classifier = parts.classifier
    this.#clock = parts.clock
    this.#trail = openTrail(options, parts.clock)
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
    this.#trail?.record(rule, session && this.#store.pseudonym(session), facts)
  }

  /** The same for what has happened already: a failure is told as a warning. */
  note(rule: PolicyRule, session: SessionKey | null, facts: AuditFacts): void {
    try {
      this.record(rule, session, facts)
    } catch (error) {
      const reason = isOnejarError(error) ? error.code : 'ONEJAR_AUDIT_FAILED'
      const warning: BrokerWarning = { type: 'audit', at: this.#clock.now(), state: 'failed', reason }
      this.#options.onWarning(warning)
    }
  }

  /** The steps that let less of a response through; those that there is a use for. */
  reducers(session: SessionKey): { readonly extracting: Stage; readonly redacting: Stage | undefined } {
    const { redact } = this.#options
    return {
      extracting: extracting((url) => this.note('content-reduced', session, { origin: url.origin })),
      redacting:
        redact &&
        redacting({
          ...redact,
          phoneRegion: redact.phoneRegion,
          onRedacted: (url, counts) =>
            this.note('personal-redacted', session, { origin: url.origin, ...counts }),
        }),
    }
  }

  /** Whether bodies are redacted: what does not pass through the steps would be not. */
  get redacts(): boolean {
    return this.#options.redact !== undefined
  }

  /** Keeps what a session meets and what a person decides about it. */
  watch(session: SessionKey, events: EventHub): void {
    if (!this.#trail) return
    events.tap((event) => {
      if (event.type === 'blocked') {
        const { origin, verdict } = event
        this.note(verdict === 'captcha' ? 'captcha-met' : 'site-blocked', session, { origin, verdict })
      } else if (event.type === 'unblocked') this.note('session-resumed', session, { origin: event.origin })
    }, false)
  }

  /**
   * robots.txt for one session; undefined where the broker does without, which is kept.
   *
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  robots(session: SessionKey, asker: RobotsAsker, events: EventHub): SessionRobots | undefined {
    const { robots } = this.#options
    if (robots === false) {
      this.record('robots-bypassed', session, { origin: '*' })
      return undefined
    }
    return new SessionRobots({
      book: this.#book(session.tenant, robots.userAgent),
      paces: this.#paces,
      asker,
      bypass: new Set(robots.bypass),
      events,
      clock: this.#clock,
      audit: (rule, facts) => this.record(rule, session, facts),
    })
  }

  close(): void {
    for (const book of this.#books.values()) book.close()
  }

  /** To be called last: nothing is kept afterwards. */
  closeTrail(): void {
    this.#trail?.close()
  }

  #book(tenant: string, userAgent: string): RobotsBook {
    let book = this.#books.get(tenant)
    if (!book) {
      // A book that is forgotten here is that of its sessions for as long as they are open.
      const [first] = this.#books.size >= MAX_BOOKS ? this.#books.keys() : []
      if (first !== undefined) this.#books.delete(first)
      book = new RobotsBook({ userAgent, clock: this.#clock, classifier: this.#classifier })
      this.#books.set(tenant, book)
    }
    return book
  }
}

/** Where the audit trail of a broker with these options is; null when there is none. */
export function trailPath({ audit }: Pick<ParsedBrokerOptions, 'audit'>): string | null {
  return audit?.path ?? (process.env['ONEJAR_AUDIT'] || null)
}

function openTrail({ audit, store, keys }: ParsedBrokerOptions, clock: Clock): AuditTrail | null {
  const path = trailPath({ audit })
  if (path === null) return null
  const target = storeOptionsOf(store ?? {})
  const ring = purposeKeys(keys === undefined ? target : { ...target, keys }, 'audit', true)
  return AuditTrail.open({ path, keys: ring, maxFileBytes: audit?.maxFileBytes ?? 64 * 1024 * 1024, clock })
}
