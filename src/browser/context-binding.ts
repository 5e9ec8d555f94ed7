import type { BrowserContext, Page, Worker } from 'playwright'
import type { ChangeSource, SessionRecord } from '../record/index.ts'
import { BarrierQueue } from './barrier-queue.ts'
import { Barriers, type Claim, type SyncListener } from './barriers.ts'
import { BindingLife } from './binding-life.ts'
import type { CdpLink } from './devtools/cdp-link.ts'
import { within } from './devtools/within.ts'
import { openDocumentGate } from './document-gate.ts'
import { type ShownIdentity, shownHeaders } from './identity-override.ts'
import { BlankPage } from './pages/blank-page.ts'
import { NewPages } from './pages/new-pages.ts'
import { PageActivity } from './pages/page-activity.ts'
import { pageEvents } from './pages/page-events.ts'
import { PageFinisher } from './pages/page-finisher.ts'
import { PageOpeners } from './pages/page-openers.ts'
import { awaitRest, type DocumentState, type RestOptions } from './pages/page-rest.ts'
import { PageWatcher } from './pages/page-watcher.ts'
import type { RequestWatcher } from './pages/request-observer.ts'
import { SentHeaders } from './pages/sent-headers.ts'
import { ContextSaver } from './state/context-saver.ts'
import type { LiveSnapshot } from './state/context-snapshot.ts'
import { CookieChannel } from './state/cookie-channel.ts'
import { StorageChannel } from './state/storage-channel.ts'
import { StorageSeeds } from './state/storage-seeds.ts'
import { TabSessions } from './state/tab-sessions.ts'
import { REST_FUNCTION, SHADOW_HTML_FUNCTION } from './targets/world.ts'

/** The headers, as a flat list, that a session adds to requests for a URL; undefined where it adds none. */
export type HeadersAt = (url: URL) => readonly string[] | undefined

export interface ContextBindingOptions {
  readonly context: BrowserContext
  readonly browserContextId: string
  /** The browser's own DevTools session. */
  readonly browser: CdpLink
  /** Whether each page gets a gate of its own, because the browser has none for all. Default: false. */
  readonly gated?: boolean | undefined
  /** Whether the context is somebody else's: they write to it without a page, and close it. Default: false. */
  readonly attached?: boolean | undefined
  /** Whether it is the one of a profile, whose browser ends with its last window. Default: false. */
  readonly ofProfile?: boolean | undefined
  /** Opens the blank page. Default: `context.newPage`. */
  readonly openHidden?: (() => Promise<Page>) | undefined
  /** A page that the context has already and that shows nothing: the first that is opened is this one. */
  readonly sparePage?: Page | undefined
  readonly record: SessionRecord
  /** Called with what the pages' scripts send. */
  readonly watcher?: RequestWatcher | undefined
  readonly onSync?: SyncListener | undefined
  /** What pages show in place of the browser's own identity. */
  readonly identity?: ShownIdentity | undefined
  /** Headers that the session adds to requests of its pages, for some URLs. */
  readonly headersAt?: HeadersAt | undefined
  /** The origins that these are for. */
  readonly headerOrigins?: readonly string[] | undefined
  readonly onClose: (binding: ContextBinding) => void
}

/** How long a blank document may take, with the page that shows it, which has to be made first. */
const LOOK_UP_MS = 10_000
/** How long to wait, at a release, for a response that scripts wait for. */
const LAST_ANSWER_MS = 1_000

/**
 * Ties a browser context to a record: what one side writes, the other sees at its next request.
 *
 * `pull` is the barrier before an HTTP request, `push` the one before the browser acts; `enterDocument` runs both ways of
 * it before a document is fetched. They run one after the other, and callers that wait for the same one share it.
 */
export class ContextBinding {
  readonly context: BrowserContext
  readonly browserContextId: string
  readonly #options: ContextBindingOptions
  readonly #source: ChangeSource
  readonly #life = new BindingLife()
  readonly #queue = new BarrierQueue()
  readonly #barriers: Barriers
  readonly #seeds: StorageSeeds
  readonly #blank: BlankPage
  readonly #pages: PageWatcher
  readonly #newPages: NewPages
  readonly #finisher: PageFinisher
  readonly #saver: ContextSaver
  readonly #tabs: TabSessions
  readonly #openers = new PageOpeners()
  /** Origins that documents were fetched of. */
  readonly #visited = new Set<string>()
  readonly #unsubscribe: () => void
  readonly #onWorker: (worker: Worker) => void
  readonly #onClose = () => this.#ended()
  #opened = 0

  constructor(options: ContextBindingOptions) {
    const { context, record, browserContextId, browser, watcher, onSync, gated: ahead = false } = options
    const { attached = false, ofProfile = false } = options
    this.context = context
    this.browserContextId = browserContextId
    this.#options = options
    const source: ChangeSource = { name: `context ${browserContextId.slice(0, 8)}` }
    this.#source = source
    const pull = () => this.pull()
    const life = this.#life
    const queue = this.#queue
    const blank = new BlankPage(context, {
      open: options.openHidden ?? (() => context.newPage()),
      gate: (link) => openDocumentGate(link, async () => this),
    })
    this.#blank = blank
    const tabs = new TabSessions(record, watcher !== undefined)
    this.#tabs = tabs
    const cookies = new CookieChannel({
      browser,
      browserContextId,
      record,
      source,
      isClosing: () => ofProfile && context.pages().length === 0,
    })
    const storage = new StorageChannel(record, source, {
      read: () => this.#pages.read(),
      apply: async (frameId, origin, ops) => this.#pages.agentOfFrame(frameId)?.apply(frameId, origin, ops),
      visit: (origin, ops) => within(LOOK_UP_MS, blank.visit(origin, ops)),
      revisit: (origin) => within(LOOK_UP_MS, blank.revisit(origin)),
    })
    const seeds = new StorageSeeds({ storage, ahead, enqueue: (work) => queue.run(work) })
    this.#seeds = seeds
    const sent = watcher && new SentHeaders(watcher, () => void pull().catch(() => {}))
    const pages = this.#watchPages(storage, sent)
    this.#pages = pages
    const written = { storage, cookies, seeds }
    const barriers = new Barriers({
      context,
      life,
      queue,
      ...written,
      pages,
      sent,
      onSync,
      restless: attached,
    })
    this.#barriers = barriers
    this.#newPages = new NewPages({ context, browser, barriers, pages, tabs, openers: this.#openers })
    this.#finisher = new PageFinisher({ tabs, lifeOf: (page) => pages.lifeOf(page), pull })
    const visited = this.#visited
    const saving = { agents: () => pages.agents, blank: () => blank.link() }
    this.#saver = new ContextSaver({ context, source, tabs, visited, ...saving })
    this.#unsubscribe = record.subscribe((delta, by) => {
      if (by !== source) barriers.note(delta)
    })
    this.#onWorker = (worker) => {
      life.wake()
      storage.servesItself(new URL(worker.url()).origin)
      this.push().catch(() => {})
    }
    context.on('serviceworker', this.#onWorker)
    context.on('close', this.#onClose)
  }

  get closed(): boolean {
    return this.#life.closed
  }

  /** Whether it is being closed, or is closed: no page can be opened in it any more. */
  get ending(): boolean {
    return this.#life.ending
  }

  /** How many pages were opened so far, popups included. */
  get opened(): number {
    return this.#opened
  }

  /** The most that a page weighed when it was closed, with what is stored in the context (see `weighPage`). */
  get heaviestBytes(): number {
    return this.#finisher.heaviestBytes
  }

  /** Whether no page is open, or those that are have been finished, and nobody is about to open one (see `reserve`). */
  get idle(): boolean {
    const isFinished = (page: Page) => this.#pages.lifeOf(page)?.finishing !== undefined
    return !this.#newPages.expected && this.pages().every(isFinished)
  }

  /** Somebody is about to call `newPage`. */
  reserve(): this {
    this.#newPages.reserve()
    return this
  }

  /** Whether nothing in the browser can write or read now: barriers cost nothing until a page is opened. */
  get asleep(): boolean {
    return this.#life.asleep
  }

  /** The pages that the user or a site opened. */
  pages(): Page[] {
    return this.context.pages().filter((page) => !this.#blank.isPage(page) && !this.#pages.isSpare(page))
  }

  /** Whether a page that has just been made is one of ours, which shows nothing to a person. */
  async isBlank(page: Page): Promise<boolean> {
    await this.#blank.settled()
    return this.#blank.isPage(page)
  }

  /** Brings what the browser wrote into the record. Costs one read of each live document and one of the cookies. */
  pull(): Promise<void> {
    return this.#barriers.pull()
  }

  /**
   * Brings the cookies that have arrived in the browser into the record, and asks no document: what a script wrote at this
   * moment may come with the next look. One round trip.
   */
  pullCookies(): Promise<void> {
    return this.#barriers.pullCookies()
  }

  /** Gives the browser what the record changed. Nothing when nothing changed, or when no page is there to see it. */
  push(): Promise<void> {
    return this.#barriers.push()
  }

  /**
   * The record's word on these stands against what pages have written and nobody has read yet, though it did not change:
   * a cookie by its id, or every cookie that matches; an item of an origin, or (null) all of them. `push` brings it about.
   */
  claim(what: Claim): void {
    this.#barriers.claim(what)
  }

  /** For a context that was there before: both sides hold the same afterwards, and the record's word stands. */
  async meet(): Promise<void> {
    await this.pull()
    await this.push()
  }

  /** Reads the sessionStorage of the tabs that are open. One round trip; none where there are none. */
  readTabs(): Promise<void> {
    return this.#saver.readTabs()
  }

  /** The sessionStorage of an origin that a page opened for a request starts with, as it was last read. */
  sessionItems(origin: string): ReadonlyMap<string, string> {
    return this.#tabs.itemsOf(origin)
  }

  /** Whether new pages start with sessionStorage that the record keeps. */
  get restores(): boolean {
    return this.#tabs.restores
  }

  /** Gives a page that somebody else opened, and that shows nothing yet, what `newPage` would have given it. */
  restore(page: Page): Promise<void> {
    return this.#newPages.restore(page, false)
  }

  headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
    const shown = this.#options.identity
    return shown && shownHeaders(headers, shown.identity)
  }

  headersAt(url: URL): readonly string[] | undefined {
    return this.#options.headersAt?.(url)
  }

  /** Before a document is fetched: the cookies and the origin's storage are there when its request and scripts run. */
  async enterDocument(frameId: string, origin: string): Promise<void> {
    if (this.closed) return
    const agent = this.#pages.agentOfFrame(frameId)
    const letGo = agent?.noteNavigation(frameId)
    if (!agent) this.#pages.noteUnwatched(frameId, origin)
    this.#visited.add(origin)
    try {
      await this.#barriers.pushAhead()
      await this.#seeds.before(origin)
    } finally {
      letGo?.()
    }
  }

  ownsBlank(frameId: string): boolean {
    return this.#blank.owns(frameId) || this.#tabs.isTouring(frameId)
  }

  hasFrame(frameId: string): boolean {
    return this.#pages.agentOfFrame(frameId) !== undefined
  }

  /**
   * A new page on the record.
   *
   * @param own - whether it is opened for a request, and not for the user: what it sends teaches for its own site only
   * @throws OnejarError ONEJAR_BROWSER_FAILED when the browser is gone
   */
  newPage({ own = false }: { readonly own?: boolean } = {}): Promise<Page> {
    return this.#newPages.open(own)
  }

  /**
   * Waits until a page's scripts and its document have come to rest; see `awaitRest`.
   *
   * @returns false where they have not, within the time
   */
  rest(page: Page, options: RestOptions): Promise<boolean> {
    const look = async () => {
      await this.#pages.lifeOf(page)?.attached
      return (await this.#pages.lifeOf(page)?.agent?.askRoot<DocumentState>(REST_FUNCTION)) ?? null
    }
    return awaitRest(PageActivity.of(page), look, options)
  }

  /** The page's document with what its elements show in open shadow trees; null where there are none, or no answer comes. */
  async shadowHtml(page: Page): Promise<string | null> {
    const html = await this.#pages.lifeOf(page)?.agent?.askRoot<unknown>(SHADOW_HTML_FUNCTION)
    return typeof html === 'string' ? html : null
  }

  /**
   * Ends a page without closing it; see `PageFinisher.finish`. The barriers have nothing to ask of it then, while it is being
   * closed.
   *
   * @returns false where the page does not stop: it was read, and goes on until it is closed
   */
  finish(page: Page): Promise<boolean> {
    return this.#finisher.finish(page)
  }

  /** For a page that is going to be closed, once it has settled: what it wrote is in the record; see `PageFinisher.leave`. */
  leave(page: Page): Promise<void> {
    return this.#finisher.leave(page)
  }

  /** Waits until the scripts of a page wait for no answer, no longer than this many milliseconds. */
  settled(page: Page, ms: number, signal?: AbortSignal): Promise<void> {
    return PageActivity.of(page).settled(ms, signal)
  }

  /**
   * What lives with the context only, as it is now: sessionStorage of the tabs, and databases. Changes neither the pages nor
   * the record.
   *
   * @throws what the browser says when it does not answer
   */
  async snapshot(): Promise<LiveSnapshot> {
    if (this.closed) return { writes: [], missed: [] }
    await this.#queue.run(async () => {
      await this.#pages.attached()
      await this.#saver.prepare()
    })
    // Outside the queue: Playwright opens documents to read databases, and these may wait for it.
    return this.#saver.look()
  }

  /** Brings the databases into the record as they are now. Opens documents to read them; nothing where the browser does not answer. */
  async keepDatabases(): Promise<void> {
    const { writes } = await this.snapshot()
    const databases = writes.filter(({ kind }) => kind === 'indexeddb-snapshot')
    this.#options.record.write(databases, this.#source)
  }

  /**
   * Reads what the pages wrote last, takes snapshots of what lives with the context only, and closes it; one that is
   * somebody else's goes on as it is, without the record. Safe to call twice and after a crash.
   */
  close(): Promise<void> {
    return this.#life.close(async () => {
      // The server may have replaced a token already that an answer under way brings.
      await Promise.all(this.pages().map((page) => this.settled(page, LAST_ANSWER_MS)))
      if (this.#options.attached) return this.#leave()
      // A page that never stops writing would write between the last look and the end.
      await Promise.all(this.#pages.map((agent) => agent.freeze()))
      await this.pull().catch(() => {})
      await this.#queue.run(() => this.#save()).catch(() => {})
      await this.context.close().catch(() => {})
      this.#ended()
    })
  }

  async #leave(): Promise<void> {
    await this.pull().catch(() => {})
    const { record, context } = this.#options
    const looking = context.browser()?.isConnected() ? this.#saver.look() : undefined
    await looking?.then(({ writes }) => record.write(writes, this.#source)).catch(() => {})
    await this.#blank.close()
    this.#ended()
  }

  async #save(): Promise<void> {
    if (this.closed || !this.context.browser()?.isConnected()) return
    await this.#saver.save(this.#options.record)
  }

  #watchPages(storage: StorageChannel, sent: SentHeaders | undefined): PageWatcher {
    const { context, sparePage, watcher, identity } = this.#options
    const { tabs, openers, seeds } = { tabs: this.#tabs, openers: this.#openers, seeds: this.#seeds }
    const noteOrigin = (origin: string) => void this.#visited.add(origin)
    const done = { tabs, openers, storage, seeds, sent, watcher, identity, gate: this.#gate, noteOrigin }
    return new PageWatcher({
      context,
      sparePage,
      blank: this.#blank,
      appears: (page) => {
        this.#life.wake()
        if (!this.#blank.isPage(page)) this.#opened++
      },
      attaching: (page, link, agentOf) => {
        if (sent) openers.note(page, link).catch(() => {})
        return tabs.watch(link, agentOf).catch(() => {})
      },
      eventsOf: (page) => pageEvents(page, done),
      meets: (agent) => tabs.meet(agent),
      watched: (page, agent) => {
        openers.shows(page, agent.visited)
        // Without a gate for all, a popup has its first document before it is watched.
        agent.visited.forEach(noteOrigin)
        if (this.#gate) this.push().catch(() => {})
        this.#finisher.beforeClose(page, agent)
      },
      closed: (asked) => {
        // What had been sent already may have brought a cookie since.
        if (asked) this.#life.wake()
      },
      missed: (origin, frameId) => storage.documentGone(origin, frameId),
    })
  }

  /** Has the documents of one target, out-of-process frames apart, wait for this binding; undefined where all do anyway. */
  get #gate(): ((target: CdpLink) => Promise<void>) | undefined {
    const { gated, headerOrigins } = this.#options
    return gated ? (target) => openDocumentGate(target, async () => this, headerOrigins) : undefined
  }

  #ended(): void {
    if (!this.#life.ended()) return
    this.#unsubscribe()
    this.context.off('serviceworker', this.#onWorker)
    this.context.off('close', this.#onClose)
    this.#pages.close()
    this.#finisher.giveBack()
    this.#options.onClose(this)
  }
}
