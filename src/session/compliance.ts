import type { Classifier } from '../challenge/index.ts'
import type { PolicyRule } from '../compliance/index.ts'
import type { Clock } from '../core/index.ts'
import type { EventHub } from '../routing/index.ts'
import type { SessionKey } from '../store/index.ts'
import type { ParsedBrokerOptions } from './broker-options.ts'
import { CrawlPaces, type RobotsAsker, RobotsBook } from './robots-book.ts'
import { SessionRobots } from './session-robots.ts'

/** What the sessions of a broker keep to, and what they know in common. */
export class Compliance {
  readonly #options: ParsedBrokerOptions
  readonly #classifier: Classifier
  readonly #clock: Clock
  readonly #paces = new CrawlPaces()
  /** By tenant. */
  readonly #books = new Map<string, RobotsBook>()

  constructor(
    options: ParsedBrokerOptions,
    parts: { readonly classifier: Classifier; readonly clock: Clock },
  ) {
    this.#options = options
    this.#classifier = parts.classifier
    this.#clock = parts.clock
  }

  /** Keeps a decision in the audit trail, where there is one. */
  record(_rule: PolicyRule, _session: SessionKey | null, _facts: AuditFacts): void {}

  /** robots.txt for one session; undefined where the broker does without. */
  robots(session: SessionKey, asker: RobotsAsker, events: EventHub): SessionRobots | undefined {
    const { robots } = this.#options
    if (robots === false) return undefined
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

  #book(tenant: string, userAgent: string): RobotsBook {
    let book = this.#books.get(tenant)
    if (!book) {
      book = new RobotsBook({ userAgent, clock: this.#clock, classifier: this.#classifier })
      this.#books.set(tenant, book)
    }
    return book
  }
}

/** What a decision was about: short, flat, no secret. */
export type AuditFacts = Readonly<Record<string, string | number>>
