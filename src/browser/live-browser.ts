import type { BrowserContext } from 'playwright'
import type { Identity } from '../record/index.ts'
import type { ContextBinding } from './context-binding.ts'
import { SessionLink } from './devtools/cdp-link.ts'
import { WatchedLink } from './devtools/watched-link.ts'
import { openDocumentGate } from './document-gate.ts'
import type { OpenedBrowser } from './launch/open-browser.ts'
import type { ContextMaker } from './new-context.ts'
import type { SpareContext } from './spare-context.ts'

/** A browser with a DevTools session of our own, and the contexts in it that are bound. */
export interface LiveBrowser extends ContextMaker {
  /** The context of the profile that it was started with. */
  readonly profile: BrowserContext | undefined
  readonly bindings: Set<ContextBinding>
  /** A context that is ready before it is needed, where that is wanted. */
  spare: SpareContext | undefined
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
    ...{ making: Promise.resolve(), spare: undefined, identity: undefined, worked: false },
  }
  // It would hold the documents of everybody: in a shared browser each page has a gate of its own.
  if (!shared) await openDocumentGate(link, (frameId) => keeperOf(live, frameId), headerOrigins)
  return live
}

/** A context of it is over. */
export function leaveBrowser(live: LiveBrowser, binding: ContextBinding): void {
  live.worked ||= binding.heaviestBytes > 0
  live.bindings.delete(binding)
  live.spare?.noteRest()
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
