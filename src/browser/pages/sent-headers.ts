import type { CdpLink } from '../devtools/cdp-link.ts'
import type { TargetAgent, WorkerTarget } from '../targets/target-agent.ts'
import { TOKENS_FUNCTION } from '../targets/world.ts'
import {
  type DocumentTokens,
  RequestObserver,
  type RequestWatcher,
  type SentHeader,
} from './request-observer.ts'

/** Headers that wait to be looked at; a page that sends more between two looks goes short. */
const MAX_SENT = 256

/** What the scripts of a context's pages send, kept until the record holds what it may have been made of. */
export class SentHeaders {
  readonly #watcher: RequestWatcher
  readonly #onSent: () => void
  readonly #observers = new WeakMap<TargetAgent, RequestObserver>()
  #sent: SentHeader[] = []

  /** @param onSent - a header was sent: what it was taken from can be replaced soon */
  constructor(watcher: RequestWatcher, onSent: () => void) {
    this.#watcher = watcher
    this.#onSent = onSent
  }

  /** How many wait. */
  get size(): number {
    return this.#sent.length
  }

  /** Listens to a target of a page. @param speaksElsewhere - whether what the page does while it shows a site counts for others */
  async observe(
    target: CdpLink,
    agent: TargetAgent,
    speaksElsewhere: (site: string) => boolean,
  ): Promise<void> {
    const sender = {
      get known() {
        return agent.known
      },
      siteOf: (frameId: string) => agent.siteOf(frameId),
      speaksElsewhere,
    }
    const wants = (header: SentHeader) => this.#watcher.wants(header)
    const observer = new RequestObserver(target, sender, wants, (header) => {
      if (this.#sent.length < MAX_SENT) this.#sent.push(header)
      this.#onSent()
    })
    this.#observers.set(agent, observer)
    await observer.observe()
  }

  /** Listens to a worker of a target. */
  async observeWorker(worker: CdpLink, agent: TargetAgent, { frameId, url }: WorkerTarget): Promise<void> {
    // Of a service worker no frame is known: it is one of the target's own document where it is of that origin.
    const speaker = () => agent.speaker(frameId, URL.parse(url.replace(/^blob:/, ''))?.origin)
    await this.#observers.get(agent)?.observeWorker(worker, speaker, frameId !== undefined)
  }

  /** Gives the watcher so many of them, now that the record holds what they may have been made of, and what documents hold. */
  async report(count: number, agents: readonly TargetAgent[]): Promise<void> {
    if (count === 0 && !this.#watcher.needsDocuments) return
    const asked = agents.map(async (agent) => {
      const documents = await agent.ask<Omit<DocumentTokens, 'tab'>>(TOKENS_FUNCTION)
      return documents.map((document) => ({ ...document, tab: agent.rootFrameId }))
    })
    const documents = await Promise.all(asked)
    this.#watcher.take(this.#sent.splice(0, count), documents.flat())
  }
}
