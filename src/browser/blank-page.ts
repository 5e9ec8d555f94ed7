import type { BrowserContext, Page } from 'playwright'
import { SessionLink } from './cdp-link.ts'
import { type DocumentView, TargetAgent } from './target-agent.ts'
import type { StorageOp } from './world.ts'

/**
 * A page that shows empty documents of any origin, answered by the document gate without asking the site: the way to an
 * origin's localStorage when no document of it is open. No script of the site runs in it. Made on first use, one per
 * context.
 */
export class BlankPage {
  readonly #context: BrowserContext
  #open: Promise<{ link: SessionLink; agent: TargetAgent; frameId: string }> | undefined
  #page: Page | undefined
  #frameId: string | undefined

  constructor(context: BrowserContext) {
    this.#context = context
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

  async visit(origin: string, ops: readonly StorageOp[]): Promise<DocumentView | undefined> {
    this.#open ??= this.#make().catch((error) => {
      this.#open = undefined
      throw error
    })
    const { link, agent, frameId } = await this.#open
    await link.send('Page.navigate', { url: `${origin}/` })
    return agent.apply(frameId, origin, ops)
  }

  async #make() {
    const page = await this.#context.newPage()
    this.#page = page
    const link = new SessionLink(await this.#context.newCDPSession(page))
    const { frameTree } = await link.send<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree')
    this.#frameId = frameTree.frame.id
    const agent = await TargetAgent.attach(link, { documentGone() {} })
    return { link, agent, frameId: this.#frameId }
  }
}
