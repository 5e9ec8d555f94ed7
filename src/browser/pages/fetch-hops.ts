import { ignore } from '../../core/index.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'

/** Asked before a redirect is followed: undefined when it may be at once; what it rejects with ends the fetch. */
export type BeforeHop = (url: URL, from: URL) => Promise<void> | undefined

/** A fetch whose redirects are watched. */
export interface HoppingFetch {
  /** What the hop that was not allowed was refused with. */
  readonly refusal: unknown
  /** Stops watching. */
  end(): void
}

interface Watched {
  readonly beforeHop: BeforeHop
  readonly href: string
  /** What was agreed to last. */
  at: string
  refusal: unknown
  started: boolean
}

/**
 * Holds the redirects of fetches in a page until somebody has agreed to each, and what CORS asks of another origin before
 * that. Other requests of the page's scripts pass. From the first watched fetch on, each request of a script costs one round
 * trip more. The link's network events have to be on.
 */
export class FetchHops {
  readonly #link: CdpLink
  readonly #active = new Set<Watched>()
  /** By the network's id, which is the same for all hops of a request. */
  readonly #underway = new Map<string, Watched>()
  #enabled: Promise<unknown> | undefined

  constructor(link: CdpLink) {
    this.#link = link
  }

  /** To be called before the fetch of this URL starts. */
  async watch(url: URL, beforeHop: BeforeHop): Promise<HoppingFetch> {
    this.#enabled ??= this.#enable()
    await this.#enabled
    const [href = ''] = url.href.split('#', 1)
    const watched: Watched = { beforeHop, href, at: href, refusal: undefined, started: false }
    this.#active.add(watched)
    return {
      get refusal() {
        return watched.refusal
      },
      end: () => {
        this.#active.delete(watched)
        for (const [id, one] of this.#underway) if (one === watched) this.#underway.delete(id)
      },
    }
  }

  #enable(): Promise<unknown> {
    this.#link.on('Network.requestWillBeSent', (event) => {
      const { requestId, initiator } = event as unknown as SentRequest
      const watched = initiator.type === 'preflight' && this.#underway.get(initiator.requestId ?? '')
      if (watched) this.#underway.set(requestId, watched)
    })
    this.#link.on('Fetch.requestPaused', (event) => this.#paused(event as unknown as PausedRequest))
    const patterns = [{ resourceType: 'Fetch' }, { resourceType: 'XHR' }]
    return this.#link.send('Fetch.enable', { patterns })
  }

  #paused({ requestId, request, networkId = requestId }: PausedRequest): void {
    const watched = this.#underway.get(networkId) ?? this.#started(request.url, networkId)
    const wait = watched && this.#hop(watched, request.url)
    const go = () => {
      this.#link.send('Fetch.continueRequest', { requestId }).catch(ignore)
    }
    if (!watched || wait === undefined) go()
    else {
      wait.then(go, (error) => {
        watched.refusal = error
        this.#link.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' }).catch(ignore)
      })
    }
  }

  #hop(watched: Watched, href: string): Promise<void> | undefined {
    if (watched.at === href) return undefined
    const from = new URL(watched.at)
    watched.at = href
    return watched.beforeHop(new URL(href), from)
  }

  /** The fetch that this is the request of. A script of the page that asks for the same just then is watched as well. */
  #started(href: string, networkId: string): Watched | undefined {
    const same = [...this.#active].filter((watched) => watched.href === href)
    const mine = same.find(({ started }) => !started) ?? same[0]
    if (mine) {
      mine.started = true
      this.#underway.set(networkId, mine)
    }
    return mine
  }
}

interface PausedRequest {
  readonly requestId: string
  readonly request: { readonly url: string }
  readonly networkId?: string
}

interface SentRequest {
  readonly requestId: string
  /** Of what CORS asks beforehand: the request that it is asked for. */
  readonly initiator: { readonly type: string; readonly requestId?: string }
}
