import type { Page, Response } from 'playwright'
import { type Judge, readDocument } from '../../browsing/index.ts'
import { ignore } from '../../core/index.ts'

/** Whether a page got past what blocks it. */
export interface Passage {
  /** Resolves when it did; otherwise never. */
  readonly passed: Promise<void>
  /** Nobody looks any more. */
  end(): void
}

/**
 * Looks at the documents of a page until one of the origin comes that is no block. The first one is what the person is shown,
 * whatever it is: a puzzle that only a script brings looks like any page.
 */
export function watchPassage(page: Page, origin: string, judge: Judge): Passage {
  const { promise: passed, resolve } = Promise.withResolvers<void>()
  let isFirst = true
  const look = async (response: Response) => {
    if (!isDocument(page, response) || new URL(response.url()).origin !== origin) return
    const wasFirst = isFirst
    isFirst = false
    if (wasFirst) return
    const { verdict } = await readDocument(response, judge, true)
    if (verdict.kind === 'ok') resolve()
  }
  // A document that was replaced before it could be read is none that anybody sees.
  const onResponse = (response: Response) => void look(response).catch(ignore)
  page.on('response', onResponse)
  return { passed, end: () => void page.off('response', onResponse) }
}

function isDocument(page: Page, response: Response): boolean {
  try {
    const request = response.request()
    const isRedirect = response.status() >= 300 && response.status() < 400
    return request.isNavigationRequest() && request.frame() === page.mainFrame() && !isRedirect
  } catch {
    // A service worker's, or one whose frame is gone.
    return false
  }
}
