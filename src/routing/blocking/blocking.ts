import type { BrowserPort } from '../../browsing/index.ts'
import type { Verdict } from '../../challenge/index.ts'
import { isOnejarError, type OnejarError } from '../../core/index.ts'
import { type RequestTime, waitWithin } from '../../http/index.ts'
import type { OriginState } from '../origin-state.ts'
import type { ManualInterventions, OnChallenge } from './manual-interventions.ts'
import type { Screenshots } from './screenshots.ts'

export interface BlockingOptions {
  readonly state: OriginState
  readonly browser: Pick<BrowserPort, 'picture'>
  readonly interventions: ManualInterventions
  readonly screenshots: Screenshots
  readonly solveTimeoutMs: number
  /** Ends the taking of pictures. */
  readonly closing: AbortSignal
}

export interface BlockContext {
  /** False to leave the browser alone. Default: true. */
  readonly escalate?: boolean | undefined
  /** A picture of what showed the block; null where there is none. Default: one is taken. */
  readonly screenshot?: Buffer | null | undefined
  /** The request that waits, and until when on the clock of `performance.now()`. Default: a solve, which waits as it can. */
  readonly request?: RequestTime | undefined
  readonly deadline?: number | undefined
}

/** How long a page that is only looked at may load; and what is left of a request's time to say why it ends. */
const PICTURE_MS = 10_000
const MARGIN_MS = 250

/** Blocks a session at an origin that demands a person or refuses, keeps a picture of it, and asks for a person. */
export class Blocking {
  readonly #options: BlockingOptions

  constructor(options: BlockingOptions) {
    this.#options = options
  }

  /** @returns the error that this and every later request to the origin gets */
  async block(url: URL, verdict: Verdict, context: BlockContext = {}): Promise<OnejarError> {
    const { state, interventions } = this.#options
    const { origin } = url
    const { escalate = true, screenshot } = context
    const isFirst = state.blocked.at(origin) === undefined
    const error = state.blocked.block(origin, verdict)
    if (!isFirst || !escalate) return error
    // Before anything is waited for: a request that comes meanwhile has to find the intervention.
    interventions.begin(url, verdict)
    await this.#awaitPicture(this.#keepPicture(url, screenshot), context)
    return error
  }

  /** The same where a worker made the solve, and has blocked its session: a person here is asked, with a page of this browser. */
  blockedElsewhere(url: URL, error: OnejarError): OnejarError {
    const { state, interventions } = this.#options
    interventions.begin(url, verdictOf(error))
    state.blocked.adopt(url.origin, error)
    return state.blocked.at(url.origin) ?? error
  }

  /**
   * A person is asked about a block that has lasted: `onChallenge` shows it to them, and requests wait from now on.
   *
   * @returns whether the session goes on there; undefined where it is not blocked
   */
  handOver(url: URL, onChallenge: OnChallenge): Promise<boolean> | undefined {
    const { state, interventions } = this.#options
    const error = state.blocked.at(url.origin)
    return error && interventions.begin(url, verdictOf(error), onChallenge)
  }

  async #keepPicture(url: URL, given: Buffer | null | undefined): Promise<void> {
    const { state, screenshots, browser, solveTimeoutMs, closing } = this.#options
    if (!screenshots.wanted) return
    const timeoutMs = Math.min(solveTimeoutMs, PICTURE_MS)
    const image = given === undefined ? await browser.picture({ url, timeoutMs }, { signal: closing }) : given
    const path = image && screenshots.keep(image)
    if (path) state.blocked.picture(url.origin, path)
  }

  /** A picture that comes later than the caller can wait is there for whoever asks next. */
  async #awaitPicture(
    picturing: Promise<void>,
    { request, deadline = Infinity }: BlockContext,
  ): Promise<void> {
    if (!request) return picturing
    const left = deadline - performance.now()
    const until = deadline - Math.min(MARGIN_MS, left / 2)
    await waitWithin(picturing, request, until).catch((error: unknown) => {
      if (isOnejarError(error, 'ONEJAR_ABORTED')) throw error
    })
  }
}

/** What an error says of the verdict that it was made of. */
function verdictOf({ code }: OnejarError): Verdict {
  const kind = code === 'ONEJAR_CAPTCHA' ? 'captcha' : 'block'
  return { kind, confidence: 1, vendor: null, evidence: [], vendorsPresent: [] }
}
