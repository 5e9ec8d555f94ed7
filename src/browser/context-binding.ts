import type { BrowserContext, Page } from 'playwright'
import { OnejarError } from '../core/index.ts'
import type { ChangeSource, Cookie, SessionRecord, Write } from '../record/index.ts'
import { AnswerTimeout } from './answer-timeout.ts'
import { BarrierQueue } from './barrier-queue.ts'
import { BlankPage } from './blank-page.ts'
import { type CdpLink, SessionLink } from './cdp-link.ts'
import {
  type LiveSnapshot,
  type SnapshotSink,
  snapshotDatabases,
  snapshotSessionItems,
} from './context-snapshot.ts'
import { CookieChannel } from './cookie-channel.ts'
import { openDocumentGate } from './document-gate.ts'
import { joinReadings, type Reading, webOrigin } from './document-view.ts'
import { type ShownIdentity, shownHeaders } from './identity-override.ts'
import { PageActivity } from './page-activity.ts'
import { PageOpeners } from './page-openers.ts'
import { awaitRest, type DocumentState, type RestOptions } from './page-rest.ts'
import { weighPage } from './page-weight.ts'
import {
  type DocumentTokens,
  observeRequests,
  type RequestWatcher,
  type SentHeader,
} from './request-observer.ts'
import { StorageChannel } from './storage-channel.ts'
import { TabSessions } from './tab-sessions.ts'
import { TargetAgent } from './target-agent.ts'
import { whileAnswering } from './while-answering.ts'
import { within } from './within.ts'
import { REST_FUNCTION, TOKENS_FUNCTION } from './world.ts'

/** Called with the duration of each barrier with a live page. */
export type SyncListener = (direction: 'pull' | 'push', ms: number) => void

export interface ContextBindingOptions {
  readonly context: BrowserContext
  readonly browserContextId: string
  /** The browser's own DevTools session. */
  readonly browser: CdpLink
  /** Whether each page gets a gate of its own, because the browser has none for all. Default: false. */
  readonly gated?: boolean | undefined
  readonly record: SessionRecord
  /** Called with what the pages' scripts send. */
  readonly watcher?: RequestWatcher | undefined
  readonly onSync?: SyncListener | undefined
  /** What pages show in place of the browser's own identity. */
  readonly identity?: ShownIdentity | undefined
  readonly onClose: (binding: ContextBinding) => void
}

/** What `ContextBinding.claim` takes. */
export type Claim =
  | { readonly id: string }
  | { readonly matches: (cookie: Cookie) => boolean }
  | { readonly origin: string; readonly key: string | null }

/** How long a blank document may take, with the page that shows it, which has to be made first. */
const LOOK_UP_MS = 10_000
/** How long to wait, at a release, for a response that scripts wait for. */
const LAST_ANSWER_MS = 1_000
/** Headers that wait to be looked at; a page that sends more between two looks goes short. */
const MAX_SENT = 256

/**
 * Ties a browser context to a record: what one side writes, the other sees at its next request.
 *
 * `pull` is the barrier before an HTTP request, `push` the one before the browser acts; `enterDocument` runs both ways of
 * it before a document is fetched. They run one after the other, and callers that wait for the same one share it.
 */
export class ContextBinding {
  readonly context: BrowserContext
  readonly browserContextId: string
  readonly #source: ChangeSource
  readonly #cookies: CookieChannel
  readonly #storage: StorageChannel
  readonly #blank: BlankPage
  readonly #agents = new Map<Page, TargetAgent>()
  readonly #attaching = new Map<Page, Promise<void>>()
  /** Pages that have said their last word, or are being asked for it, and whether it was the last. */
  readonly #finishing = new Map<Page, Promise<boolean>>()
  /** With pages that are not watched yet: a popup may run for ever, or crash, before it answers. */
  readonly #answers = new AnswerTimeout()
  /** Frames that documents were fetched for before their page was watched, and the origins of these. */
  readonly #unwatchedFrames = new Map<string, Set<string>>()
  readonly #tabs: TabSessions
  readonly #openers = new PageOpeners()
  /** Origins that documents were fetched of. */
  readonly #entered = new Set<string>()
  /** Origins whose storage the context was given ahead, or was to be, since the record changed last. */
  readonly #seeded = new Set<string>()
  readonly #browser: CdpLink
  readonly #gated: boolean
  readonly #record: SessionRecord
  readonly #watcher: RequestWatcher | undefined
  readonly #onSync: SyncListener | undefined
  readonly #shown: ShownIdentity | undefined
  #sent: SentHeader[] = []
  readonly #onClose: (binding: ContextBinding) => void
  readonly #unsubscribe: () => void
  readonly #queue = new BarrierQueue()
  /** Everything that the pages wrote is in the record, and no page is left to write more. */
  #asleep = false
  #closed = false
  #opened = 0
  #heaviestBytes = 0
  #reserved = 0

  constructor(options: ContextBindingOptions) {
    const { context, record, browserContextId, browser } = options
    this.context = context
    this.browserContextId = browserContextId
    this.#browser = browser
    this.#gated = options.gated ?? false
    this.#record = record
    this.#tabs = new TabSessions(record, options.watcher !== undefined)
    this.#onClose = options.onClose
    this.#watcher = options.watcher
    this.#onSync = options.onSync
    this.#shown = options.identity
    this.#source = { name: `context ${browserContextId.slice(0, 8)}` }
    this.#blank = new BlankPage(context, (link) => this.#gate(link))
    this.#cookies = new CookieChannel({ browser, browserContextId, record, source: this.#source })
    this.#storage = new StorageChannel(record, this.#source, {
      read: () => this.#read(),
      apply: (frameId, origin, ops) =>
        this.#agentOf(frameId)?.apply(frameId, origin, ops) ?? Promise.resolve(undefined),
      visit: (origin, ops) => within(LOOK_UP_MS, this.#blank.visit(origin, ops)),
      revisit: (origin) => within(LOOK_UP_MS, this.#blank.revisit(origin)),
    })
    this.#unsubscribe = record.subscribe((delta, source) => {
      if (source === this.#source) return
      this.#cookies.note(delta)
      this.#storage.note(delta)
      this.#seeded.clear()
      this.push().catch(() => {})
    })
    context.on('serviceworker', (worker) => {
      this.#asleep = false
      const { origin } = new URL(worker.url())
      this.#storage.servesItself(origin)
      this.push().catch(() => {})
    })
    context.on('page', (page) => this.#watch(page))
    context.on('close', () => this.#dispose())
  }

  get closed(): boolean {
    return this.#closed
  }

  /** How many pages were opened so far, popups included. */
  get opened(): number {
    return this.#opened
  }

  /** The most that a page weighed when it was closed, with what is stored in the context (see `weighPage`). */
  get heaviestBytes(): number {
    return this.#heaviestBytes
  }

  /** Whether no page is open, or those that are have been finished, and nobody is about to open one (see `reserve`). */
  get idle(): boolean {
    return this.#reserved === 0 && this.pages().every((page) => this.#finishing.has(page))
  }

  /** Somebody is about to call `newPage`. */
  reserve(): this {
    this.#reserved++
    return this
  }

  /** Whether nothing in the browser can write or read now: barriers cost nothing until a page is opened. */
  get asleep(): boolean {
    return this.#asleep
  }

  /** The pages that the user or a site opened. */
  pages(): Page[] {
    return this.context.pages().filter((page) => !this.#blank.isPage(page))
  }

  /** Brings what the browser wrote into the record. Costs one read of each live document and one of the cookies. */
  pull(): Promise<void> {
    if (this.#closed || this.#asleep) return Promise.resolve()
    return this.#queue.share('pull', () => this.#pull())
  }

  /**
   * Brings the cookies that have arrived in the browser into the record, and asks no document: what a script wrote at this
   * moment may come with the next look. One round trip.
   */
  pullCookies(): Promise<void> {
    if (this.#closed || this.#asleep) return Promise.resolve()
    return this.#queue.run(() => this.#cookies.pull())
  }

  /** Gives the browser what the record changed. Nothing when nothing changed, or when no page is there to see it. */
  push(): Promise<void> {
    return this.#asleep ? Promise.resolve() : this.#push()
  }

  #push(): Promise<void> {
    if (this.#closed || !(this.#cookies.hasPending || this.#storage.hasPending))
      return this.#queue.after('push')
    return this.#queue.share('push', async () => {
      const startedAt = performance.now()
      if (this.#cookies.hasConflictChecks || this.#storage.hasConflictChecks) await this.#pull()
      // What scripts have written is on its way: it must not arrive after what is given now.
      else if (this.#cookies.hasPending) await Promise.all(this.#mapAgents((agent) => agent.flush()))
      await this.#cookies.push()
      await this.#storage.push()
      await this.#seedAhead()
      this.#onSync?.('push', performance.now() - startedAt)
    })
  }

  /**
   * The record's word on these stands against what pages have written and nobody has read yet, though it did not change:
   * a cookie by its id, or every cookie that matches; an item of an origin, or (null) all of them. `push` brings it about.
   */
  claim(what: Claim): void {
    if (this.#closed) return
    if ('origin' in what) this.#storage.claim(what.origin, what.key)
    else if ('id' in what) this.#cookies.claim(what.id)
    else this.#cookies.checkAbsence(what.matches)
  }

  headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
    return this.#shown && shownHeaders(headers, this.#shown.identity)
  }

  /** Before a document is fetched: the cookies and the origin's storage are there when its request and scripts run. */
  async enterDocument(frameId: string, origin: string): Promise<void> {
    if (this.#closed) return
    const agent = this.#agentOf(frameId)
    const letGo = agent?.noteNavigation(frameId)
    if (!agent)
      this.#unwatchedFrames.set(frameId, (this.#unwatchedFrames.get(frameId) ?? new Set()).add(origin))
    this.#asleep = false
    this.#entered.add(origin)
    try {
      await this.#push()
      if (this.#storage.needsSeed(origin)) await this.#queue.run(() => this.#storage.seed(origin))
    } finally {
      letGo?.()
    }
  }

  ownsBlank(frameId: string): boolean {
    return this.#blank.owns(frameId) || this.#tabs.isTouring(frameId)
  }

  hasFrame(frameId: string): boolean {
    return this.#agentOf(frameId) !== undefined
  }

  /**
   * A new page on the record.
   *
   * @param own - whether it is opened for a request, and not for the user: what it sends teaches for its own site only
   * @throws OnejarError ONEJAR_BROWSER_FAILED when the browser is gone
   */
  async newPage({ own = false }: { readonly own?: boolean } = {}): Promise<Page> {
    const reserved = this.#reserved > 0
    try {
      this.#asleep = false
      await this.#push()
      const page = await whileAnswering(this.#browser, this.context.newPage(), (late) => late.close())
      if (own) this.#openers.own(page)
      await this.#attaching.get(page)
      const agent = this.#agents.get(page)
      if (agent) {
        await this.#attached()
        const others = [...this.#agents.values()].filter((other) => other !== agent)
        await this.#tabs.restore(page, agent, others, own)
      }
      return page
    } catch (cause) {
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'A page could not be opened', { cause })
    } finally {
      if (reserved) this.#reserved--
    }
  }

  /**
   * Waits until a page's scripts and its document have come to rest; see `awaitRest`.
   *
   * @returns false where they have not, within the time
   */
  rest(page: Page, options: RestOptions): Promise<boolean> {
    const look = async () => {
      await this.#attaching.get(page)
      return (await this.#agents.get(page)?.askRoot<DocumentState>(REST_FUNCTION)) ?? null
    }
    return awaitRest(PageActivity.of(page), look, options)
  }

  /**
   * Ends a page without closing it: what it wrote last comes into the record, and no script of it begins any more. The
   * barriers have nothing to ask of it then, while it is being closed. What it loads is not stopped: its scripts would take
   * that for a failure, and act on it. Where they wait for an answer, the page is read until it is closed.
   *
   * @returns false where the page does not stop: it was read, and goes on until it is closed
   */
  finish(page: Page): Promise<boolean> {
    const before = this.#finishing.get(page)
    if (before) return before
    const agent = this.#agents.get(page)
    if (!agent) return this.pull().then(() => false)
    const finishing = this.#finish(page, agent)
    this.#finishing.set(page, finishing)
    return finishing
  }

  /**
   * For a page that is going to be closed, once it has settled: what it wrote is in the record. It is finished where its
   * scripts wait for no answer; else they may be about to replace a token, and what answers them is needed.
   */
  async leave(page: Page): Promise<void> {
    if (PageActivity.of(page).busy(false)) await this.pull()
    else await this.finish(page)
  }

  /** Waits until the scripts of a page wait for no answer, no longer than this many milliseconds. */
  settled(page: Page, ms: number, signal?: AbortSignal): Promise<void> {
    return PageActivity.of(page).settled(ms, signal)
  }

  async #finish(page: Page, agent: TargetAgent): Promise<boolean> {
    // The target does one after the other: what is asked now is answered when its scripts have stopped.
    const stopping = agent.freeze()
    await this.#lastLook(agent)
    const stopped = await stopping
    if (!stopped || agent.crashed) {
      this.#finishing.delete(page)
      return false
    }
    // The answer lets its scripts go on, and write: it is read like any other page.
    if (PageActivity.of(page).busy(true)) return true
    agent.retire()
    this.#agents.delete(page)
    await this.pull().catch(() => {})
    return true
  }

  async #lastLook(agent: TargetAgent): Promise<void> {
    await Promise.allSettled([this.pull(), this.#tabs.keep(agent)])
    await this.#tabs.handBack(agent).catch(() => {})
  }

  /**
   * Reads what the pages wrote last, takes snapshots of what lives with the context only, and closes it. Safe to call
   * twice and after a crash.
   */
  async close(): Promise<void> {
    if (this.#closed) return
    // The server may have replaced a token already that an answer under way brings.
    await Promise.all(this.pages().map((page) => this.settled(page, LAST_ANSWER_MS)))
    // A page that never stops writing would write between the last look and the end.
    await Promise.all(this.#mapAgents((agent) => agent.freeze()))
    await this.pull().catch(() => {})
    await this.#queue.run(() => this.#saveBeforeRelease()).catch(() => {})
    await this.context.close().catch(() => {})
    this.#dispose()
  }

  async #pull(): Promise<void> {
    if (this.#closed) return
    const startedAt = performance.now()
    try {
      await this.#attached()
      // What is sent from now on may be made of what this reading does not find yet.
      const sent = this.#sent.length
      // Reading the documents flushes the cookies that their scripts wrote: only then is the cookie read the last word.
      await this.#storage.pull()
      await this.#cookies.pull()
      await this.#report(sent)
      const watched = this.#agents.size + this.#attaching.size + this.context.serviceWorkers().length
      if (watched === 0 && !this.#storage.hasUnread) this.#asleep = true
      this.#onSync?.('pull', performance.now() - startedAt)
    } catch (error) {
      if (!this.#closed && this.context.browser()?.isConnected()) throw error
    }
  }

  /** Resolves when every page is watched. For one that does not answer the gate knows the origins: these are looked up. */
  async #attached(): Promise<void> {
    if (this.#attaching.size === 0) return
    const done = await this.#answers.within(Promise.all(this.#attaching.values()).then(() => true))
    if (!done) this.#lookUpUnwatchedFrames()
  }

  /** sessionStorage of what the tabs have shown, and the databases of the origins that were visited. */
  async #saveBeforeRelease(): Promise<void> {
    if (this.#closed || !this.context.browser()?.isConnected()) return
    snapshotSessionItems(await this.#tabs.gather([...this.#agents.values()]), this.#record, this.#source)
    await this.#databases(this.#record)
  }

  /**
   * What lives with the context only, as it is now: sessionStorage of the tabs, and databases. Changes neither the pages nor
   * the record.
   *
   * @throws what the browser says when it does not answer
   */
  async snapshot(): Promise<LiveSnapshot> {
    const writes: Write[] = []
    if (this.#closed) return { writes, missed: [] }
    await this.#queue.run(async () => {
      await this.#attached()
      if (this.#entered.size > 0) await this.#askable()
    })
    // Outside the queue: Playwright opens documents to read databases, and these may wait for it.
    const { views, left } = await this.#tabs.look([...this.#agents.values()])
    const sink = { write: (more: Iterable<Write>) => void writes.push(...more) }
    snapshotSessionItems(views, sink, this.#source)
    await this.#databases(sink)
    return { writes, missed: left }
  }

  /** A target that answers what concerns the whole context: one that is there already, before another page is opened. */
  async #askable(): Promise<Pick<TargetAgent, 'send'>> {
    return [...this.#agents.values()].find(({ crashed }) => !crashed) ?? (await this.#blank.link())
  }

  /** Writes snapshots of the databases of the origins that were visited. */
  async #databases(sink: SnapshotSink): Promise<void> {
    if (this.#entered.size === 0) return
    const link = await this.#askable()
    const usage = async (origin: string) => {
      const { usageBreakdown } = await link.send<{
        usageBreakdown: { storageType: string; usage: number }[]
      }>('Storage.getUsageAndQuota', { origin })
      return usageBreakdown.find(({ storageType }) => storageType === 'indexeddb')?.usage ?? 0
    }
    await snapshotDatabases(this.context, this.#entered, usage, sink, this.#source)
  }

  /** Gives the watcher so many of the headers that were sent, now that the record holds what it may have been made of. */
  async #report(sent: number): Promise<void> {
    const watcher = this.#watcher
    if (!watcher || (sent === 0 && !watcher.needsDocuments)) return
    const asked = this.#mapAgents(async (agent) => {
      const documents = await agent.ask<Omit<DocumentTokens, 'tab'>>(TOKENS_FUNCTION)
      return documents.map((document) => ({ ...document, tab: agent.rootFrameId }))
    })
    const documents = await Promise.all(asked)
    watcher.take(this.#sent.splice(0, sent), documents.flat())
  }

  /** The requests for documents of one target, out-of-process frames apart, wait for this binding. */
  async #gate(target: CdpLink): Promise<void> {
    if (this.#gated) await openDocumentGate(target, async () => this)
  }

  /**
   * Where a popup's first document does not wait at the gate, the context has the storage of each origin before a page may
   * open one: a blank document each, once.
   */
  async #seedAhead(): Promise<void> {
    if (!this.#gated || this.#agents.size === 0) return
    for (const origin of this.#storage.unseeded) {
      if (this.#seeded.has(origin)) continue
      this.#seeded.add(origin)
      await this.#storage.seed(origin)
    }
  }

  /** The window can write and be gone before it is watched. */
  #windowOpens(url: string): void {
    const origin = this.#gated ? webOrigin(URL.parse(url)?.origin) : null
    if (origin === null) return
    this.#entered.add(origin)
    this.#storage.documentGone(origin, '')
    if (this.#storage.needsSeed(origin)) this.#queue.run(() => this.#storage.seed(origin)).catch(() => {})
  }

  async #observe(page: Page, target: CdpLink, agent: TargetAgent): Promise<void> {
    const watcher = this.#watcher
    if (!watcher) return
    const sender = {
      get known() {
        return agent.known
      },
      siteOf: (frameId: string) => agent.siteOf(frameId),
      speaksElsewhere: (site: string) => this.#openers.speaksElsewhere(page, site),
    }
    const wants = (header: SentHeader) => watcher.wants(header)
    await observeRequests(target, sender, wants, (header) => this.#noteSent(header))
  }

  #noteSent(header: SentHeader): void {
    if (this.#sent.length < MAX_SENT) this.#sent.push(header)
    // A token can be replaced soon after it was used: what it was taken from is looked for at once.
    this.pull().catch(() => {})
  }

  async #read(): Promise<Reading> {
    return joinReadings(await Promise.all(this.#mapAgents((agent) => agent.read())))
  }

  #mapAgents<T>(ask: (agent: TargetAgent) => Promise<T>): Promise<T>[] {
    return [...this.#agents.values()].map(ask)
  }

  /** A page can write and be gone before it is watched: only the gate has seen of which origins it was. */
  #lookUpUnwatchedFrames(): void {
    for (const [frameId, origins] of this.#unwatchedFrames) {
      for (const origin of origins) this.#storage.documentGone(origin, frameId)
    }
    this.#unwatchedFrames.clear()
  }

  #agentOf(frameId: string): TargetAgent | undefined {
    for (const agent of this.#agents.values()) if (agent.hasFrame(frameId)) return agent
    return undefined
  }

  #watch(page: Page): void {
    this.#asleep = false
    if (!this.#blank.isPage(page)) this.#opened++
    PageActivity.of(page)
    const attached = this.#attach(page)
      .catch(() => {})
      .finally(() => {
        this.#attaching.delete(page)
        this.#lookUpUnwatchedFrames()
      })
    this.#attaching.set(page, attached)
    // It answers again when somebody leads it elsewhere.
    page.once('crash', () => this.#attaching.delete(page))
  }

  async #attach(page: Page): Promise<void> {
    await this.#blank.settled()
    if (this.#blank.isPage(page)) return
    const link = new SessionLink(await this.context.newCDPSession(page))
    if (this.#watcher) this.#openers.note(page, link).catch(() => {})
    let watched: TargetAgent | undefined
    const watching = this.#tabs.watch(link, () => watched).catch(() => {})
    const agent = await TargetAgent.attach(link, {
      attached: async (target, inner) => {
        await Promise.all([this.#show(target), this.#gate(target), this.#observe(page, target, inner)])
      },
      shows: (address, frameId) => {
        if (!this.#openers.isOwn(page) && !this.#tabs.isTouring(frameId)) this.#watcher?.shows?.(address)
      },
      documentGone: (origin, frameId) => {
        if (!this.#tabs.isTouring(frameId)) this.#storage.documentGone(origin, frameId)
      },
      windowOpens: (url) => this.#windowOpens(url),
    })
    watched = agent
    await watching
    if (agent.visited.size > 0) await this.#tabs.meet(agent).catch(() => {})
    if (page.isClosed() || this.#closed) return agent.close()
    this.#agents.set(page, agent)
    this.#openers.shows(page, agent.visited)
    // Without a gate for all, a popup has its first document before it is watched.
    for (const origin of agent.visited) this.#entered.add(origin)
    if (this.#gated) this.push().catch(() => {})
    const close = page.close.bind(page)
    // Closing a page is the last chance to read what it wrote without opening another document of its origin.
    page.close = async (options) => {
      const look = options?.runBeforeUnload === true ? this.#lastLook(agent) : this.finish(page)
      await Promise.allSettled([look, this.#weigh(agent)])
      await close(options)
    }
    page.on('crash', () => agent.noteCrash())
    page.once('close', () => {
      this.#agents.delete(page)
      // What had been sent already may have brought a cookie since.
      if (this.#finishing.delete(page)) this.#asleep = false
      agent.close()
    })
  }

  /** Has a target show the session's identity. Without effect in targets that have no emulation (workers). */
  async #show(target: CdpLink): Promise<void> {
    if (this.#shown)
      await target.send('Emulation.setUserAgentOverride', { ...this.#shown.override }).catch(() => {})
  }

  async #weigh(agent: TargetAgent): Promise<void> {
    this.#heaviestBytes = Math.max(this.#heaviestBytes, await weighPage(agent))
  }

  #dispose(): void {
    if (this.#closed) return
    this.#closed = true
    this.#unsubscribe()
    for (const agent of this.#agents.values()) agent.close()
    this.#agents.clear()
    this.#onClose(this)
  }
}
