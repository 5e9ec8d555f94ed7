import { corrected, type Judge, mayBeMistaken } from '../browsing/index.ts'
import type { Classifier, ResponseHead, Verdict } from '../challenge/index.ts'
import { type Clock, safeUrl } from '../core/index.ts'
import type { EventHub } from './events.ts'
import { type RouteMemory, routePattern } from './route-memory.ts'

/** How long it is remembered that a page is no challenge, before a browser looks again. */
const REMEMBER_MS = 24 * 3_600_000

/**
 * The classifier, and what solves have shown of its mistakes: pages that were taken for a challenge, and that the browser
 * shows as they are. Remembered by route, in the record.
 */
export class CorrectedClassifier implements Judge {
  readonly peekBytes: Classifier['peekBytes']
  readonly widePeekBytes: Classifier['widePeekBytes']
  readonly #classifier: Classifier
  readonly #routes: RouteMemory
  readonly #events: EventHub
  readonly #clock: Clock

  constructor(classifier: Classifier, routes: RouteMemory, events: EventHub, clock: Clock) {
    this.#classifier = classifier
    this.#routes = routes
    this.#events = events
    this.#clock = clock
    this.peekBytes = classifier.peekBytes
    this.widePeekBytes = classifier.widePeekBytes
  }

  needsPeek(head: ResponseHead): boolean {
    return this.#classifier.needsPeek(head)
  }

  peekBytesFor(head: ResponseHead): number {
    return this.#classifier.peekBytesFor(head)
  }

  wantsMore(head: ResponseHead, peek: Uint8Array): boolean {
    return this.#classifier.wantsMore(head, peek)
  }

  early(head: ResponseHead, beginning: Uint8Array): Verdict | undefined {
    return this.#classifier.early(head, beginning)
  }

  judge(head: ResponseHead, peek: Uint8Array | string, complete: boolean, now?: number): Verdict {
    return this.#corrected(head, this.#classifier.judge(head, peek, complete, now))
  }

  judgeWhole(head: ResponseHead, body: Uint8Array, now?: number): Verdict {
    return this.#corrected(head, this.#classifier.judgeWhole(head, body, now))
  }

  /** The browser shows the page that was taken for a challenge, and no way past it: it is what was asked for. */
  mistaken(url: URL, { kind, vendor, evidence }: Verdict): void {
    const reason = `taken for ${kind} by mistake: the browser shows the page as it is`
    this.#routes.remember(mistakeId(url, kind), reason, REMEMBER_MS)
    const at = this.#clock.now()
    this.#events.emit({ type: 'mistaken', at, url: safeUrl(url), verdict: kind, vendor, evidence, reason })
  }

  /** Whether that is known. */
  isMistaken(url: URL, { kind }: Verdict): boolean {
    return this.#routes.knows(mistakeId(url, kind))
  }

  #corrected(head: ResponseHead, verdict: Verdict): Verdict {
    if (verdict.kind === 'ok' || !mayBeMistaken(head.statusCode, verdict)) return verdict
    const url = typeof head.url === 'string' ? new URL(head.url) : head.url
    return this.#routes.knows(mistakeId(url, verdict.kind)) ? corrected(verdict) : verdict
  }
}

function mistakeId(url: Pick<URL, 'origin' | 'pathname'>, kind: string): string {
  return `${routePattern(url)} ${kind}`
}
