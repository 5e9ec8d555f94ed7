import type { Page } from 'playwright'
import { siteOfText } from '../../record/index.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'

interface Opened {
  /** This program opened it for itself, and no user. */
  own: boolean
  /** Whose script or link opened it; null where none did, undefined while that is not known. */
  opener: Opened | null | undefined
  /** The origins that its own frame has shown. */
  origins: ReadonlySet<string>
}

/** Pages whose id is known: a popup names its opener by that. Then the one that came first is forgotten. */
const MAX_PAGES = 1_000

/**
 * Who opened which page of a context: the user, this program, or a page. What a page does counts for other sites than its own
 * only where the user opened it, or where it is a popup of the sites that the user's page has shown.
 */
export class PageOpeners {
  readonly #pages = new WeakMap<Page, Opened>()
  readonly #byTarget = new Map<string, Opened>()

  /** Finds out who opened a page. */
  async note(page: Page, link: CdpLink): Promise<void> {
    const { targetInfo } = await link.send<{ targetInfo: TargetInfo }>('Target.getTargetInfo')
    const { targetId, openerId } = targetInfo
    const opened = this.#of(page)
    // One that is not known here is a page all the same.
    if (openerId === undefined || openerId === '') opened.opener = null
    else opened.opener = this.#byTarget.get(openerId)
    this.#byTarget.set(targetId, opened)
    const [first] = this.#byTarget.keys()
    if (this.#byTarget.size > MAX_PAGES) this.#byTarget.delete(first as string)
  }

  /** This program opened the page for itself. */
  own(page: Page): void {
    this.#of(page).own = true
  }

  isOwn(page: Page): boolean {
    return this.#of(page).own
  }

  /** The origins that the page's own frame shows, as they come. */
  shows(page: Page, origins: ReadonlySet<string>): void {
    this.#of(page).origins = origins
  }

  /** Whether what the page does while it shows this site counts for other sites, too. */
  speaksElsewhere(page: Page, site: string): boolean {
    let opened = this.#of(page)
    const isPopup = opened.opener !== null
    while (!opened.own && opened.opener) opened = opened.opener
    if (opened.own || opened.opener === undefined) return false
    return !isPopup || [...opened.origins].some((origin) => siteOfText(origin) === site)
  }

  #of(page: Page): Opened {
    let opened = this.#pages.get(page)
    if (!opened) {
      opened = { own: false, opener: undefined, origins: new Set() }
      this.#pages.set(page, opened)
    }
    return opened
  }
}

interface TargetInfo {
  readonly targetId: string
  readonly openerId?: string
}
