import type { CdpLink } from './cdp-link.ts'

/**
 * A link to something that has to answer: when one command stays unanswered for too long, it and all that wait fail, and
 * the owner of the browser is notified, once.
 */
export class WatchedLink implements CdpLink {
  readonly #link: CdpLink
  readonly #answerTimeoutMs: number
  readonly #onSilence: () => void
  readonly #waiting = new Set<(error: Error) => void>()
  #silent = false

  constructor(link: CdpLink, answerTimeoutMs: number, onSilence: () => void) {
    this.#link = link
    this.#answerTimeoutMs = answerTimeoutMs
    this.#onSilence = onSilence
  }

  async send<Result>(method: string, params?: Record<string, unknown>): Promise<Result> {
    if (this.#silent) throw silence()
    const { promise: over, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => this.#giveUp(), this.#answerTimeoutMs)
    this.#waiting.add(reject)
    try {
      return await Promise.race([this.#link.send<Result>(method, params), over])
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(reject)
    }
  }

  on(event: string, handler: (params: Record<string, unknown>) => void): void {
    this.#link.on(event, handler)
  }

  close(): void {
    this.#link.close()
  }

  #giveUp(): void {
    if (this.#silent) return
    this.#silent = true
    for (const reject of [...this.#waiting]) reject(silence())
    this.#onSilence()
  }
}

function silence(): Error {
  return new Error('The browser does not answer')
}
