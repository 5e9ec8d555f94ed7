import type { Page } from 'playwright'
import { closePage } from '../../browser/index.ts'
import { ignore } from '../../core/index.ts'

/** What is drawn or played only; scripts, styles and data are loaded. */
const BLOCKED = ['Image', 'Font', 'Media'] as const

/** How long a popup that was asked for may take to appear, before the page that asked is closed without it. */
const POPUP_TIMEOUT_MS = 1000

export interface PreparedPageOptions {
  /** Whether images, fonts and media are left out. */
  readonly blockResources: boolean
  /** Asked before the page itself goes to a document, redirects included: it goes there when the promise resolves. */
  readonly documents: ((url: string) => Promise<void> | undefined) | undefined
}

/**
 * Makes a page fit for a solve without a person: dialogs are dismissed, downloads refused, popups closed, and, where asked
 * for, images, fonts and media not loaded. That is done beneath Playwright's routing, which would switch the cache off.
 * Images in frames of other sites are loaded: they live in other processes.
 *
 * @returns to be awaited before the page is closed: a popup whose opener is gone is not reported, and would stay open
 */
export async function preparePage(
  page: Page,
  { blockResources, documents }: PreparedPageOptions,
): Promise<() => Promise<void>> {
  const popups = new Popups()
  page.on('dialog', (dialog) => dialog.dismiss().catch(ignore))
  page.on('download', (download) => download.cancel().catch(ignore))
  page.on('popup', (popup) => {
    refuse(popup)
    popups.seen()
  })
  const session = await page.context().newCDPSession(page)
  session.on('Page.windowOpen', () => popups.asked())
  const paused = [...(blockResources ? BLOCKED : []), ...(documents ? (['Document'] as const) : [])]
  let mainFrame: string | undefined
  if (paused.length > 0) {
    session.on('Fetch.requestPaused', ({ requestId, request, frameId, resourceType }) => {
      const fail = () =>
        session.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' }).catch(ignore)
      if (resourceType !== 'Document') fail()
      else {
        const wait = frameId === mainFrame ? documents?.(request.url) : undefined
        const go = () => session.send('Fetch.continueRequest', { requestId }).catch(ignore)
        if (wait === undefined) go()
        else wait.then(go, fail)
      }
    })
  }
  const patterns = paused.map((resourceType) => ({ resourceType }))
  const [tree] = await Promise.all([
    session.send('Page.getFrameTree'),
    session.send('Page.enable'),
    patterns.length > 0 ? session.send('Fetch.enable', { patterns }) : undefined,
  ])
  mainFrame = tree.frameTree.frame.id
  return () => popups.settled()
}

/** Counts the popups that a page asked for against those that came. */
class Popups {
  #missing = 0
  #wake: (() => void) | undefined

  asked(): void {
    this.#missing++
  }

  seen(): void {
    if (--this.#missing <= 0) this.#wake?.()
  }

  async settled(): Promise<void> {
    if (this.#missing <= 0) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, POPUP_TIMEOUT_MS)
    })
    clearTimeout(timer)
  }
}

/** A popup is closed, and so is what it opened before that. */
function refuse(popup: Page): void {
  popup.on('dialog', (dialog) => dialog.dismiss().catch(ignore))
  popup.on('popup', refuse)
  void closePage(popup)
}
