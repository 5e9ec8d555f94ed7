import type { BrowserContext, Page } from 'playwright'
import { AnswerTimeout } from '../devtools/answer-timeout.ts'
import { SessionLink } from '../devtools/cdp-link.ts'
import { joinReadings, type Reading } from '../targets/document-view.ts'
import { TargetAgent, type TargetEvents } from '../targets/target-agent.ts'
import type { BlankPage } from './blank-page.ts'
import { PageActivity } from './page-activity.ts'
import { PageLife } from './page-life.ts'

/** What the pages of a context are watched for. */
export interface PageWatcherOptions {
  readonly context: BrowserContext
  /** A page that is left alone until somebody opens it (see `takeSpare`). */
  readonly sparePage?: Page | undefined
  readonly blank: Pick<BlankPage, 'isPage' | 'settled'>
  /** Called with each page when it comes; the blank one too, where it is not known as such yet. */
  appears(page: Page): void
  /** Before a page's target is attached to. Returns what is waited for afterwards, given who watches the page. */
  attaching(page: Page, link: SessionLink, agentOf: () => TargetAgent | undefined): Promise<void>
  /** What is listened to in a page's targets. */
  eventsOf(page: Page): TargetEvents
  /** A page is attached to: the last thing before it is read like the others. */
  meets(agent: TargetAgent): Promise<void>
  /** A page is watched from now on. */
  watched(page: Page, agent: TargetAgent): void
  /** A page is closed. `asked`: it had been asked for its last word. */
  closed(asked: boolean): void
  /** A document of this origin may have come and gone in the frame before it was watched: what it wrote is not known. */
  missed(origin: string, frameId: string): void
}

/** Attaches to the pages of a context, and knows who can ask which of them. */
export class PageWatcher {
  readonly #options: PageWatcherOptions
  readonly #lives = new Map<Page, PageLife<TargetAgent>>()
  /** With pages that are not watched yet: a popup may run for ever, or crash, before it answers. */
  readonly #answers = new AnswerTimeout()
  /** Frames that documents were fetched for before their page was watched, and the origins of these. */
  readonly #unwatchedFrames = new Map<string, Set<string>>()
  readonly #comes = (page: Page) => this.#watch(page)
  #spare: Page | undefined
  #closed = false

  constructor(options: PageWatcherOptions) {
    this.#options = options
    this.#spare = options.sparePage
    options.context.on('page', this.#comes)
    // Those of a context that was there before.
    for (const page of options.context.pages()) if (page !== this.#spare) this.#watch(page)
  }

  /** Whether a page is one that nobody has opened yet. */
  isSpare(page: Page): boolean {
    return page === this.#spare
  }

  /** The page that was there before it was needed, as if it had just been opened; undefined where there is none any more. */
  takeSpare(): Page | undefined {
    const page = this.#spare
    this.#spare = undefined
    if (page === undefined || page.isClosed()) return undefined
    this.#watch(page)
    return page
  }

  /** Those that can be asked. */
  get agents(): TargetAgent[] {
    return [...this.#lives.values()].flatMap(({ agent }) => agent ?? [])
  }

  /** Whether a page can be asked, or may be soon. */
  get any(): boolean {
    for (const life of this.#lives.values()) if (life.attaching || life.agent) return true
    return false
  }

  /** Whether each page is watched, and none waits for a new document: all can be expected to answer. */
  get answering(): boolean {
    for (const { attaching, agent } of this.#lives.values()) if (attaching || agent?.navigating) return false
    return true
  }

  /** Undefined where the page is none of this context, or is closed. */
  lifeOf(page: Page): PageLife<TargetAgent> | undefined {
    return this.#lives.get(page)
  }

  agentOfFrame(frameId: string): TargetAgent | undefined {
    return this.agents.find((agent) => agent.hasFrame(frameId))
  }

  map<T>(ask: (agent: TargetAgent) => Promise<T>): Promise<T>[] {
    return this.agents.map(ask)
  }

  async read(): Promise<Reading> {
    return joinReadings(await Promise.all(this.map((agent) => agent.read())))
  }

  /** Resolves when every page is watched. For one that does not answer the gate knows the origins: these are looked up. */
  async attached(): Promise<void> {
    const attaching = [...this.#lives.values()].flatMap(({ attached }) => attached ?? [])
    if (attaching.length === 0) return
    const all = Promise.all(attaching).then(() => true)
    if (!(await this.#answers.within(all))) this.#lookUpUnwatchedFrames()
  }

  /** A document of this origin was fetched for a frame that nobody watches yet. */
  noteUnwatched(frameId: string, origin: string): void {
    this.#unwatchedFrames.set(frameId, (this.#unwatchedFrames.get(frameId) ?? new Set()).add(origin))
  }

  /** Stops watching. */
  close(): void {
    this.#closed = true
    this.#options.context.off('page', this.#comes)
    for (const life of this.#lives.values()) {
      life.agent?.close()
      life.closed()
    }
    this.#lives.clear()
  }

  #watch(page: Page): void {
    this.#options.appears(page)
    PageActivity.of(page)
    const life = new PageLife<TargetAgent>()
    this.#lives.set(page, life)
    this.#attach(page, life)
      .catch(() => {})
      .finally(() => {
        life.attachEnded()
        this.#lookUpUnwatchedFrames()
        if (page.isClosed()) this.#remove(page, life)
      })
    // It answers again when somebody leads it elsewhere.
    page.once('crash', () => life.lost())
    page.once('close', () => {
      // What it wrote before it was watched is looked up when the attempt is over: until then it counts.
      if (!life.attaching) this.#remove(page, life)
    })
  }

  #remove(page: Page, life: PageLife<TargetAgent>): void {
    const asked = life.finishing !== undefined
    life.closed()
    if (this.#lives.delete(page)) this.#options.closed(asked)
  }

  async #attach(page: Page, life: PageLife<TargetAgent>): Promise<void> {
    const { context, blank, attaching, eventsOf, meets, watched } = this.#options
    await blank.settled()
    if (blank.isPage(page)) return
    const link = new SessionLink(await context.newCDPSession(page))
    let known: TargetAgent | undefined
    const prepared = attaching(page, link, () => known)
    const agent = await TargetAgent.attach(link, eventsOf(page))
    known = agent
    await prepared
    if (agent.visited.size > 0) await meets(agent).catch(() => {})
    if (page.isClosed() || this.#closed) return agent.close()
    life.watched(agent)
    watched(page, agent)
    page.on('crash', () => agent.noteCrash())
    page.once('close', () => agent.close())
  }

  /** A page can write and be gone before it is watched: only the gate has seen of which origins it was. */
  #lookUpUnwatchedFrames(): void {
    for (const [frameId, origins] of this.#unwatchedFrames) {
      for (const origin of origins) this.#options.missed(origin, frameId)
    }
    this.#unwatchedFrames.clear()
  }
}
