import type { Classifier } from '../challenge/index.ts'
import {
  CrawlPace,
  type KnownRobots,
  learnRobots,
  MAX_ROBOTS_BYTES,
  type RobotsAnswer,
} from '../compliance/index.ts'
import { type Clock, isOnejarError, OnejarError, steadyMs } from '../core/index.ts'
import { askSiteFile, type SiteFileRequester } from './site-file.ts'

export interface RobotsBookOptions {
  /** The product token that groups of a robots.txt are looked up with. */
  readonly userAgent: string
  readonly clock: Clock
  readonly classifier: Classifier
}

const MAX_ORIGINS = 10_000
/** What the files weigh that a tenant's sessions know; then those that were asked for first are forgotten. */
const MAX_BYTES = 32 * 1024 * 1024
/**
 * What a tenant's sessions know of the robots.txt of each origin. Asked for once for all who wait, and kept for a day.
 */
export class RobotsBook {
  readonly #options: RobotsBookOptions
  readonly #known = new Map<string, KnownRobots>()
  #bytes = 0
  readonly #asking = new Map<string, Promise<KnownRobots>>()
  readonly #closing = new AbortController()

  constructor(options: RobotsBookOptions) {
    this.#options = options
  }

  /** What is known of an origin now; undefined when it has to be asked. */
  look(origin: string): KnownRobots | undefined {
    const known = this.#known.get(origin)
    return known !== undefined && known.until > steadyMs(this.#options.clock) ? known : undefined
  }

  /**
   * Asks the origin; one request however many want to know.
   *
   * @throws OnejarError what the transport throws: nothing may be sent to an origin that cannot be asked
   */
  ask(origin: string, requester: SiteFileRequester): Promise<KnownRobots> {
    let asking = this.#asking.get(origin)
    if (!asking) {
      asking = this.#ask(origin, requester).finally(() => this.#asking.delete(origin))
      this.#asking.set(origin, asking)
    }
    return asking
  }

  /** Gives up what is being asked for. */
  close(): void {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The broker was closed'))
  }

  async #ask(origin: string, requester: SiteFileRequester): Promise<KnownRobots> {
    const { clock, userAgent, classifier } = this.#options
    const before = this.#known.get(origin)
    let answer: RobotsAnswer
    try {
      answer = await fetchRobots(new URL('/robots.txt', origin), requester, {
        classifier,
        clock,
        signal: this.#closing.signal,
      })
    } catch (error) {
      // What is known from before still holds while the site cannot be reached.
      if (before?.closed !== null) throw error
      answer = { kind: 'status', statusCode: 503, challenge: false }
    }
    const known = learnRobots(answer, before, userAgent, steadyMs(clock))
    this.#forget(origin)
    this.#known.set(origin, known)
    this.#bytes += known.bytes
    for (const oldest of this.#known.keys()) {
      if (oldest === origin || (this.#known.size <= MAX_ORIGINS && this.#bytes <= MAX_BYTES)) break
      this.#forget(oldest)
    }
    return known
  }

  #forget(origin: string): void {
    this.#bytes -= this.#known.get(origin)?.bytes ?? 0
    this.#known.delete(origin)
  }
}

/** The pace at each origin that asks for one; shared by all sessions of a broker. */
export class CrawlPaces {
  readonly #paces = new Map<string, CrawlPace>()

  of(origin: string): CrawlPace {
    let pace = this.#paces.get(origin)
    if (!pace) {
      if (this.#paces.size >= MAX_ORIGINS) this.#paces.delete(this.#paces.keys().next().value as string)
      pace = new CrawlPace()
      this.#paces.set(origin, pace)
    }
    return pace
  }
}

async function fetchRobots(
  url: URL,
  requester: SiteFileRequester,
  { classifier, clock, signal }: { classifier: Classifier; clock: Clock; signal: AbortSignal },
): Promise<RobotsAnswer> {
  try {
    const { response, body } = await askSiteFile(url, requester, { signal, maxBytes: MAX_ROBOTS_BYTES })
    const { statusCode, headers } = response
    const head = { statusCode, headers, url: response.url, method: response.method }
    const peek = body.subarray(0, classifier.peekBytes)
    const { kind } = classifier.judge(head, peek, peek.length === body.length, clock.now())
    const challenge =
      kind === 'js-challenge' || kind === 'captcha' || kind === 'block' || kind === 'waiting-room'
    if (!challenge && statusCode >= 200 && statusCode < 300) return { kind: 'file', body }
    return { kind: 'status', statusCode, challenge }
  } catch (error) {
    if (isOnejarError(error, 'ONEJAR_TOO_MANY_REDIRECTS')) return { kind: 'too-many-redirects' }
    throw error
  }
}
