import type { BrowserContext } from 'playwright'
import { closePage } from '../pages/close-page.ts'
import type { CdpLink } from './cdp-link.ts'

/** The browser's id of a context, read from a page of it; one is opened for this where there is none. */
export async function askContextId(context: BrowserContext): Promise<string> {
  const [open] = context.pages()
  const page = open ?? (await context.newPage())
  try {
    const session = await context.newCDPSession(page)
    const { targetInfo } = await session.send('Target.getTargetInfo')
    if (targetInfo.browserContextId === undefined)
      throw new Error('The browser does not tell its contexts apart')
    await session.detach()
    return targetInfo.browserContextId
  } finally {
    if (open === undefined) await closePage(page)
  }
}

/** The browser's ids of its contexts, whoever made them. */
export async function contextIds(link: CdpLink): Promise<string[]> {
  const { browserContextIds } = await link.send<{ browserContextIds: string[] }>('Target.getBrowserContexts')
  return browserContextIds
}
