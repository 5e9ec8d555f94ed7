import type { Page } from 'playwright'
import { isOnejarError, OnejarError } from '../../core/index.ts'
import type { Services } from '../../services/index.ts'
import type { SessionBrowser } from './session-browser.ts'

const NO_PAGES_BY_WORKERS =
  'this process has no browser, and workers open no pages for a program. With render, expect or extract, session.fetch() has one ' +
  'load a page; onejar open shows one to a person'

/** What a session opens a page with. */
interface Opening {
  readonly services: Pick<Services, 'queue'>
  readonly engine: { readonly browser: Pick<SessionBrowser, 'open'> }
  /** @throws OnejarError ONEJAR_POLICY_DENIED */
  permitPage(call: string): void
}

/**
 * A page of the session for the program.
 *
 * @param call - what asks for it, as the caller knows it
 * @throws OnejarError ONEJAR_POLICY_DENIED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED
 */
export async function openPage(session: Opening, call: string): Promise<Page> {
  session.permitPage(call)
  try {
    return await (await session.engine.browser.open()).newPage()
  } catch (cause) {
    if (session.services.queue === null || !isOnejarError(cause, 'ONEJAR_BROWSER_NOT_FOUND')) throw cause
    throw new OnejarError('ONEJAR_BROWSER_NOT_FOUND', `${call}: ${NO_PAGES_BY_WORKERS}`, { cause })
  }
}
