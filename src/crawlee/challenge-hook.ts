import type { Session as CrawleeSession } from '@crawlee/core'
import type { Page, Response } from 'playwright'
import { classify } from '../challenge/index.ts'
import type { Session } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import { toCrawleeError } from './crawlee-errors.ts'

interface Navigated {
  page: Page
  request: { url: string }
  response?: Response | undefined
  session?: CrawleeSession | undefined
}

/**
 * A hook for after the navigation of a crawler with pages. A challenge is solved once for the session, and the page loaded
 * again; a CAPTCHA fails the request, which is not retried. Ordinary responses are not looked into.
 */
export function challengeHook(
  sessionOf: (crawlee: CrawleeSession | undefined) => Session,
): (context: Navigated) => Promise<void> {
  return async (context) => {
    const { page, request, response } = context
    if (response === undefined || response.status() < 400) return
    const kind = await kindOf(response)
    if (kind !== 'js-challenge' && kind !== 'captcha') return
    const session = sessionOf(context.session)
    try {
      // For a CAPTCHA this fails with the error that says so, and blocks the session for the origin.
      await session.solveChallenge(request.url)
    } catch (error) {
      throw toCrawleeError(error, () => false)
    }
    if (kind === 'captcha')
      throw toCrawleeError(
        new OnejarError('ONEJAR_CAPTCHA', `${new URL(request.url).origin} asks for a CAPTCHA`),
        () => false,
      )
    context.response = (await page.goto(request.url)) ?? undefined
  }
}

async function kindOf(response: Response): Promise<string> {
  const body = await response.body().catch(() => Buffer.alloc(0))
  return classify({
    url: response.url(),
    status: response.status(),
    headers: response.headers(),
    body,
  }).kind
}
