import type { Page } from 'playwright'
import { type CdpLink, NestedLink, SessionLink } from '../../browser/index.ts'
import { ignore } from '../../core/index.ts'

/** A worker, or a frame with a process of its own. */
export interface NestedTarget {
  readonly link: CdpLink
  readonly kind: 'frame' | 'worker'
  readonly url: string
}

interface TargetInfo {
  readonly targetId: string
  readonly type: string
  readonly url: string
  readonly browserContextId?: string
}

type OnTarget = (target: NestedTarget) => Promise<void>

/** Of a page, in all: one that makes more of them hides what it does. */
const MAX_TARGETS = 32
const KINDS: Readonly<Record<string, NestedTarget['kind']>> = {
  iframe: 'frame',
  worker: 'worker',
  service_worker: 'worker',
  shared_worker: 'worker',
}

/** Attaches to the workers and frames of a page as they come, and to those in them. */
export class NestedTargets {
  readonly #onTarget: OnTarget
  #count = 0

  constructor(onTarget: OnTarget) {
    this.#onTarget = onTarget
  }

  /** From now on. */
  async follow(link: CdpLink): Promise<void> {
    this.#listen(link)
    const how = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false }
    await link.send('Target.setAutoAttach', how)
  }

  /**
   * Shared workers belong to no page: those of its context are attached to by the browser. Without effect where that cannot be asked.
   *
   * @returns to be called at the end
   */
  async followShared(page: Page): Promise<() => void> {
    const session = await page.context().browser()?.newBrowserCDPSession().catch(ignore)
    if (!session) return () => {}
    const link = new SessionLink(session)
    const own = await page.context().newCDPSession(page)
    const { targetInfo } = await own.send('Target.getTargetInfo')
    own.detach().catch(ignore)
    link.on('Target.targetCreated', (event) => {
      const { targetId, type, browserContextId } = event['targetInfo'] as TargetInfo
      if (type !== 'shared_worker' || browserContextId !== targetInfo.browserContextId) return
      link.send('Target.attachToTarget', { targetId, flatten: false }).catch(ignore)
    })
    this.#listen(link)
    const filter = [{ type: 'shared_worker' }]
    await link.send('Target.setDiscoverTargets', { discover: true, filter }).catch(ignore)
    return () => link.close()
  }

  #listen(link: CdpLink): void {
    const links = new Map<string, NestedLink>()
    link.on('Target.attachedToTarget', (event) => {
      const { sessionId, targetInfo } = event as unknown as { sessionId: string; targetInfo: TargetInfo }
      const kind = KINDS[targetInfo.type]
      if (kind === undefined || this.#count === MAX_TARGETS) {
        link.send('Target.detachFromTarget', { sessionId }).catch(ignore)
        return
      }
      this.#count++
      const nested = new NestedLink(link, sessionId)
      links.set(sessionId, nested)
      // Chromium holds a shared worker that a page starts again, for whoever is attached to it.
      nested.on('Inspector.targetReloadedAfterCrash', () => {
        nested.send('Runtime.runIfWaitingForDebugger').catch(ignore)
      })
      const { url } = targetInfo
      Promise.all([this.#onTarget({ link: nested, kind, url }), this.follow(nested)]).catch(ignore)
    })
    link.on('Target.receivedMessageFromTarget', (event) => {
      links.get(event['sessionId'] as string)?.receive(event['message'] as string)
    })
    link.on('Target.detachedFromTarget', (event) => {
      const sessionId = event['sessionId'] as string
      links.get(sessionId)?.close()
      links.delete(sessionId)
    })
  }
}
