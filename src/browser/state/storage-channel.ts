import {
  type ChangeSource,
  type Delta,
  localWrite,
  type SessionRecord,
  splitLocalId,
  type Write,
} from '../../record/index.ts'
import type { DocumentView, Reading } from '../targets/document-view.ts'
import type { StorageOp } from '../targets/world.ts'
import { Agreement } from './agreement.ts'

/** What the channel needs of the pages: reads and writes of live documents, and of origins that no document is open on. */
export interface StorageDocuments {
  /** Reads every live document. */
  read(): Promise<Reading>
  /** Writes through a live document; undefined when it is gone. */
  apply(frameId: string, origin: string, ops: readonly StorageOp[]): Promise<DocumentView | undefined>
  /** Writes through a blank document of that origin that no site script runs in, made for this, and reads it. */
  visit(origin: string, ops: readonly StorageOp[]): Promise<DocumentView | undefined>
  /** Reads the blank document that was made last, if it is of that origin; a new one otherwise. */
  revisit(origin: string): Promise<DocumentView | undefined>
}

/** Documents that keep changing what they differ on will not agree: after this time a new one is asked. */
const SETTLE_MS = 50
/** How long documents that are only slow to hear are waited for. */
const SPREAD_MS = 1000
const STEP_MS = 2
/** How often documents are read that are replaced under the reading, before a blank one is asked. */
const MAX_READINGS = 3

/**
 * Keeps the localStorage of one browser context and of the record the same. The shadow is what the context is known to
 * hold, by origin. Each document has its own view of it, which may be late: what several documents show counts when they
 * agree, so that after an exchange each of them is up to date as well. Calls must not overlap.
 */
export class StorageChannel {
  readonly #record: SessionRecord
  readonly #source: ChangeSource
  readonly #documents: StorageDocuments
  readonly #shadow = new Map<string, Map<string, string>>()
  /** Views, by frame, that there is nothing more to learn from: they hold what their origin's shadow holds. */
  readonly #settled = new Map<string, DocumentView>()
  /** Origins whose record side changed since it was last given to the context. */
  readonly #dirty: Set<string>
  /** Those of them that no document was open on: they wait for one. */
  readonly #waiting = new Set<string>()
  /** Items whose value in the record stands, though it did not change; null for all of an origin. */
  readonly #claims = new Map<string, Set<string> | null>()
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

  /** Whether the record has something for documents that may be open. */
  get hasPending(): boolean {
    return this.#dirty.size > this.#waiting.size
  }

  /** Whether a document is gone whose last writes nobody has read. */
  get hasUnread(): boolean {
    return this.#unread.size > 0
  }

  /** Whether the documents have to be read before they are given anything. */
  get hasConflictChecks(): boolean {
    return this.#claims.size > 0
  }

  /**
   * The record's word on this item, or on every item of the origin, stands, though it did not change: what pages wrote
   * until now is overruled.
   */
  claim(origin: string, key: string | null): void {
    this.#changed(origin)
    const claims = this.#claims.get(origin)
    if (key === null) this.#claims.set(origin, null)
    else if (claims === undefined) this.#claims.set(origin, new Set([key]))
    else claims?.add(key)
  }

  /** Takes note of changes that others made to the record. */
  note(delta: Delta): void {
    for (const entry of delta) if (entry.kind === 'local') this.#changed(splitLocalId(entry.id).origin)
  }

  /** The origin has a service worker: what the record has for it is given at once, not when a document is asked for. */
  servesItself(origin: string): void {
    this.#selfServed.add(origin)
    this.#waiting.delete(origin)
  }

  /** The frame's document of this origin is gone: what it wrote last has to be looked up. */
  documentGone(origin: string, frameId: string): void {
    const frames = this.#unread.get(origin)
    if (frames) frames.add(frameId)
    else this.#unread.set(origin, new Set([frameId]))
  }

  /**
   * Reads the live documents, and origins that lost theirs, and writes what changed into the record. Costs one reading
   * when no origin with several documents has changed; otherwise readings until these agree, a few milliseconds.
   *
   * @returns whether one reading said all
   */
  async pull(): Promise<boolean> {
    const startedAt = performance.now()
    const first = await this.#read()
    const groups = await this.#groups(first.views, first.lost, new Set())
    for (const frameId of this.#settled.keys())
      if (!first.views.some((view) => view.frameId === frameId)) this.#settled.delete(frameId)
    const talks = new Map<string, Agreement>()
    for (const [origin, views] of groups) {
      const known = views.every((view) => this.#settled.get(view.frameId) === view)
      if (!known) talks.set(origin, new Agreement(views))
    }
    this.#conclude(talks, groups)
    const witnessed = first.lost
    const atOnce = talks.size === 0 && witnessed.size === 0
    while (talks.size > 0) {
      await pause()
      const { views, lost } = await this.#read()
      for (const origin of lost) {
        if (talks.has(origin)) witnessed.add(origin)
        else if (lost.delete(origin)) this.documentGone(origin, '')
      }
      for (const origin of witnessed) if (!talks.has(origin)) witnessed.delete(origin)
      const again = await this.#groups(views, lost, witnessed)
      for (const [origin, agreement] of talks) agreement.take(again.get(origin) ?? [])
      const waited = performance.now() - startedAt
      await this.#decide(talks, again, waited)
      this.#conclude(talks, again)
    }
    return atOnce
  }

  /** Gives the record's changes to the documents that are open; the rest waits for `seed`. Claims want a pull before. */
  async push(): Promise<void> {
    this.#claims.clear()
    if (!this.hasPending) return
    const { views, missed } = await this.#documents.read()
    let shared = false
    for (const origin of [...this.#dirty]) {
      const open = views.filter((view) => view.origin === origin && view.items)
      if (open.length === 0 && !missed.includes(origin) && !this.#selfServed.has(origin)) {
        this.#waiting.add(origin)
        continue
      }
      this.#given(origin)
      const ops = this.#operations(origin)
      if (ops.length === 0) continue
      const [first] = open
      const view = first
        ? await this.#documents.apply(first.frameId, origin, ops)
        : await this.#documents.visit(origin, ops)
      if (view) this.#takeGiven(view, ops, open.length < 2)
      else this.#changed(origin)
      // A document that did not answer will be late to hear of this: it takes a witness to believe what it shows next.
      if (view && missed.includes(origin)) this.documentGone(origin, '')
      shared ||= open.length > 1
    }
    // It has reached all of them when they agree.
    if (shared) await this.pull()
  }

  /** Gives the record's items of an origin to the context before a document of it is made. */
  async seed(origin: string): Promise<void> {
    if (!this.#dirty.has(origin)) return
    this.#given(origin)
    const ops = this.#operations(origin)
    if (ops.length === 0) return
    const view = await this.#documents.visit(origin, ops)
    if (view) this.#takeGiven(view, ops, false)
    else this.#changed(origin)
  }

  /** Origins of which a document would have to wait for `seed`. */
  get unseeded(): string[] {
    return [...this.#dirty]
  }

  /** Whether a document of this origin has to wait for `seed`. */
  needsSeed(origin: string): boolean {
    return this.#dirty.has(origin)
  }

  /** What the documents show, and the origins whose last words only a new document knows. */
  async #read(): Promise<{ views: readonly DocumentView[]; lost: Set<string> }> {
    const unread = this.#takeUnread()
    for (let readings = 1; ; readings++) {
      const { views, missed } = await this.#documents.read()
      // The next document in the same frame sees what the one before it wrote. Any other may be late.
      for (const view of views) if (view.items) unread.get(view.origin)?.delete(view.frameId)
      // What went away while the others were read: its view may have been taken before its last write.
      const late = this.#takeUnread()
      for (const [origin, frames] of late) {
        unread.set(origin, new Set([...(unread.get(origin) ?? []), ...frames]))
      }
      if (late.size > 0 && readings < MAX_READINGS) continue
      // What waited for a document may have one.
      for (const origin of [...missed, ...views.map((view) => view.origin)]) this.#waiting.delete(origin)
      const lost = new Set(missed)
      for (const [origin, frames] of unread) if (frames.size > 0) lost.add(origin)
      return { views, lost }
    }
  }

  /**
   * The views by origin; where documents were lost, with that of a blank one.
   *
   * @param witnessed - origins that a blank document was made for in this exchange
   */
  async #groups(
    views: readonly DocumentView[],
    lost: ReadonlySet<string>,
    witnessed: ReadonlySet<string>,
  ): Promise<Map<string, DocumentView[]>> {
    const groups = Map.groupBy(
      views.filter(({ items }) => items !== null),
      ({ origin }) => origin,
    )
    for (const origin of new Set([...lost, ...witnessed])) {
      const asked = lost.has(origin) ? this.#documents.visit(origin, []) : this.#documents.revisit(origin)
      const witness = await asked.catch(() => undefined)
      if (!witness?.items) this.documentGone(origin, '')
      else groups.set(origin, [witness, ...(groups.get(origin) ?? [])])
    }
    return groups
  }

  /** Ends what has been waited for long enough. */
  async #decide(
    talks: ReadonlyMap<string, Agreement>,
    groups: ReadonlyMap<string, DocumentView[]>,
    waitedMs: number,
  ): Promise<void> {
    const over = waitedMs > SPREAD_MS
    for (const [origin, agreement] of talks) {
      if (!over && !(waitedMs > SETTLE_MS && agreement.moving)) continue
      const truth = await this.#documents.visit(origin, []).catch(() => undefined)
      agreement.decide(truth?.items ?? groups.get(origin)?.at(-1)?.items ?? NONE, over)
    }
  }

  /** Takes what was agreed on into the record. */
  #conclude(talks: Map<string, Agreement>, groups: ReadonlyMap<string, DocumentView[]>): void {
    for (const [origin, agreement] of talks) {
      if (agreement.open) continue
      talks.delete(origin)
      this.#take(origin, agreement.items)
      for (const view of groups.get(origin) ?? []) {
        const same = view.items && equal(view.items, agreement.items)
        // One that has not heard in all the time is looked at again when it changes.
        if (same || agreement.forced) this.#settled.set(view.frameId, view)
      }
    }
  }

  #takeUnread(): Map<string, Set<string>> {
    const unread = this.#unread
    this.#unread = new Map()
    return unread
  }

  /** The record has something for this origin that the context may not have. */
  #changed(origin: string): void {
    this.#dirty.add(origin)
    this.#waiting.delete(origin)
  }

  /** The context is given what the record has for this origin. */
  #given(origin: string): void {
    this.#dirty.delete(origin)
    this.#waiting.delete(origin)
  }

  #operations(origin: string): StorageOp[] {
    const wanted = this.#record.localItems(origin)
    const held = this.#shadow.get(origin) ?? NONE
    const ops: StorageOp[] = []
    for (const key of held.keys()) if (!wanted.has(key)) ops.push([key, null])
    for (const [key, value] of wanted) if (held.get(key) !== value) ops.push([key, value])
    return ops
  }

  /**
   * The context was given these items through this document. What it refused (a full area) stays in the record.
   *
   * @param alone - whether what else this document holds is to be taken as it stands
   */
  #takeGiven(view: DocumentView, ops: readonly StorageOp[], alone: boolean): void {
    const shadow = this.#shadowOf(view.origin)
    for (const [key] of ops) {
      const value = view.items?.get(key)
      if (value === undefined) shadow.delete(key)
      else shadow.set(key, value)
    }
    if (alone && view.items) this.#take(view.origin, view.items)
  }

  /** Compares what an origin holds with the shadow and writes the changes. */
  #take(origin: string, items: ReadonlyMap<string, string>): void {
    const shadow = this.#shadowOf(origin)
    const pending = this.#dirty.has(origin)
    const writes: Write[] = []
    for (const key of new Set([...items.keys(), ...shadow.keys()])) {
      const value = items.get(key)
      const held = shadow.get(key)
      if (value === held) continue
      if (value === undefined) shadow.delete(key)
      else shadow.set(key, value)
      // Where both sides wrote since the last exchange, the record's write is pushed next and stands.
      if (pending && (this.#needsConflictCheck(origin, key) || this.#record.localItem(origin, key) !== held))
        continue
      writes.push(localWrite(origin, key, value ?? null))
    }
    if (writes.length > 0) this.#record.write(writes, this.#source)
  }

  #needsConflictCheck(origin: string, key: string): boolean {
    const claims = this.#claims.get(origin)
    return claims === null || claims?.has(key) === true
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

const NONE: ReadonlyMap<string, string> = new Map()

function equal(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (b.get(key) !== value) return false
  return true
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STEP_MS))
}
