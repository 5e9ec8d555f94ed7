import type { Page } from 'playwright'
import { tooLarge } from '../../http/index.ts'

/**
 * Watches what a page's own documents weigh while they load: a small response can unfold to more than the browser, or this
 * process when it reads the document, has room for.
 *
 * @param max - bytes, decoded; 0 for no limit
 * @returns `exceeded` rejects with ONEJAR_BODY_TOO_LARGE when a document is larger, and never resolves
 */
export async function limitDocuments(
  page: Page,
  max: number,
): Promise<{ readonly exceeded: Promise<never> }> {
  const limit = Promise.withResolvers<never>()
  limit.promise.catch(() => {})
  const exceeded = limit.promise
  if (max === 0) return { exceeded }
  const session = await page.context().newCDPSession(page)
  let document: { readonly requestId: string; readonly url: URL; bytes: number } | undefined
  session.on('Network.responseReceived', ({ requestId, type, response, frameId }) => {
    if (type !== 'Document' || frameId !== mainFrame || !URL.canParse(response.url)) return
    document = { requestId, url: new URL(response.url), bytes: 0 }
  })
  session.on('Network.dataReceived', ({ requestId, dataLength }) => {
    if (document?.requestId !== requestId) return
    document.bytes += dataLength
    if (document.bytes > max) limit.reject(tooLarge(document.url, max))
  })
  const [tree] = await Promise.all([
    session.send('Page.getFrameTree'),
    session.send('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0 }),
  ])
  const mainFrame = tree.frameTree.frame.id
  return { exceeded }
}
