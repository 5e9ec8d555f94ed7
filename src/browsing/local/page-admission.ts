/** Whether a page may go to a URL; undefined when it may at once. What it rejects with ends the solve. */
export type AdmitDocument = (url: URL) => Promise<void> | undefined

/**
 * Watches where a page of an escalation goes. The request was admitted before; within its origin the site's own script
 * decides; for each other origin that it, or a redirect, leads to, the answer is asked for anew.
 */
export class PageAdmission {
  readonly #admit: AdmitDocument
  readonly #refused = Promise.withResolvers<never>()
  #origin: string | undefined

  constructor(admit: AdmitDocument) {
    this.#admit = admit
    this.#refused.promise.catch(() => {})
  }

  /** To be asked before the page's main frame fetches a document. */
  readonly documents = (href: string): Promise<void> | undefined => {
    const url = new URL(href)
    if (!/^https?:$/.test(url.protocol)) return undefined
    this.#origin ??= url.origin
    if (url.origin === this.#origin) return undefined
    const wait = this.#admit(url)
    wait?.catch((error) => this.#refused.reject(error))
    return wait
  }

  /** The work on the page, or the refusal that ended it. */
  during<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#refused.promise])
  }
}
