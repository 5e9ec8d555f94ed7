import type { Page } from 'playwright'
import type { SessionRecord } from '../record/index.ts'
import type { DocumentView } from './document-view.ts'
import { parkedSessionItems } from './park.ts'
import type { TargetAgent } from './target-agent.ts'
import { within } from './within.ts'

/** Origins that a tab has left whose sessionStorage is looked at when the session is parked: the last ones. */
const MAX_LEFT = 32
/** How long a blank document may take whose process may be one that a page keeps busy. */
const STOP_MS = 3000
/** How long all the blank documents of one tab may take when a session is parked. */
const TOUR_MS = 6000

/**
 * The sessionStorage of a context's tabs, which lives and ends with each of them: given to new pages as it was when the
 * session was parked last, and gathered for the next time. It is reached through blank documents that the gate answers.
 */
export class TabSessions {
  /** From before this context, by origin: each new page starts with it. */
  readonly #parked: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Of tabs that were closed, by origin. A new tab does not get it, as in a browser, but the next context does. */
  readonly #closed = new Map<string, DocumentView>()
  /** Frames that are shown blank documents. */
  readonly #touring = new Set<string>()
  /** Whether somebody else has the network events of every page switched on, and needs them. */
  readonly #watched: boolean

  constructor(record: SessionRecord, watched: boolean) {
    this.#parked = parkedSessionItems(record)
    this.#watched = watched
  }

  /** Whether the gate has to answer this frame's document itself. */
  isTouring(frameId: string): boolean {
    return this.#touring.has(frameId)
  }

  /** Gives a new page what was parked, by a blank document for each origin, and leaves no trace in its history. */
  async restore(page: Page, agent: TargetAgent): Promise<void> {
    const give = (origin: string) => agent.applySession(origin, this.#parked.get(origin) ?? new Map())
    await this.#tour(agent, [...this.#parked.keys()], give, async () => {
      await page.goto('about:blank')
      await agent.send('Page.resetNavigationHistory')
    })
  }

  /** Keeps what the documents of a tab hold that is about to be closed. One round trip. */
  async keep(agent: TargetAgent): Promise<void> {
    for (const view of await agent.readSession()) {
      if (view.items !== null && view.items.size > 0) this.#closed.set(view.origin, view)
    }
  }

  /**
   * What the tabs hold: those that are closed, then those that are open, with the origins that these have left. Costs a
   * blank document for each of the latter, and takes the tabs' documents away. Those that crashed are left out.
   */
  async gather(agents: readonly TargetAgent[]): Promise<DocumentView[]> {
    const alive = agents.filter(({ crashed }) => !crashed)
    const tabs = await Promise.all(alive.map((agent) => this.#viewsOf(agent)))
    return [...this.#closed.values(), ...tabs.flat()]
  }

  async #viewsOf(agent: TargetAgent): Promise<DocumentView[]> {
    const open = await agent.readSession()
    const left = [...agent.visited].filter((origin) => open.every((view) => view.origin !== origin))
    const before: DocumentView[] = []
    const look = async () => {
      before.push(...(await agent.readSession()))
    }
    // A tab whose page keeps it busy answers to nothing of this.
    await within(TOUR_MS, this.#tour(agent, left.slice(-MAX_LEFT), look)).catch(() => {})
    return [...before, ...open]
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
