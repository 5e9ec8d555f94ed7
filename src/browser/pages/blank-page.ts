import type { BrowserContext, Page } from 'playwright'
import { type CdpLink, SessionLink } from '../devtools/cdp-link.ts'
import { within } from '../devtools/within.ts'
import type { DocumentView } from '../targets/document-view.ts'
import { TargetAgent } from '../targets/target-agent.ts'
import type { StorageOp } from '../targets/world.ts'
import { closePage } from './close-page.ts'

/** How long an empty document may take: its process may be one that a page keeps busy. */
const OPEN_TIMEOUT_MS = 3000

/** Playwright reports no request for a path that ends so: whoever listens to a context, or records it, sees the site's own. */
const UNREPORTED = '/favicon.ico'

export interface BlankPageParts {
  /** Opens it in its context. */
  readonly open: () => Promise<Page>
  /**
   * Puts a gate of its own before its documents. The browser's would do, but for a context whose requests somebody routes by
   * Playwright: that comes before the browser's gate, and after the last one that a page was given.
   */
  readonly gate: (link: CdpLink) => Promise<void>
}

/**
 * A page that shows empty documents of any origin, answered by the document gate without asking the site: the way to an
 * origin's localStorage when no document of it is open. No script of the site runs in it. Made on first use, one per
 * context.
 */
export class BlankPage {
  readonly #context: BrowserContext
  readonly #parts: BlankPageParts
  #open: Promise<{ link: SessionLink; agent: TargetAgent; frameId: string }> | undefined
  #page: Page | undefined
  #frameId: string | undefined

  constructor(context: BrowserContext, parts: BlankPageParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Whether the gate has to answer this frame's document itself. */
  owns(frameId: string): boolean {
    return frameId === this.#frameId
  }

  isPage(page: Page): boolean {
    return page === this.#page
  }

  /** Resolves when the page, if it is being made, is known: until then its `page` event may be anybody's. */
  async settled(): Promise<void> {
    await this.#open?.catch(() => {})
  }

  /** The page's own DevTools session. */
  async link(): Promise<CdpLink> {
    return (await this.#opened()).link
  }

  async visit(origin: string, ops: readonly StorageOp[]): Promise<DocumentView | undefined> {
    const { link, agent, frameId } = await this.#opened()
    const there = await within(OPEN_TIMEOUT_MS, link.send('Page.navigate', { url: `${origin}${UNREPORTED}` }))
    return there ? agent.apply(frameId, origin, ops) : undefined
  }

  /** Reads the document that is there, if it is of that origin; opens one otherwise. */
  async revisit(origin: string): Promise<DocumentView | undefined> {
    const { agent, frameId } = await this.#opened()
    return (await agent.apply(frameId, origin, [])) ?? this.visit(origin, [])
  }

  /** Closes it, if it was made. It is made anew when it is needed again. */
  async close(): Promise<void> {
    const open = await this.#open?.catch(() => undefined)
    this.#open = undefined
    if (open !== undefined && this.#page) await closePage(this.#page)
  }

  #opened() {
    this.#open ??= this.#make().catch((error) => {
      this.#open = undefined
      throw error
    })
    return this.#open
  }

  async #make() {
    const page = await this.#parts.open()
    this.#page = page
    const link = new SessionLink(await this.#context.newCDPSession(page))
    const { frameTree } = await link.send<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree')
    this.#frameId = frameTree.frame.id
    await this.#parts.gate(link)
    await link.send('Network.enable')
    await link.send('Network.setBypassServiceWorker', { bypass: true })
    const agent = await TargetAgent.attach(link, { documentGone() {} })
    return { link, agent, frameId: this.#frameId }
  }
}
