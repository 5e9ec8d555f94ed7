import type { Browser, BrowserContext } from 'playwright'
import type { Identity } from '../record/index.ts'
import type { ContextBinding } from './context-binding.ts'
import { type CdpLink, SessionLink } from './devtools/cdp-link.ts'
import { WatchedLink } from './devtools/watched-link.ts'
import { openDocumentGate } from './document-gate.ts'
import type { OpenedBrowser } from './launch/open-browser.ts'

/** A browser with a DevTools session of our own, and the contexts in it that are bound. */
export interface LiveBrowser {
  readonly browser: Browser
  readonly link: CdpLink
  /** Whether others may use it at the same time. */
  readonly shared: boolean
  /** The context of the profile that it was started with. */
  readonly profile: BrowserContext | undefined
  readonly bindings: Set<ContextBinding>
  /** The making of the last context: they are made one after the other. */
  making: Promise<unknown>
  /** What it shows of itself to a site, once that was asked. */
  identity: Promise<Identity> | undefined
  /** Whether a page was closed in it while it answered. */
  worked: boolean
}

/**
 * Opens the DevTools session, and the gate before the documents of a browser that nobody shares.
 *
 * @param headerOrigins - where sessions add headers of their own to every request of their pages
 */
export async function connectBrowser(
  { browser, shared, abandon, profile }: OpenedBrowser,
  answerTimeoutMs: number,
  headerOrigins: readonly string[] = [],
): Promise<LiveBrowser> {
  const session = new SessionLink(await browser.newBrowserCDPSession())
  const link = new WatchedLink(session, answerTimeoutMs, abandon)
  const live: LiveBrowser = {
    ...{ browser, link, shared, profile, bindings: new Set() },
    ...{ making: Promise.resolve(), identity: undefined, worked: false },
  }
  // It would hold the documents of everybody: in a shared browser each page has a gate of its own.
  if (!shared) await openDocumentGate(link, (frameId) => keeperOf(live, frameId), headerOrigins)
  return live
}

/** A context of it is over. */
export function leaveBrowser(live: LiveBrowser, binding: ContextBinding): void {
  live.worked ||= binding.heaviestBytes > 0
  live.bindings.delete(binding)
}

/** The browser's ids of its contexts, whoever made them. */
export async function contextIds(link: CdpLink): Promise<string[]> {
  const { browserContextIds } = await link.send<{ browserContextIds: string[] }>('Target.getBrowserContexts')
  return browserContextIds
}

/** The binding whose context a frame belongs to. A popup is requested before its page is known: the browser has it. */
async function keeperOf(live: LiveBrowser, frameId: string): Promise<ContextBinding | undefined> {
  if (frameId === '') return live.bindings.size === 1 ? [...live.bindings][0] : undefined
  for (const binding of live.bindings)
    if (binding.ownsBlank(frameId) || binding.hasFrame(frameId)) return binding
  try {
    const { targetInfo } = await live.link.send<{ targetInfo: { browserContextId?: string } }>(
      'Target.getTargetInfo',
      {
        targetId: frameId,
      },
    )
    for (const binding of live.bindings)
      if (binding.browserContextId === targetInfo.browserContextId) return binding
    return undefined
  } catch {
    // Not a target of its own: a frame so new that its page has not reported it.
  }
  return live.bindings.size === 1 ? [...live.bindings][0] : undefined
}
