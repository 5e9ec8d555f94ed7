import {
  type ChangeSource,
  type Delta,
  localWrite,
  type SessionRecord,
  splitLocalId,
  type Write,
} from '../record/index.ts'
import type { DocumentView, Reading } from './target-agent.ts'
import type { StorageOp } from './world.ts'

/** What the channel needs of the pages: reads and writes of live documents, and of origins that no document is open on. */
export interface StorageDocuments {
  /** Reads every live document. */
  read(): Promise<Reading>
  /** Writes through a live document; undefined when it is gone. */
  apply(frameId: string, origin: string, ops: readonly StorageOp[]): Promise<DocumentView | undefined>
  /** Writes through a blank document of that origin that no site script runs in, and reads it. */
  visit(origin: string, ops: readonly StorageOp[]): Promise<DocumentView | undefined>
}

/**
 * A change reaches the other documents of its origin about 10 ms after it was made. Within this time a view that differs
 * from the shadow may be late, not new.
 */
const LAG_MS = 1000
/** How long late views are waited for before a new document, which cannot be late, has to tell. */
const SETTLE_MS = 24
/** How long a change is waited for to reach all documents of its origin: it takes some 2 ms on a calm machine. */
const SPREAD_MS = 1000
const STEP_MS = 2

/**
 * Keeps the localStorage of one browser context and of the record the same. The shadow is what the context is known to
 * hold, by origin; each document has its own view of it, which may be late. Calls must not overlap.
 */
export class StorageChannel {
  readonly #record: SessionRecord
  readonly #source: ChangeSource
  readonly #documents: StorageDocuments
  readonly #shadow = new Map<string, Map<string, string>>()
  /** Last view per frame, to tell what a document changed from what it has not heard of yet. */
  readonly #seen = new Map<string, DocumentView>()
  /** When and through which frame an item last changed. */
  readonly #changed = new Map<string, { readonly at: number; readonly frameId: string }>()
  /** Items that changed in this exchange, by origin: every document has to hear of them before it ends. */
  #touched = new Map<string, Set<string>>()
  /** Origins whose record side changed since it was last given to the context. */
  readonly #dirty: Set<string>
  /** Origins whose documents come from a service worker: the gate does not see them asked for. */
  readonly #selfServed = new Set<string>()
  /** Origins that lost documents whose last writes nobody has read, and the frames that showed these. */
  #unread = new Map<string, Set<string>>()

  constructor(record: SessionRecord, source: ChangeSource, documents: StorageDocuments) {
    this.#record = record
    this.#source = source
    this.#documents = documents
    this.#dirty = new Set(record.localOrigins())
  }

  get hasPending(): boolean {
    return this.#dirty.size > 0
  }

  /** Whether a document is gone whose last writes nobody has read. */
  get hasUnread(): boolean {
    return this.#unread.size > 0
  }

  /** Takes note of changes that others made to the record. */
  note(delta: Delta): void {
    for (const entry of delta) if (entry.kind === 'local') this.#dirty.add(splitLocalId(entry.id).origin)
  }

  /** The origin has a service worker: what the record has for it is given at once, not when a document is asked for. */
  servesItself(origin: string): void {
    this.#selfServed.add(origin)
  }

  /** The frame's document of this origin is gone: what it wrote last has to be looked up. */
  documentGone(origin: string, frameId: string): void {
    const frames = this.#unread.get(origin)
    if (frames) frames.add(frameId)
    else this.#unread.set(origin, new Set([frameId]))
  }

  /** Reads the live documents, and origins that lost theirs, and writes what is news into the record. */
  async pull(): Promise<void> {
    const deadline = performance.now() + SETTLE_MS
    const unread = this.#takeUnread()
    const lost = new Set<string>()
    for (;;) {
      const { views, missed } = await this.#documents.read()
      const present = new Set(views.map((view) => view.frameId))
      for (const frameId of this.#seen.keys()) if (!present.has(frameId)) this.#seen.delete(frameId)
      const late = this.#take(views)
      // The next document in the same frame sees what the one before it wrote. Any other may be late: only a new one is
      // sure to see it.
      for (const view of views) if (view.items) unread.get(view.origin)?.delete(view.frameId)
      for (const origin of missed) lost.add(origin)
      if (late.size > 0 && performance.now() < deadline) {
        await pause()
        continue
      }
      for (const origin of late) lost.add(origin)
      for (const [origin, frames] of unread) if (frames.size > 0) lost.add(origin)
      // What went away while the others were read: its view was taken before its last write.
      for (const origin of this.#takeUnread().keys()) lost.add(origin)
      for (const origin of lost) await this.#lookUp(origin, views)
      await this.#spread(views)
      return
    }
  }

  /** Gives the record's changes to the documents that are open; the rest waits for `seed`. */
  async push(): Promise<void> {
    if (this.#dirty.size === 0) return
    const { views, missed } = await this.#documents.read()
    for (const origin of [...this.#dirty]) {
      const open = views.filter((view) => view.origin === origin && view.items)
      if (open.length === 0 && !missed.includes(origin) && !this.#selfServed.has(origin)) continue
      this.#dirty.delete(origin)
      const ops = this.#operations(origin)
      if (ops.length === 0) continue
      const [first] = open
      const view = first
        ? await this.#documents.apply(first.frameId, origin, ops)
        : await this.#documents.visit(origin, ops)
      if (view) this.#given(view, ops)
      else this.#dirty.add(origin)
    }
    await this.#spread(views)
  }

  /** Gives the record's items of an origin to the context before a document of it is made. */
  async seed(origin: string): Promise<void> {
    if (!this.#dirty.delete(origin)) return
    const ops = this.#operations(origin)
    if (ops.length === 0) return
    const view = await this.#documents.visit(origin, ops)
    if (view) this.#given(view, ops)
    else this.#dirty.add(origin)
  }

  /** Whether a document of this origin has to wait for `seed`. */
  needsSeed(origin: string): boolean {
    return this.#dirty.has(origin)
  }

  #takeUnread(): Map<string, Set<string>> {
    const unread = this.#unread
    this.#unread = new Map()
    return unread
  }

  #operations(origin: string): StorageOp[] {
    const wanted = this.#record.localItems(origin)
    const held = this.#shadow.get(origin) ?? new Map<string, string>()
    const ops: StorageOp[] = []
    for (const key of held.keys()) if (!wanted.has(key)) ops.push([key, null])
    for (const [key, value] of wanted) if (held.get(key) !== value) ops.push([key, value])
    return ops
  }

  /**
   * The context was given these items through this document. What it refused (a full area) stays in the record; what else
   * the document holds is looked at as in any reading.
   */
  #given(view: DocumentView, ops: readonly StorageOp[]): void {
    const shadow = this.#shadowOf(view.origin)
    for (const [key] of ops) {
      const value = view.items?.get(key)
      if (value === undefined) shadow.delete(key)
      else shadow.set(key, value)
      this.#noteChange(view, key, performance.now())
    }
    this.#take([view])
  }

  #noteChange(view: DocumentView, key: string, at: number): void {
    this.#changed.set(`${view.origin}\n${key}`, { at, frameId: view.frameId })
    const keys = this.#touched.get(view.origin)
    if (keys) keys.add(key)
    else this.#touched.set(view.origin, new Set([key]))
  }

  /**
   * Waits until every document has heard of what changed in this exchange: each of them is then as good as the one that
   * wrote. A document that has moved on to a value of its own has heard, too.
   */
  async #spread(views: readonly DocumentView[]): Promise<void> {
    const touched = this.#touched
    this.#touched = new Map()
    let behind = views.flatMap((view) => this.#notHeard(view, touched.get(view.origin)))
    const deadline = performance.now() + SPREAD_MS
    while (behind.length > 0 && performance.now() < deadline) {
      const reading = await this.#documents.read()
      this.#take(reading.views)
      const held = new Map(reading.views.map((view) => [view.frameId, view]))
      behind = behind.filter(({ frameId, origin, key, value }) => {
        const view = held.get(frameId)
        if (view?.origin !== origin || !view.items || view.items.get(key) !== value) return false
        return this.#shadowOf(origin).get(key) !== value
      })
      if (behind.length > 0) await pause()
    }
  }

  #notHeard(view: DocumentView, keys: Iterable<string> = []) {
    const { frameId, origin, items } = view
    if (!items) return []
    const shadow = this.#shadowOf(origin)
    return [...keys]
      .map((key) => ({ frameId, origin, key, value: items.get(key) }))
      .filter(({ key, value }) => value !== shadow.get(key))
  }

  /** Asks a new document of the origin what is true, and judges the views by it. */
  async #lookUp(origin: string, views: readonly DocumentView[]): Promise<void> {
    const truth = await this.#documents.visit(origin, []).catch(() => undefined)
    if (!truth?.items) {
      this.documentGone(origin, '')
      return
    }
    this.#take([truth, ...views.filter((view) => view.origin === origin)], truth.items)
    this.#seen.delete(truth.frameId)
  }

  /**
   * Compares views with the shadow and writes the news.
   *
   * @param truth - what a new document of the views' origin holds: decides where a view may be late
   * @returns the origins of views that may be late
   */
  #take(views: readonly DocumentView[], truth?: ReadonlyMap<string, string>): Set<string> {
    const now = performance.now()
    for (const [key, { at }] of this.#changed) if (now - at > LAG_MS) this.#changed.delete(key)
    const writes: Write[] = []
    const late = new Set<string>()
    for (const view of views) {
      const before = this.#seen.get(view.frameId)
      if (before === view || view.items === null) continue
      const known = before?.origin === view.origin ? before : undefined
      if (this.#compare(view, known, truth, now, writes)) this.#seen.set(view.frameId, view)
      else late.add(view.origin)
    }
    if (writes.length > 0) this.#record.write(writes, this.#source)
    return late
  }

  /** @returns whether everything in the view is accounted for */
  #compare(
    view: DocumentView,
    before: DocumentView | undefined,
    truth: ReadonlyMap<string, string> | undefined,
    now: number,
    writes: Write[],
  ): boolean {
    const items = view.items as ReadonlyMap<string, string>
    const shadow = this.#shadowOf(view.origin)
    const news: Array<[string, string | undefined]> = []
    let late = false
    for (const key of new Set([...items.keys(), ...shadow.keys()])) {
      const value = items.get(key)
      if (value === shadow.get(key)) continue
      // It did not change: the document has only not heard yet of what another one wrote.
      if (before?.items && before.items.get(key) === value) continue
      const changed = this.#changed.get(`${view.origin}\n${key}`)
      const doubtful = changed !== undefined && changed.frameId !== view.frameId
      if (doubtful && !truth) late = true
      else if (!doubtful || truth?.get(key) === value) news.push([key, value])
    }
    const pending = this.#dirty.has(view.origin)
    for (const [key, value] of news) {
      const held = shadow.get(key)
      if (value === undefined) shadow.delete(key)
      else shadow.set(key, value)
      this.#noteChange(view, key, now)
      // Where both sides wrote since the last exchange, the record's write is pushed next and stands.
      if (pending && this.#record.localItem(view.origin, key) !== held) continue
      writes.push(localWrite(view.origin, key, value ?? null))
    }
    return !late
  }

  #shadowOf(origin: string): Map<string, string> {
    let shadow = this.#shadow.get(origin)
    if (!shadow) {
      shadow = new Map()
      this.#shadow.set(origin, shadow)
    }
    return shadow
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STEP_MS))
}
