import { type Clock, LazyMap } from '../../core/index.ts'
import type { PageView } from '../../discovery/index.ts'

/** How long a rendered page is of use to compare another one with. */
const VIEW_MS = 10 * 60_000
/** Pages of one group, and groups. */
const MAX_VIEWS = 4
const MAX_GROUPS = 4
/** How long pages of a group are fetched as they were, before it is tried again to learn a route. */
const LEFT_MS = 10 * 60_000
const MAX_LEFT = 1_000

/** How pages of a group are fetched for a while: rendered, or over HTTP, where rendering adds nothing. */
export interface LeftTo {
  readonly transport: 'page' | 'http'
  readonly reason: string
  readonly until: number
}

/** Rendered pages that nothing was learned of yet, in memory only, and what is left to the page. Bounded. */
export class PageViews {
  readonly #clock: Clock
  readonly #views = new LazyMap<string, { readonly view: PageView; readonly at: number }[]>()
  readonly #left = new LazyMap<string, LeftTo>()
  /** The page of a group to which rendering added nothing. */
  readonly #barren = new LazyMap<string, string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The pages that were rendered last, the newest first. */
  of(group: string): PageView[] {
    const after = this.#clock.now() - VIEW_MS
    return (this.#views.get(group) ?? []).filter(({ at }) => at > after).map(({ view }) => view)
  }

  add(group: string, view: PageView): void {
    const others = (this.#views.get(group) ?? []).filter((one) => one.view.url.href !== view.url.href)
    this.#views.delete(group)
    this.#views.set(group, [{ view, at: this.#clock.now() }, ...others].slice(0, MAX_VIEWS))
    const [oldest] = this.#views.keys()
    if (this.#views.size > MAX_GROUPS) this.#views.delete(oldest as string)
  }

  /** Whether as many were looked at as are kept. */
  isFull(group: string): boolean {
    return this.of(group).length === MAX_VIEWS
  }

  forget(group: string): void {
    this.#views.delete(group)
  }

  leave(group: string, transport: LeftTo['transport'], reason: string): void {
    this.#views.delete(group)
    this.#left.delete(group)
    this.#left.set(group, { transport, reason, until: this.#clock.now() + LEFT_MS })
    const [oldest] = this.#left.keys()
    if (this.#left.size > MAX_LEFT) this.#left.delete(oldest as string)
  }

  leftTo(group: string): LeftTo | undefined {
    const left = this.#left.get(group)
    const leftMs = (left?.until ?? 0) - this.#clock.now()
    return leftMs > 0 && leftMs <= LEFT_MS ? left : undefined
  }

  /** Whether this is the second page of a group to which rendering adds nothing: one alone may be an error page. */
  isBarren(group: string, url: URL): boolean {
    const first = this.#barren.get(group)
    if (first !== undefined && first !== url.href) {
      this.#barren.delete(group)
      return true
    }
    this.#barren.set(group, url.href)
    const [oldest] = this.#barren.keys()
    if (this.#barren.size > MAX_LEFT) this.#barren.delete(oldest as string)
    return false
  }

  /** Everything of an origin is tried again; of all where none is named. */
  retry(origin?: string): void {
    for (const map of [this.#views, this.#left, this.#barren]) {
      for (const group of [...map.keys()])
        if (origin === undefined || group.startsWith(`${origin}\n`)) map.delete(group)
    }
  }
}
