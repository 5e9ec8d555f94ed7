import type { BrowserContext } from 'playwright'
import type { ChangeSource, SessionRecord, Write } from '../../record/index.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'
import type { TargetAgent } from '../targets/target-agent.ts'
import {
  type LiveSnapshot,
  type SnapshotSink,
  snapshotDatabases,
  snapshotSessionItems,
} from './context-snapshot.ts'
import type { TabSessions } from './tab-sessions.ts'

export interface ContextSaverOptions {
  readonly context: BrowserContext
  readonly tabs: Pick<TabSessions, 'gather' | 'look' | 'read'>
  readonly source: ChangeSource
  /** The origins that were visited. */
  readonly visited: ReadonlySet<string>
  readonly agents: () => readonly TargetAgent[]
  /** A target that answers when no page does; made where it is not there yet. */
  readonly blank: () => Promise<Pick<CdpLink, 'send'>>
}

/** Saves what lives with a context only: the sessionStorage of its tabs, and its databases. */
export class ContextSaver {
  readonly #options: ContextSaverOptions

  constructor(options: ContextSaverOptions) {
    this.#options = options
  }

  /** Before the context is closed: into the record. Takes the tabs' documents away. */
  async save(record: SessionRecord): Promise<void> {
    const { tabs, agents, source } = this.#options
    snapshotSessionItems(await tabs.gather(agents()), record, source)
    await this.#databases(record)
  }

  /** Makes what `look` needs. */
  async prepare(): Promise<void> {
    if (this.#options.visited.size > 0) await this.#askable()
  }

  /**
   * As it is now. Changes neither the pages nor the record.
   *
   * @throws what the browser says when it does not answer
   */
  /** Reads the sessionStorage of the tabs that are open. One round trip; none where there are none. */
  readTabs(): Promise<void> {
    return this.#options.tabs.read(this.#options.agents())
  }

  async look(): Promise<LiveSnapshot> {
    const { tabs, agents, source } = this.#options
    const writes: Write[] = []
    const { views, left } = await tabs.look(agents())
    const sink = { write: (more: Iterable<Write>) => void writes.push(...more) }
    snapshotSessionItems(views, sink, source)
    await this.#databases(sink)
    return { writes, missed: left }
  }

  /** A target that answers what concerns the whole context: one that is there already, before another page is opened. */
  async #askable(): Promise<Pick<CdpLink, 'send'>> {
    const { agents, blank } = this.#options
    return agents().find(({ crashed }) => !crashed) ?? (await blank())
  }

  /** Writes snapshots of the databases of the origins that were visited. */
  async #databases(sink: SnapshotSink): Promise<void> {
    const { context, visited, source } = this.#options
    if (visited.size === 0) return
    const link = await this.#askable()
    const usage = async (origin: string) => {
      const { usageBreakdown } = await link.send<{
        usageBreakdown: { storageType: string; usage: number }[]
      }>('Storage.getUsageAndQuota', { origin })
      return usageBreakdown.find(({ storageType }) => storageType === 'indexeddb')?.usage ?? 0
    }
    await snapshotDatabases(context, visited, usage, sink, source)
  }
}
