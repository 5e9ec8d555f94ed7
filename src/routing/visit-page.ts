import type { Page } from 'playwright'

/** What is drawn or played only; scripts, styles and data are loaded. */
const BLOCKED = ['Image', 'Font', 'Media'] as const

/**
 * Makes a page fit for a visit without a person: dialogs are dismissed, downloads refused, popups closed, and, where asked
 * for, images, fonts and media not loaded. That is done beneath Playwright's routing, which would switch the cache off.
 * Images in frames of other sites are loaded: they live in other processes.
 */
export async function prepareVisitPage(page: Page, blockResources: boolean): Promise<void> {
  page.on('dialog', (dialog) => dialog.dismiss().catch(ignore))
  page.on('download', (download) => download.cancel().catch(ignore))
  page.on('popup', refuse)
  if (!blockResources) return
  const session = await page.context().newCDPSession(page)
  session.on('Fetch.requestPaused', ({ requestId }) => {
    session.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' }).catch(ignore)
  })
  await session.send('Fetch.enable', { patterns: BLOCKED.map((resourceType) => ({ resourceType })) })
}

/** A popup is closed, and so is what it opened before that. */
function refuse(popup: Page): void {
  popup.on('dialog', (dialog) => dialog.dismiss().catch(ignore))
  popup.on('popup', refuse)
  popup.close().catch(ignore)
}

function ignore(): void {}
