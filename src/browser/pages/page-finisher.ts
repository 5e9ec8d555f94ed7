import type { Page } from 'playwright'
import type { TabSessions } from '../state/tab-sessions.ts'
import type { TargetAgent } from '../targets/target-agent.ts'
import { PageActivity } from './page-activity.ts'
import type { PageLife } from './page-life.ts'
import { weighPage } from './page-weight.ts'

export interface PageFinisherOptions {
  readonly tabs: Pick<TabSessions, 'keep' | 'handBack'>
  readonly lifeOf: (page: Page) => PageLife<TargetAgent> | undefined
  /** The barrier: what pages wrote is in the record afterwards. */
  readonly pull: () => Promise<void>
}

/** Takes a page's last word before it is closed. */
export class PageFinisher {
  readonly #options: PageFinisherOptions
  /** Gives each page that is open its own way to close back. */
  readonly #wrapped = new Set<() => void>()
  #heaviestBytes = 0

  constructor(options: PageFinisherOptions) {
    this.#options = options
  }

  /** The most that a page weighed when it was closed, in bytes. */
  get heaviestBytes(): number {
    return this.#heaviestBytes
  }

  /**
   * Ends a page without closing it: what it wrote last comes into the record, and no script of it begins any more. What it
   * loads is not stopped: its scripts would take that for a failure, and act on it. Where they wait for an answer, the page is
   * read until it is closed.
   *
   * @returns false where the page does not stop: it was read, and goes on until it is closed
   */
  finish(page: Page): Promise<boolean> {
    const life = this.#options.lifeOf(page)
    if (life?.finishing) return life.finishing
    const agent = life?.agent
    if (!life || !agent) return this.#options.pull().then(() => false)
    const done = this.#finish(page, life, agent)
    life.finishes(agent, done)
    return done
  }

  /**
   * For a page that is going to be closed, once it has settled: what it wrote is in the record. It is finished where its
   * scripts wait for no answer; else they may be about to replace a token, and what answers them is needed.
   */
  async leave(page: Page): Promise<void> {
    if (PageActivity.of(page).busy(false)) await this.#options.pull()
    else await this.finish(page)
  }

  /** Has a page finished whenever somebody closes it: the last chance to read it without opening another document. */
  beforeClose(page: Page, agent: TargetAgent): void {
    const { close } = page
    const finishing: Page['close'] = async (options) => {
      const look = options?.runBeforeUnload === true ? this.#lastLook(agent) : this.finish(page)
      await Promise.allSettled([look, this.#weigh(agent)])
      await close.call(page, options)
    }
    page.close = finishing
    const forget = () => void this.#wrapped.delete(restore)
    const restore = () => {
      page.off('close', forget)
      // Somebody may have put something over it since.
      if (page.close === finishing) page.close = close
    }
    this.#wrapped.add(restore)
    page.once('close', forget)
  }

  /** Nobody takes the last word of pages that are open any more. */
  giveBack(): void {
    for (const restore of this.#wrapped) restore()
    this.#wrapped.clear()
  }

  async #finish(page: Page, life: PageLife<TargetAgent>, agent: TargetAgent): Promise<boolean> {
    // The target does one after the other: what is asked now is answered when its scripts have stopped.
    const stopping = agent.freeze()
    await this.#lastLook(agent)
    const stopped = await stopping
    if (!stopped || agent.crashed) {
      life.finished('running')
      return false
    }
    // The answer lets its scripts go on, and write: it is read like any other page.
    if (PageActivity.of(page).busy(true)) {
      life.finished('answering')
      return true
    }
    agent.retire()
    life.finished('silent')
    await this.#options.pull().catch(() => {})
    return true
  }

  async #lastLook(agent: TargetAgent): Promise<void> {
    const { tabs, pull } = this.#options
    await Promise.allSettled([pull(), tabs.keep(agent)])
    await tabs.handBack(agent).catch(() => {})
  }

  async #weigh(agent: TargetAgent): Promise<void> {
    this.#heaviestBytes = Math.max(this.#heaviestBytes, await weighPage(agent))
  }
}
