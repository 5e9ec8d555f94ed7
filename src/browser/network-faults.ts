import type { BrowserContext, Page } from 'playwright'
import type { OnejarError } from '../core/index.ts'

/** Why a site could not be reached, from who makes a context's connections; undefined when it is not known. */
export type FaultOf = (url: URL) => OnejarError | undefined

const byContext = new WeakMap<BrowserContext, FaultOf>()

/** Has the failures of a context's pages explained. */
export function explainFaults(context: BrowserContext, faultOf: FaultOf): void {
  byContext.set(context, faultOf)
}

/** Why a page could not load a URL, as far as somebody knows more than Chromium says. */
export function faultOf(page: Page, href: string): OnejarError | undefined {
  return URL.canParse(href) ? byContext.get(page.context())?.(new URL(href)) : undefined
}
