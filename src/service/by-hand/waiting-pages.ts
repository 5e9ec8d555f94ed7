import type { Page } from 'playwright'
import { OnejarError } from '../../core/index.ts'
import { HandOver, type HandOverEnd, type HandOverOptions } from './hand-over.ts'

/** Which page it is: a session has one for each origin that blocks it. */
export interface CaseKey {
  readonly tenant: string
  readonly id: string
  readonly origin: string
}

/** What waits for a person. */
export interface Case {
  readonly page: Page
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** Resolves when nobody is needed any more; may never. */
  readonly passed: Promise<void>
  /** Whether it is over when its link is: nobody else waits for a person. Default: false. */
  readonly endsWithLink?: boolean | undefined
}

/** A link, for whoever gives it to a person. */
export interface MadeLink {
  /** Where it leads, on this service: path and fragment. The fragment is a secret. */
  readonly path: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

interface Waiting extends Case {
  readonly key: CaseKey
  readonly done: PromiseWithResolvers<void>
  handOver: HandOver | undefined
}

/** The pages that wait for a person, and the links that show them. */
export class WaitingPages {
  readonly #audit: (key: CaseKey, state: Parameters<HandOverOptions['audit']>[0]) => void
  readonly #waiting = new Map<string, Waiting>()
  /** By their id, while they live. */
  readonly #links = new Map<string, HandOver>()
  readonly #appear = new Map<string, PromiseWithResolvers<void>>()
  /** Called when the first link is made, and when the last one is over. */
  onUse: ((used: boolean) => void) | undefined

  /** @param audit - keeps what happens to a link. @throws OnejarError ONEJAR_AUDIT_FAILED: then it is not made or opened */
  constructor(audit: (key: CaseKey, state: Parameters<HandOverOptions['audit']>[0]) => void) {
    this.#audit = audit
  }

  /**
   * Has a page wait for a person.
   *
   * @returns when they are done. @throws OnejarError ONEJAR_CAPTCHA when they give up, and the reason of the signal
   */
  async show(key: CaseKey, shown: Case): Promise<void> {
    const name = nameOf(key)
    const waiting: Waiting = { ...shown, key, done: Promise.withResolvers<void>(), handOver: undefined }
    const onAbort = () => waiting.done.reject(shown.signal.reason as Error)
    shown.signal.addEventListener('abort', onAbort)
    if (shown.signal.aborted) onAbort()
    this.#waiting.set(name, waiting)
    this.#appear.get(name)?.resolve()
    this.#appear.delete(name)
    let end: HandOverEnd = 'closed'
    try {
      await Promise.race([
        waiting.done.promise,
        shown.passed.then(() => {
          end = 'passed'
        }),
      ])
    } finally {
      shown.signal.removeEventListener('abort', onAbort)
      this.#waiting.delete(name)
      waiting.handOver?.end(end)
    }
  }

  /** Whether a page waits there. */
  has(key: CaseKey): boolean {
    return this.#waiting.has(nameOf(key))
  }

  /** Resolves when a page waits there. */
  appears(key: CaseKey): Promise<void> {
    const name = nameOf(key)
    if (this.#waiting.has(name)) return Promise.resolve()
    const known = this.#appear.get(name) ?? Promise.withResolvers<void>()
    this.#appear.set(name, known)
    return known.promise
  }

  /**
   * Makes a link to a page that waits, in place of the one that there was. Null where none waits.
   *
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  makeLink(key: CaseKey): MadeLink | null {
    const waiting = this.#waiting.get(nameOf(key))
    if (waiting === undefined) return null
    const { handOver, token } = HandOver.make({
      page: waiting.page,
      audit: (state) => this.#audit(key, state),
      onEnd: (why) => this.#ended(waiting, handOver, why),
    })
    const before = waiting.handOver
    waiting.handOver = handOver
    this.#links.set(handOver.id, handOver)
    if (this.#links.size === 1) this.onUse?.(true)
    before?.end('replaced')
    return { path: `/by-hand/${handOver.id}#${token}`, expiresAt: handOver.expiresAt }
  }

  /** The link with this id, while it lives. */
  find(id: string): HandOver | undefined {
    return this.#links.get(id)
  }

  /** Gives up everything that waits. */
  close(): void {
    for (const { done } of this.#waiting.values())
      done.reject(new OnejarError('ONEJAR_CLOSED', 'The service was closed'))
  }

  #ended(waiting: Waiting, handOver: HandOver, why: HandOverEnd): void {
    this.#links.delete(handOver.id)
    if (this.#links.size === 0) this.onUse?.(false)
    if (waiting.handOver !== handOver) return
    waiting.handOver = undefined
    if (why === 'done') waiting.done.resolve()
    else if (why === 'given-up' || waiting.endsWithLink)
      waiting.done.reject(new OnejarError('ONEJAR_CAPTCHA', `Nobody took care of ${waiting.key.origin}`))
  }
}

function nameOf({ tenant, id, origin }: CaseKey): string {
  return JSON.stringify([tenant, id, origin])
}
