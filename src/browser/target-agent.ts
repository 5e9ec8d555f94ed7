import { siteOfText } from '../record/index.ts'
import { AnswerTimeout } from './answer-timeout.ts'
import { type CdpLink, NestedLink } from './cdp-link.ts'
import { type DocumentView, joinReadings, type Reading, viewOf, webOrigin } from './document-view.ts'
import {
  APPLY_FUNCTION,
  READ_FUNCTION,
  SESSION_FUNCTION,
  type StorageOp,
  WORLD_NAME,
  type WorldAnswer,
} from './world.ts'

export interface TargetEvents {
  /** A target is watched from now on: this one, or one nested in it. */
  attached?(link: CdpLink, agent: TargetAgent): Promise<void>
  /** The target's own frame shows this address. */
  shows?(address: string, frameId: string): void
  /** The frame's document of this origin is gone; what it wrote since it was last read is not known. */
  documentGone(origin: string, frameId: string): void
  /** A window is being opened, whose first document has this URL. */
  windowOpens?(url: string): void
}

interface FrameState {
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
 * Watches the frames of one DevTools target (a page, or an out-of-process frame) and of the targets nested in it, and
 * reads and writes their documents through an isolated world.
 */
export class TargetAgent {
  readonly #link: CdpLink
  readonly #events: TargetEvents
  /** The agent of the whole page: this one, or the one above those that this is nested in. */
  readonly #page: TargetAgent
  /** The agent that this is nested in. */
  readonly #above: TargetAgent | undefined
  readonly #frames = new Map<string, FrameState>()
  readonly #children = new Map<string, { link: NestedLink; agent: TargetAgent; ready: Promise<void> }>()
  #rootFrameId = ''
  #knows: PromiseWithResolvers<void> | undefined = Promise.withResolvers()
  /** Origins that the target's own frame has shown. */
  readonly #visited = new Set<string>()
  readonly #answers = new AnswerTimeout()
  /** Its process is gone: nothing answers until another tab's script navigates it. */
  #crashed = false
  #retired = false
  #closed = false

  private constructor(link: CdpLink, events: TargetEvents, above?: TargetAgent) {
    this.#link = link
    this.#events = events
    this.#above = above
    this.#page = above === undefined ? this : above.#page
  }

  /** Starts to watch. Rejects when the target is gone already. */
  static async attach(link: CdpLink, events: TargetEvents): Promise<TargetAgent> {
    const agent = new TargetAgent(link, events)
    await agent.#start()
    return agent
  }

  /** Whether the frame belongs to this target or to one nested in it. */
  hasFrame(frameId: string): boolean {
    if (this.#frames.has(frameId)) return true
    for (const { agent } of this.#children.values()) if (agent.hasFrame(frameId)) return true
    return false
  }

  /** Resolves when its frames are known; undefined when they are. */
  get known(): Promise<void> | undefined {
    return this.#knows?.promise
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
      return this.#above === undefined && frameId === this.#rootFrameId ? site : undefined
    }
    const above = this.#frames.has(frame.parentId) ? this : this.#above
    return above?.siteOf(frame.parentId) === site ? site : undefined
  }

  /**
   * A new document was asked for in this frame, and the gate holds it: until it is there, its target does not answer.
   *
   * @returns to be called when the gate lets it go
   */
  noteNavigation(frameId: string): () => void {
    if (frameId === this.#rootFrameId) {
      this.#answers.held()
      return () => this.#answers.letGo()
    }
    for (const { agent } of this.#children.values()) {
      if (agent.hasFrame(frameId)) return agent.noteNavigation(frameId)
    }
    return () => {}
  }

  /**
   * Reads every document, which also flushes the cookies that their scripts wrote. One that does not answer in time, or
   * is being replaced, is named as missed.
   */
  async read(): Promise<Reading> {
    const own = [...this.#frames.values()].map(async (frame): Promise<Reading> => {
      const view = await this.#readFrame(frame)
      if (view) return { views: [view], missed: [] }
      const silent = frame.origin !== null && frame.view?.items !== null && !frame.foreign
      return { views: [], missed: silent ? [frame.origin as string] : [] }
    })
    const nested = [...this.#children.values()].map(async ({ agent, ready }) => {
      await this.#answers.within(ready)
      return agent.read()
    })
    return joinReadings(await Promise.all([...own, ...nested]))
  }

  /** Waits until the cookies that scripts wrote have arrived. A document that is leaving is not waited for. */
  async flush(): Promise<void> {
    if (!this.#answers.navigating) await this.read()
  }

  /**
   * Writes to the localStorage of a document, if it is still of that origin.
   *
   * @returns its view afterwards; undefined when it is gone, of another origin, or does not answer
   */
  async apply(frameId: string, origin: string, ops: readonly StorageOp[]): Promise<DocumentView | undefined> {
    const frame = this.#frames.get(frameId)
    if (!frame) {
      for (const { agent } of this.#children.values()) {
        if (agent.hasFrame(frameId)) return agent.apply(frameId, origin, ops)
      }
      return undefined
    }
    const answer = await this.#call(frame, APPLY_FUNCTION, [origin, ops])
    return answer ? this.#note(frame, answer) : undefined
  }

  /** The tab's sessionStorage, by every document that answers. Frames of other sites have one of their own. */
  async readSession(): Promise<DocumentView[]> {
    const own = [...this.#frames.values()].map(async (frame) => {
      if (frame.foreign) return []
      const answer = await this.#call(frame, SESSION_FUNCTION, [null, []])
      return answer ? [viewOf(frame.id, answer)] : []
    })
    const nested = [...this.#children.values()].map(({ agent }) => agent.readSession())
    return (await Promise.all([...own, ...nested])).flat()
  }

  /** Sets sessionStorage items in the target's own document, if it is of this origin. */
  async applySession(origin: string, items: ReadonlyMap<string, string>): Promise<void> {
    const frame = this.#frames.get(this.#rootFrameId)
    if (frame) await this.#call(frame, SESSION_FUNCTION, [origin, [...items]])
  }

  /** Its process has crashed: what its documents wrote since they were last read is not known, and nothing is asked of it. */
  noteCrash(): void {
    this.#crashed = true
    this.#answers.interrupt()
    for (const frame of this.#frames.values()) this.#gone(frame)
  }

  get crashed(): boolean {
    return this.#crashed
  }

  /** The origins that the target's own frame has shown, in the order of the first time. */
  get visited(): ReadonlySet<string> {
    return this.#visited
  }

  /** The id of the target's own frame. */
  get rootFrameId(): string {
    return this.#rootFrameId
  }

  /** Says something to the target itself. */
  send<Result>(method: string, params: Record<string, unknown> = {}): Promise<Result> {
    return this.#link.send<Result>(method, params)
  }

  /** The same, for something that can be done without: undefined where there is no answer in time. */
  async question<Result>(method: string, params: Record<string, unknown> = {}): Promise<Result | undefined> {
    if (this.#crashed) return undefined
    return this.#answers.within(this.#link.send<Result>(method, params)).catch(() => undefined)
  }

  /** The same, with all the time that an answer has: what was left unanswered before says nothing of it. */
  async #insist(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#crashed) return undefined
    return this.#answers.within(this.#link.send(method, params), true).catch(() => undefined)
  }

  /** What JavaScript, DOM and buffers take in the processes of this target and of those nested in it. */
  async heapBytes(): Promise<number> {
    const nested = [...this.#children.values()].map(({ agent }) => agent.heapBytes())
    const heap = await this.question<HeapUsage>('Runtime.getHeapUsage')
    const own = heap ? heap.usedSize + (heap.embedderHeapUsedSize ?? 0) + (heap.backingStorageSize ?? 0) : 0
    return (await Promise.all(nested)).reduce((sum, bytes) => sum + bytes, own)
  }

  /**
   * What a function without arguments answers in each document that is of one site with all above it; those that do not
   * answer in time are left out.
   */
  async ask<Answer>(functionDeclaration: string): Promise<Answer[]> {
    const frames = [...this.#frames.values()].filter(({ id }) => this.siteOf(id) !== undefined)
    const own = frames.map((frame) => this.#call<Answer>(frame, functionDeclaration, []))
    const nested = [...this.#children.values()].map(({ agent }) => agent.ask<Answer>(functionDeclaration))
    const answers = (await Promise.all(own)).filter((answer) => answer !== null)
    return [...answers, ...(await Promise.all(nested)).flat()]
  }

  /** What a function without arguments answers in the document of the target's own frame; null where there is no answer. */
  async askRoot<Answer>(functionDeclaration: string): Promise<Answer | null> {
    const frame = this.#frames.get(this.#rootFrameId)
    return frame ? this.#call<Answer>(frame, functionDeclaration, []) : null
  }

  /**
   * Begins no more script of the site's in this target and in those nested in it: no timer, no event. What waits for an
   * answer of the network goes on when that comes: it must not get an end that it could take for an error.
   *
   * @returns whether that is so; false where one does not answer in time
   */
  async freeze(): Promise<boolean> {
    // The first is done in the middle of a script that runs; what comes after it waits for the script's end.
    const own = [
      this.#insist('Emulation.setScriptExecutionDisabled', { value: true }),
      this.#insist('Runtime.getHeapUsage'),
    ]
    const nested = [...this.#children.values()].map(({ agent }) => agent.freeze())
    const [answers, all] = await Promise.all([Promise.all(own), Promise.all(nested)])
    return answers.every((answer) => answer !== undefined) && all.every(Boolean)
  }

  /**
   * Reads and reports nothing of its documents any more: they were read for the last time just now. It stays attached until
   * `close`: what `freeze` stopped would go on without it.
   */
  retire(): void {
    this.#retired = true
  }

  /** Stops watching. What the documents wrote since they were last read is reported as not known. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#answers.interrupt()
    for (const frame of this.#frames.values()) this.#gone(frame)
    this.#frames.clear()
    for (const { agent } of this.#children.values()) agent.close()
    this.#children.clear()
    this.#link.close()
  }

  async #start(): Promise<void> {
    const link = this.#link
    link.on('Page.frameAttached', ({ frameId, parentFrameId }) =>
      this.#frame(frameId as string, parentFrameId as string),
    )
    link.on('Page.frameNavigated', ({ frame }) => this.#navigated(frame as CdpFrame))
    link.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (frameId === this.#rootFrameId) this.#shows(url as string)
    })
    link.on('Page.frameDetached', ({ frameId }) => this.#detached(frameId as string))
    link.on('Page.windowOpen', ({ url }) => this.#events.windowOpens?.(url as string))
    link.on('Page.frameStoppedLoading', ({ frameId }) => {
      if (frameId === this.#rootFrameId) this.#answers.arrived()
    })
    link.on('Target.attachedToTarget', (event) => this.#attached(event))
    link.on('Target.detachedFromTarget', ({ sessionId }) => this.#childGone(sessionId as string))
    link.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      this.#children.get(sessionId as string)?.link.receive(message as string)
    })
    await Promise.all([
      link.send('Page.enable'),
      link.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false }),
      this.#events.attached?.(link, this),
    ])
    const { frameTree } = await link.send<{ frameTree: CdpFrameTree }>('Page.getFrameTree')
    this.#rootFrameId = frameTree.frame.id
    this.#shows(frameTree.frame.url)
    const visit = (tree: CdpFrameTree) => {
      const frame = this.#frame(tree.frame.id, tree.frame.parentId)
      if (frame.origin === null) this.#setOrigin(frame, tree.frame.securityOrigin)
      for (const child of tree.childFrames ?? []) visit(child)
    }
    visit(frameTree)
    this.#knows?.resolve()
    this.#knows = undefined
  }

  #frame(id: string, parentId: string | undefined): FrameState {
    let frame = this.#frames.get(id)
    if (!frame) {
      const none = { contextId: undefined, view: undefined, version: undefined }
      frame = { id, parentId, origin: null, foreign: false, ...none }
      this.#frames.set(id, frame)
    }
    frame.parentId ??= parentId
    return frame
  }

  #navigated(cdpFrame: CdpFrame): void {
    const frame = this.#frame(cdpFrame.id, cdpFrame.parentId)
    if (cdpFrame.id === this.#rootFrameId) this.#crashed = false
    this.#gone(frame)
    this.#setOrigin(frame, cdpFrame.securityOrigin)
    if (cdpFrame.id !== this.#rootFrameId) return
    this.#answers.arrived()
    this.#shows(cdpFrame.url)
  }

  #shows(address: string | undefined): void {
    if (address !== undefined && this.#above === undefined) this.#events.shows?.(address, this.#rootFrameId)
  }

  #setOrigin(frame: FrameState, origin: string | undefined): void {
    frame.origin = webOrigin(origin)
    if (frame.origin !== null && frame.id === this.#rootFrameId) this.#visited.add(frame.origin)
    frame.foreign = this.#isForeign(frame)
  }

  /** Whether a document of another site stands above this one, as far as is known: then it has a storage partition of its own. */
  #isForeign({ origin, parentId }: FrameState): boolean {
    if (origin === null) return false
    const site = siteOfText(origin)
    const isOther = (other: string | null | undefined) => !!other && siteOfText(other) !== site
    if (isOther(this.#page.#frames.get(this.#page.#rootFrameId)?.origin)) return true
    let agent: TargetAgent | undefined = this
    let id = parentId
    while (id !== undefined && agent !== undefined) {
      const above: FrameState | undefined = agent.#frames.get(id)
      if (above === undefined) agent = agent.#above
      else if (isOther(above.origin)) return true
      else id = above.parentId
    }
    return false
  }

  #detached(frameId: string): void {
    const frame = this.#frames.get(frameId)
    if (!frame) return
    this.#gone(frame)
    this.#frames.delete(frameId)
  }

  /** The document in the frame is no more. */
  #gone(frame: FrameState): void {
    const storageDenied = frame.view?.items === null
    const origin = frame.origin
    frame.contextId = undefined
    frame.view = undefined
    frame.version = undefined
    frame.origin = null
    if (origin === null || storageDenied || frame.foreign || this.#page.#retired) return
    this.#events.documentGone(origin, frame.id)
  }

  #attached(event: Record<string, unknown>): void {
    const { sessionId, targetInfo } = event as { sessionId: string; targetInfo: { type: string } }
    if (targetInfo.type !== 'iframe') {
      this.#link.send('Target.detachFromTarget', { sessionId }).catch(() => {})
      return
    }
    const link = new NestedLink(this.#link, sessionId)
    const agent = new TargetAgent(link, this.#events, this)
    const ready = agent.#start().catch(() => agent.close())
    this.#children.set(sessionId, { link, agent, ready })
  }

  #childGone(sessionId: string): void {
    const child = this.#children.get(sessionId)
    this.#children.delete(sessionId)
    child?.agent.close()
  }

  async #readFrame(frame: FrameState): Promise<DocumentView | undefined> {
    const answer = await this.#call(frame, READ_FUNCTION, [frame.version ?? ''])
    return answer ? this.#note(frame, answer) : undefined
  }

  #note(frame: FrameState, answer: WorldAnswer): DocumentView {
    if (answer.items !== undefined || !frame.view || frame.view.origin !== answer.origin) {
      frame.view = viewOf(frame.id, answer)
    }
    frame.version = answer.version
    this.#setOrigin(frame, answer.origin)
    return frame.view
  }

  /** Calls a function in the frame's isolated world; makes the world first where the document is new. */
  async #call<Answer = WorldAnswer>(
    frame: FrameState,
    functionDeclaration: string,
    args: readonly unknown[],
  ): Promise<Answer | null> {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (this.#closed || this.#crashed || this.#frames.get(frame.id) !== frame) return null
      const contextId = frame.contextId
      try {
        if (contextId === undefined) {
          const made = await this.#answers.within(
            this.#link.send<{ executionContextId: number }>('Page.createIsolatedWorld', {
              frameId: frame.id,
              worldName: WORLD_NAME,
            }),
          )
          if (!made) return null
          frame.contextId = made.executionContextId
          continue
        }
        const reply = await this.#answers.within(
          this.#link.send<CallReply<Answer>>('Runtime.callFunctionOn', {
            functionDeclaration,
            executionContextId: contextId,
            arguments: args.map((value) => ({ value })),
            returnByValue: true,
            silent: true,
          }),
        )
        if (!reply || reply.exceptionDetails) return null
        return reply.result.value ?? null
      } catch {
        // The document was replaced under the call: the next attempt asks the new one.
        if (frame.contextId === contextId) frame.contextId = undefined
      }
    }
    return null
  }
}

interface CdpFrame {
  readonly id: string
  readonly parentId?: string
  readonly url?: string
  readonly securityOrigin?: string
}

interface CdpFrameTree {
  readonly frame: CdpFrame
  readonly childFrames?: readonly CdpFrameTree[]
}

interface HeapUsage {
  readonly usedSize: number
  /** Not there in older browsers. */
  readonly embedderHeapUsedSize?: number
  readonly backingStorageSize?: number
}

interface CallReply<Answer> {
  readonly result: { readonly value?: Answer }
  readonly exceptionDetails?: unknown
}
