import type { Page } from 'playwright'
import type { CdpLink } from '../devtools/cdp-link.ts'
import type { ShownIdentity } from '../identity-override.ts'
import type { StorageChannel } from '../state/storage-channel.ts'
import type { StorageSeeds } from '../state/storage-seeds.ts'
import type { TabSessions } from '../state/tab-sessions.ts'
import { webOrigin } from '../targets/document-view.ts'
import type { TargetEvents } from '../targets/target-agent.ts'
import type { PageOpeners } from './page-openers.ts'
import type { RequestWatcher } from './request-observer.ts'
import type { SentHeaders } from './sent-headers.ts'

export interface PageEventsOptions {
  readonly tabs: Pick<TabSessions, 'isTouring'>
  readonly openers: PageOpeners
  readonly storage: Pick<StorageChannel, 'documentGone'>
  readonly seeds: Pick<StorageSeeds, 'windowOpens'>
  /** Undefined where nobody wants to know what pages send. */
  readonly sent: SentHeaders | undefined
  readonly watcher: RequestWatcher | undefined
  /** What pages show in place of the browser's own identity. */
  readonly identity: ShownIdentity | undefined
  /** Holds the documents of a target; undefined where one gate holds them all. */
  readonly gate: ((target: CdpLink) => Promise<void>) | undefined
  /** A document of this origin is fetched, which no gate has seen. */
  readonly noteOrigin: (origin: string) => void
}

/** What is done when something happens in the targets of a page. */
export function pageEvents(page: Page, options: PageEventsOptions): TargetEvents {
  const { tabs, openers, storage, seeds, sent, watcher, identity, gate, noteOrigin } = options
  const speaksElsewhere = (site: string) => openers.speaksElsewhere(page, site)
  return {
    attached: async (target, agent) => {
      await Promise.all([
        showIdentity(target, identity),
        gate?.(target),
        sent?.observe(target, agent, speaksElsewhere),
      ])
    },
    worker: async (target, agent, worker) => {
      await sent?.observeWorker(target, agent, worker)
    },
    shows: (address, frameId) => {
      if (!openers.isOwn(page) && !tabs.isTouring(frameId)) watcher?.shows?.(address)
    },
    documentGone: (origin, frameId) => {
      if (!tabs.isTouring(frameId)) storage.documentGone(origin, frameId)
    },
    // The window can write and be gone before it is watched.
    windowOpens: (url) => {
      const origin = gate === undefined ? null : webOrigin(URL.parse(url)?.origin)
      if (origin === null) return
      noteOrigin(origin)
      seeds.windowOpens(origin)
    },
  }
}

/** Has a target show the session's identity. Without effect in targets that have no emulation (workers). */
async function showIdentity(target: CdpLink, shown: ShownIdentity | undefined): Promise<void> {
  if (shown) await target.send('Emulation.setUserAgentOverride', { ...shown.override }).catch(() => {})
}
