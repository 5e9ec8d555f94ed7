import { siteOfText } from '../../record/index.ts'
import { type DocumentView, webOrigin } from './document-view.ts'

/** One frame of a target, and what is known of the document in it. */
export interface FrameState {
  readonly id: string
  /** The frame that it is in, which may be another target's; undefined for the page itself, and while it is not known. */
  parentId: string | undefined
  /** Of the document in it, as far as known; null before the first read and for opaque origins. */
  origin: string | null
  /** Whether a document of another site stands above it: it may not use the site's own storage, if any. */
  foreign: boolean
  /** The isolated world in the present document, once made. */
  contextId: number | undefined
  view: DocumentView | undefined
  version: string | undefined
}

/**
 * The frames of one DevTools target, and of which origins their documents are. A frame of another process has a target of its
 * own, whose tree knows the tree above it.
 */
export class FrameTree {
  readonly #above: FrameTree | undefined
  /** The tree of the page itself. */
  readonly #page: FrameTree
  readonly #frames = new Map<string, FrameState>()
  readonly #visited = new Set<string>()
  #rootId = ''

  constructor(above?: FrameTree) {
    this.#above = above
    this.#page = above === undefined ? this : above.#page
  }

  /** The id of the target's own frame; empty while that is not known. */
  get rootId(): string {
    return this.#rootId
  }

  get root(): FrameState | undefined {
    return this.#frames.get(this.#rootId)
  }

  /** Origins that the target's own frame has shown, in the order of the first time. */
  get visited(): ReadonlySet<string> {
    return this.#visited
  }

  setRoot(id: string): void {
    this.#rootId = id
  }

  get(id: string): FrameState | undefined {
    return this.#frames.get(id)
  }

  has(id: string): boolean {
    return this.#frames.has(id)
  }

  all(): FrameState[] {
    return [...this.#frames.values()]
  }

  /** The frame with this id; a new one where there is none. */
  add(id: string, parentId: string | undefined): FrameState {
    let frame = this.#frames.get(id)
    if (!frame) {
      const none = { contextId: undefined, view: undefined, version: undefined }
      frame = { id, parentId, origin: null, foreign: false, ...none }
      this.#frames.set(id, frame)
    }
    frame.parentId ??= parentId
    return frame
  }

  delete(id: string): void {
    this.#frames.delete(id)
  }

  clear(): void {
    this.#frames.clear()
  }

  setOrigin(frame: FrameState, origin: string | undefined): void {
    frame.origin = webOrigin(origin)
    if (frame.origin !== null && frame.id === this.#rootId) this.#visited.add(frame.origin)
    frame.foreign = this.#isForeign(frame)
  }

  /**
   * The document in the frame is no more.
   *
   * @returns the origin in whose storage it may have written since it was last read; null where it had none that it may use
   */
  forget(frame: FrameState): string | null {
    const { origin, foreign } = frame
    const storageDenied = frame.view?.items === null
    frame.contextId = undefined
    frame.view = undefined
    frame.version = undefined
    frame.origin = null
    return storageDenied || foreign ? null : origin
  }

  /**
   * The schemeful site that the documents of a frame, of the page, and of all frames between have in common; undefined where
   * they have none, and where one is not known or has no origin.
   */
  siteOf(frameId: string): string | undefined {
    const frame = this.#frames.get(frameId)
    if (!frame?.origin) return undefined
    const site = siteOfText(frame.origin) ?? undefined
    if (frame.parentId === undefined) {
      return this.#above === undefined && frameId === this.#rootId ? site : undefined
    }
    const above = this.#frames.has(frame.parentId) ? this : this.#above
    return above?.siteOf(frame.parentId) === site ? site : undefined
  }

  /** Whether a document of another site stands above this one, as far as is known: then it has a storage partition of its own. */
  #isForeign({ origin, parentId }: FrameState): boolean {
    if (origin === null) return false
    const site = siteOfText(origin)
    const isOther = (other: string | null | undefined) => !!other && siteOfText(other) !== site
    if (isOther(this.#page.root?.origin)) return true
    let tree: FrameTree | undefined = this
    let id = parentId
    while (id !== undefined && tree !== undefined) {
      const above: FrameState | undefined = tree.#frames.get(id)
      if (above === undefined) tree = tree.#above
      else if (isOther(above.origin)) return true
      else id = above.parentId
    }
    return false
  }
}
