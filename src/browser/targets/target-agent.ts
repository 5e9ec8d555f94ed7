import { AnswerTimeout } from '../devtools/answer-timeout.ts'
import { type CdpLink, NestedLink } from '../devtools/cdp-link.ts'
import { type DocumentView, joinReadings, type Reading } from './document-view.ts'
import { FrameDocuments } from './frame-documents.ts'
import { type FrameState, FrameTree } from './frame-tree.ts'
import { NestedTargets } from './nested-targets.ts'
import { type CdpFrame, type CdpFrameTree, type CdpTarget, listenToTarget } from './target-events.ts'
import type { StorageOp } from './world.ts'

export interface TargetEvents {
  /** A target is watched from now on: this one, or one nested in it. */
  attached?(link: CdpLink, agent: TargetAgent): Promise<void>
  /** A worker is nested in this target. */
  worker?(link: CdpLink, agent: TargetAgent, worker: WorkerTarget): Promise<void>
  /** The target's own frame shows this address. */
  shows?(address: string, frameId: string): void
  /** The frame's document of this origin is gone; what it wrote since it was last read is not known. */
  documentGone(origin: string, frameId: string): void
  /** A window is being opened, whose first document has this URL. */
  windowOpens?(url: string): void
}

/** A dedicated worker, with the frame that made it; or a service worker. */
export interface WorkerTarget {
  readonly url: string
  readonly frameId: string | undefined
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
  readonly #frames: FrameTree
  readonly #documents: FrameDocuments
  readonly #nested = new NestedTargets<TargetAgent>()
  readonly #workers = new Map<string, NestedLink>()
  /** What the target's own frame shows. */
  #address: string | undefined
  #knows: PromiseWithResolvers<void> | undefined = Promise.withResolvers()
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
    this.#frames = new FrameTree(above === undefined ? undefined : above.#frames)
    const isOver = () => this.#closed || this.#crashed
    this.#documents = new FrameDocuments(link, this.#frames, this.#answers, isOver)
  }

  /** Starts to watch. Rejects when the target is gone already. */
  static async attach(link: CdpLink, events: TargetEvents): Promise<TargetAgent> {
    const agent = new TargetAgent(link, events)
    await agent.#start()
    return agent
  }

  /** Whether the frame belongs to this target or to one nested in it. */
  hasFrame(frameId: string): boolean {
    return this.#frames.has(frameId) || this.#nested.ofFrame(frameId) !== undefined
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
    return this.#frames.siteOf(frameId)
  }

  /**
   * Who speaks where a worker does: the page that the frame is in, where both are of one site; undefined where they are not, or
   * where the worker is of another origin.
   *
   * @param frameId - that made it; undefined for a service worker of the target's own document
   */
  speaker(
    frameId = this.#frames.rootId,
    workerOrigin?: string,
  ): { readonly page: string; readonly site: string } | undefined {
    const site = this.#frames.siteOf(frameId)
    const origin = this.#frames.get(frameId)?.origin
    if (site === undefined || !origin || (workerOrigin !== undefined && workerOrigin !== origin))
      return undefined
    const shown = URL.parse(this.#page.#address ?? '')
    return { site, page: shown?.origin === origin ? shown.origin + shown.pathname : `${origin}/` }
  }

  /**
   * A new document was asked for in this frame, and the gate holds it: until it is there, its target does not answer.
   *
   * @returns to be called when the gate lets it go
   */
  noteNavigation(frameId: string): () => void {
    if (frameId === this.#frames.rootId) {
      this.#answers.held()
      return () => this.#answers.letGo()
    }
    return this.#nested.ofFrame(frameId)?.noteNavigation(frameId) ?? (() => {})
  }

  /**
   * Reads every document, which also flushes the cookies that their scripts wrote. One that does not answer in time, or
   * is being replaced, is named as missed.
   */
  async read(): Promise<Reading> {
    const own = this.#documents.read()
    const nested = this.#nested.map(async ({ agent, ready }) => {
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
    if (frame) return this.#documents.apply(frame, origin, ops)
    return this.#nested.ofFrame(frameId)?.apply(frameId, origin, ops)
  }

  /** The tab's sessionStorage, by every document that answers. Frames of other sites have one of their own. */
  async readSession(): Promise<DocumentView[]> {
    const own = this.#documents.readSession()
    const nested = this.#nested.map(({ agent }) => agent.readSession())
    return (await Promise.all([...own, ...nested])).flat()
  }

  /** Sets sessionStorage items in the target's own document, if it is of this origin. */
  applySession(origin: string, items: ReadonlyMap<string, string>): Promise<void> {
    return this.#documents.applySession(origin, items)
  }

  /** Its process has crashed: what its documents wrote since they were last read is not known, and nothing is asked of it. */
  noteCrash(): void {
    this.#crashed = true
    this.#answers.interrupt()
    for (const frame of this.#frames.all()) this.#gone(frame)
  }

  /** Whether a new document was asked for, in it or in one nested in it, that is not there yet. */
  get navigating(): boolean {
    return this.#answers.navigating || this.nested.some((agent) => agent.navigating)
  }

  get crashed(): boolean {
    return this.#crashed
  }

  /** The origins that the target's own frame has shown, in the order of the first time. */
  get visited(): ReadonlySet<string> {
    return this.#frames.visited
  }

  /** The id of the target's own frame. */
  get rootFrameId(): string {
    return this.#frames.rootId
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

  /** The targets nested in this one. */
  get nested(): TargetAgent[] {
    return this.#nested.map(({ agent }) => agent)
  }

  /**
   * What a function without arguments answers in each document that is of one site with all above it; those that do not
   * answer in time are left out.
   */
  async ask<Answer>(functionDeclaration: string): Promise<Answer[]> {
    const own = this.#documents.ask<Answer>(functionDeclaration)
    const nested = this.#nested.map(({ agent }) => agent.ask<Answer>(functionDeclaration))
    const answers = (await Promise.all(own)).filter((answer) => answer !== null)
    return [...answers, ...(await Promise.all(nested)).flat()]
  }

  /** What a function without arguments answers in the document of the target's own frame; null where there is no answer. */
  askRoot<Answer>(functionDeclaration: string): Promise<Answer | null> {
    return this.#documents.askRoot(functionDeclaration)
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
    const nested = this.#nested.map(({ agent }) => agent.freeze())
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
    for (const frame of this.#frames.all()) this.#gone(frame)
    this.#frames.clear()
    this.#nested.close()
    for (const worker of this.#workers.values()) worker.close()
    this.#workers.clear()
    this.#link.close()
  }

  async #start(): Promise<void> {
    const link = this.#link
    listenToTarget(link, {
      frameAttached: (frameId, parentId) => void this.#frames.add(frameId, parentId),
      navigated: (frame) => this.#navigated(frame),
      movedWithin: (frameId, url) => {
        if (frameId === this.#frames.rootId) this.#shows(url)
      },
      frameDetached: (frameId) => this.#detached(frameId),
      stoppedLoading: (frameId) => {
        if (frameId === this.#frames.rootId) this.#answers.arrived()
      },
      windowOpens: (url) => this.#events.windowOpens?.(url),
      nested: (sessionId, target) => this.#attached(sessionId, target),
      nestedGone: (sessionId) => {
        this.#nested.remove(sessionId)
        this.#workers.get(sessionId)?.close()
        this.#workers.delete(sessionId)
      },
      nestedMessage: (sessionId, message) => {
        this.#nested.receive(sessionId, message)
        this.#workers.get(sessionId)?.receive(message)
      },
    })
    await Promise.all([
      link.send('Page.enable'),
      link.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false }),
      this.#events.attached?.(link, this),
    ])
    const { frameTree } = await link.send<{ frameTree: CdpFrameTree }>('Page.getFrameTree')
    this.#frames.setRoot(frameTree.frame.id)
    this.#shows(frameTree.frame.url)
    const visit = (tree: CdpFrameTree) => {
      const frame = this.#frames.add(tree.frame.id, tree.frame.parentId)
      if (frame.origin === null) this.#frames.setOrigin(frame, tree.frame.securityOrigin)
      for (const child of tree.childFrames ?? []) visit(child)
    }
    visit(frameTree)
    this.#knows?.resolve()
    this.#knows = undefined
  }

  #navigated(cdpFrame: CdpFrame): void {
    const frame = this.#frames.add(cdpFrame.id, cdpFrame.parentId)
    if (cdpFrame.id === this.#frames.rootId) this.#crashed = false
    this.#gone(frame)
    this.#frames.setOrigin(frame, cdpFrame.securityOrigin)
    if (cdpFrame.id !== this.#frames.rootId) return
    this.#answers.arrived()
    this.#shows(cdpFrame.url)
  }

  #shows(address: string | undefined): void {
    this.#address = address
    if (address !== undefined && this.#above === undefined) this.#events.shows?.(address, this.#frames.rootId)
  }

  #detached(frameId: string): void {
    const frame = this.#frames.get(frameId)
    if (!frame) return
    this.#gone(frame)
    this.#frames.delete(frameId)
  }

  /** The document in the frame is no more. */
  #gone(frame: FrameState): void {
    const origin = this.#frames.forget(frame)
    if (origin !== null && !this.#page.#retired) this.#events.documentGone(origin, frame.id)
  }

  #attached(sessionId: string, { type, url, parentFrameId }: CdpTarget): void {
    const isWorker = (type === 'worker' && parentFrameId !== undefined) || type === 'service_worker'
    if (isWorker && this.#events.worker) {
      const link = new NestedLink(this.#link, sessionId)
      this.#workers.set(sessionId, link)
      const frameId = type === 'worker' ? parentFrameId : undefined
      this.#events.worker(link, this, { url, frameId }).catch(() => link.close())
      return
    }
    if (type !== 'iframe') {
      this.#link.send('Target.detachFromTarget', { sessionId }).catch(() => {})
      return
    }
    const link = new NestedLink(this.#link, sessionId)
    const agent = new TargetAgent(link, this.#events, this)
    const ready = agent.#start().catch(() => agent.close())
    this.#nested.add(sessionId, { link, agent, ready })
  }
}
