import type { DocumentView } from '../targets/document-view.ts'

/**
 * What the documents of one origin hold, read again and again until they say the same. A document hears of another's
 * write some milliseconds late, so where two differ nobody can tell from one reading which of them is late; the items that
 * all of them show are those that the browser holds.
 */
export class Agreement {
  readonly #items = new Map<string, string>()
  #forced = false
  /** Items that the documents differ on: what each of them showed first, and whether one has changed its mind since. */
  readonly #open = new Map<string, { first: ReadonlyMap<string, string | undefined>; moved: boolean }>()

  /** @param views - at least one, all with items */
  constructor(views: readonly DocumentView[]) {
    const [one, ...others] = views
    for (const [key, value] of one?.items ?? []) {
      if (others.every((view) => view.items?.get(key) === value)) this.#items.set(key, value)
      else this.#dispute(key, views)
    }
    for (const { items } of others) {
      for (const key of items?.keys() ?? [])
        if (!this.#items.has(key) && !this.#open.has(key)) this.#dispute(key, views)
    }
  }

  /** Whether there are items that the documents differ on. */
  get open(): boolean {
    return this.#open.size > 0
  }

  /** Whether it was ended without the documents. */
  get forced(): boolean {
    return this.#forced
  }

  /** Whether there are such items that a document keeps changing. */
  get moving(): boolean {
    return [...this.#open.values()].some(({ moved }) => moved)
  }

  /** What was agreed on. */
  get items(): ReadonlyMap<string, string> {
    return this.#items
  }

  /** Looks at another reading. What is written after the first one is left for the next exchange. */
  take(views: readonly DocumentView[]): void {
    const [one, ...others] = views
    if (!one) return
    for (const [key, dispute] of this.#open) {
      const value = one.items?.get(key)
      if (others.every((view) => view.items?.get(key) === value)) this.#close(key, value)
      else if (!dispute.moved) {
        dispute.moved = views.some(
          ({ frameId, items }) =>
            dispute.first.has(frameId) && dispute.first.get(frameId) !== items?.get(key),
        )
      }
    }
  }

  /**
   * Ends disputes by what a new document holds.
   *
   * @param all - also those where no document has moved, which may only be slow
   */
  decide(truth: ReadonlyMap<string, string>, all: boolean): void {
    this.#forced ||= all
    for (const [key, { moved }] of this.#open) if (all || moved) this.#close(key, truth.get(key))
  }

  #dispute(key: string, views: readonly DocumentView[]): void {
    const first = new Map(views.map(({ frameId, items }) => [frameId, items?.get(key)]))
    this.#open.set(key, { first, moved: false })
  }

  #close(key: string, value: string | undefined): void {
    this.#open.delete(key)
    if (value !== undefined) this.#items.set(key, value)
  }
}
