import type { Page } from 'playwright'
import type { SessionRecord } from '../../record/index.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'
import { within } from '../devtools/within.ts'
import type { DocumentView } from '../targets/document-view.ts'
import type { TargetAgent } from '../targets/target-agent.ts'
import { savedSessionItems } from './context-snapshot.ts'
import { equalItems, TabItems, watchItems } from './tab-items.ts'

/** How many of the last origins that a tab has left have their sessionStorage read at a release. */
const MAX_LEFT = 32
/** Origins whose sessionStorage a page starts with that is opened for a request: those that were written to last. */
const MAX_GIVEN = 16
/** How long a blank document may take whose process may be one that a page keeps busy. */
const STOP_MS = 3000
/** How long a tab may take to say what it holds: one that its page keeps busy is taken as it was. */
const READ_MS = 1000
/** How long all the blank documents of one tab may take at a release. */
const TOUR_MS = 6000

/** What a page that was opened for a request started with, by origin, and the tabs that were open then. */
interface Given {
  readonly items: Map<string, ReadonlyMap<string, string>>
  readonly tabs: readonly TargetAgent[]
}

/**
 * The sessionStorage of a context's tabs, which lives and ends with each of them: what was there at the session's release
 * last is given to new pages, with what tabs made of it since, and the latest is gathered for the next time. It is reached
 * through blank documents that the gate answers.
 */
export class TabSessions {
  /** From before this context, by origin: each new page starts with it, or with what was written over it since. */
  readonly #saved: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly #items = new TabItems<TargetAgent>()
  /** What pages that were opened for a request started with. */
  readonly #given = new WeakMap<TargetAgent, Given>()
  /** Frames that are shown blank documents. */
  readonly #touring = new Set<string>()
  /** Whether somebody else has the network events of every page switched on, and needs them. */
  readonly #watched: boolean

  constructor(record: SessionRecord, watched: boolean) {
    this.#saved = savedSessionItems(record)
    this.#watched = watched
  }

  /** Whether new pages start with something. */
  get restores(): boolean {
    return this.#saved.size > 0
  }

  /** Reads what the tabs hold now. One round trip. */
  async read(agents: readonly TargetAgent[]): Promise<void> {
    await Promise.all(
      agents.filter(isAlive).map((agent) => within(READ_MS, this.keep(agent)).catch(() => {})),
    )
  }

  /** What a page that is opened for a request starts with of an origin, as it was last read or reported. */
  itemsOf(origin: string): ReadonlyMap<string, string> {
    for (const [other, items] of this.#items.latest()) if (other === origin) return items
    return this.#saved.get(origin) ?? new Map()
  }

  /** Whether the gate has to answer this frame's document itself. */
  isTouring(frameId: string): boolean {
    return this.#touring.has(frameId)
  }

  /** A tab is watched from now on: what it writes is written over what was there before. */
  async watch(link: CdpLink, agentOf: () => TargetAgent | undefined): Promise<void> {
    await watchItems(link, (change) => {
      const agent = agentOf()
      if (!agent || this.#touring.has(agent.rootFrameId)) return
      if (!this.#items.changed(agent, change)) void this.keep(agent).catch(() => {})
      else if (this.#given.has(agent)) void this.handBack(agent).catch(() => {})
    })
  }

  /** The first look at a tab that is watched now: a popup has what its opener had, and what its script wrote over it. */
  async meet(agent: TargetAgent): Promise<void> {
    this.#items.seen(agent, await agent.readSession(), true)
  }

  /**
   * Gives a new page what was saved, or the latest that a tab wrote over it, by a blank document for each origin, and leaves
   * no trace in its history. Other origins start empty, as in a new tab.
   *
   * @param others - the tabs that are open. They are read, where anything was saved
   * @param own - whether it is opened for a request: it goes on where the user's tabs are, or were, whatever was saved
   */
  async restore(page: Page, agent: TargetAgent, others: readonly TargetAgent[], own = false): Promise<void> {
    if (own || this.#saved.size > 0)
      await Promise.all(others.filter(isAlive).map((other) => this.keep(other)))
    const latest = [...this.#items.latest()]
    const given = new Map<string, ReadonlyMap<string, string>>(this.#saved)
    for (const [origin, items] of own ? latest.slice(-MAX_GIVEN) : []) given.set(origin, items)
    for (const [origin, items] of latest) if (given.has(origin)) given.set(origin, new Map(items))
    for (const [origin, items] of given) if (items.size === 0) given.delete(origin)
    if (own) this.#given.set(agent, { items: new Map(given), tabs: others })
    const give = (origin: string) => agent.applySession(origin, given.get(origin) ?? new Map())
    await this.#tour(agent, [...given.keys()], give, async () => {
      await page.goto('about:blank')
      await agent.send('Page.resetNavigationHistory')
    })
    this.#items.start(agent, given)
  }

  /**
   * A page that was opened for a request has written: a tab of the user's that still has what that page was given gets what it
   * made of it. A refresh token that was good once would be spent again there.
   */
  async handBack(from: TargetAgent): Promise<void> {
    const given = this.#given.get(from)
    for (const [origin, items] of given?.items ?? []) {
      const made = this.#items.of(from, origin)
      if (given === undefined || made === undefined || made.size === 0 || equalItems(made, items)) continue
      const now = new Map(made)
      const give = async (tab: TargetAgent) => {
        await this.keep(tab)
        const has = this.#items.of(tab, origin)
        if (has && equalItems(has, items)) await tab.applySession(origin, now)
      }
      await Promise.all(given.tabs.filter(isAlive).map(give))
      given.items.set(origin, now)
    }
  }

  /** Notes what the documents of a tab hold, which may be about to be closed. One round trip. */
  async keep(agent: TargetAgent): Promise<void> {
    this.#items.seen(agent, await agent.readSession())
  }

  /**
   * What was written last in each origin, by whichever tab. Costs a blank document for each origin that an open tab has left,
   * and takes the tabs' documents away. Those that crashed are not asked.
   */
  async gather(agents: readonly TargetAgent[]): Promise<DocumentView[]> {
    await Promise.all(agents.filter(isAlive).map((agent) => this.#look(agent)))
    return [...this.#items.latest()].map(([origin, items]) => ({ frameId: '', origin, items }))
  }

  /**
   * The same without taking a document away: of what open tabs have left, the last that was seen.
   *
   * @returns also the origins that open tabs have left, which may have written more before that
   */
  async look(
    agents: readonly TargetAgent[],
  ): Promise<{ readonly views: DocumentView[]; readonly left: readonly string[] }> {
    const left = new Set<string>()
    const read = async (agent: TargetAgent) => {
      const open = await agent.readSession()
      this.#items.seen(agent, open)
      for (const origin of agent.visited) if (open.every((view) => view.origin !== origin)) left.add(origin)
    }
    await Promise.all(agents.filter(isAlive).map(read))
    return {
      views: [...this.#items.latest()].map(([origin, items]) => ({ frameId: '', origin, items })),
      left: [...left],
    }
  }

  async #look(agent: TargetAgent): Promise<void> {
    const open = await agent.readSession()
    this.#items.seen(agent, open)
    const left = [...agent.visited].filter((origin) => open.every((view) => view.origin !== origin))
    // A tab whose page keeps it busy answers to nothing of this.
    await within(
      TOUR_MS,
      this.#tour(agent, left.slice(-MAX_LEFT), () => this.keep(agent)),
    ).catch(() => {})
  }

  async #tour(
    agent: TargetAgent,
    origins: readonly string[],
    at: (origin: string) => Promise<void>,
    afterwards = async () => {},
  ): Promise<void> {
    if (origins.length === 0) return
    const frameId = agent.rootFrameId
    this.#touring.add(frameId)
    try {
      if (!this.#watched) await agent.send('Network.enable')
      await agent.send('Network.setBypassServiceWorker', { bypass: true })
      for (const origin of origins) {
        const there = await within(STOP_MS, agent.send('Page.navigate', { url: `${origin}/` }))
        if (there) await at(origin)
      }
      await afterwards()
      await agent.send('Network.setBypassServiceWorker', { bypass: false })
      if (!this.#watched) await agent.send('Network.disable')
    } finally {
      this.#touring.delete(frameId)
    }
  }
}

function isAlive({ crashed }: TargetAgent): boolean {
  return !crashed
}
