import type { BrowserContext } from 'playwright'

/** The browser's id of a context, read from a page that is opened in it for this. */
export async function askContextId(context: BrowserContext): Promise<string> {
  const page = await context.newPage()
  try {
    const session = await context.newCDPSession(page)
    const { targetInfo } = await session.send('Target.getTargetInfo')
    if (targetInfo.browserContextId === undefined)
      throw new Error('The browser does not tell its contexts apart')
    return targetInfo.browserContextId
  } finally {
    await page.close()
  }
}
