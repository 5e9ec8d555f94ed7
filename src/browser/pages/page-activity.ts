import type { Frame, Page, Request } from 'playwright'

/** What can change a document once it has come; pictures, fonts and films do not, and sockets have no end. */
const COUNTED = new Set(['document', 'fetch', 'script', 'stylesheet', 'xhr'])
/** What only scripts ask for. */
const SCRIPTED = new Set(['fetch', 'xhr'])
/** Answers that go on for as long as the page is open. */
const ENDLESS = /^(?:text\/event-stream|application\/(?:x-ndjson|stream\+json|grpc))/i
/** Asked for so often, the same is a question that the page repeats for as long as it is open. */
const POLLED = 4
const LOOK_EVERY_MS = 20
/** What distinguishes requests to the same URL. */
const MAX_BODY_CHARS = 1_000
const MOMENT = /\d{10,}/g
/** Requests that are distinguished. */
const MAX_NAMES = 1_000

/** What a page asks the network for, as far as it can change its document. */
export class PageActivity {
  static readonly #known = new WeakMap<Page, PageActivity>()

  readonly #page: Page
  /** Under way, with whether the page repeats them. */
  readonly #underway = new Map<Request, boolean>()
  readonly #names = new Map<string, number>()
  #scripted = false
  #lastAt = performance.now()
  #lastNewAt = performance.now()

  private constructor(page: Page) {
    this.#page = page
    page.on('request', (request) => this.#started(request))
    page.on('response', (response) => {
      if (ENDLESS.test(response.headers()['content-type'] ?? '')) this.#ended(response.request())
    })
    page.on('requestfinished', (request) => this.#ended(request))
    page.on('requestfailed', (request) => this.#ended(request))
    page.on('framenavigated', (frame) => this.#navigated(frame))
    page.on('framedetached', (frame) => this.#forget((one) => one === frame))
  }

  /** The activity of a page, from the first call for it on. */
  static of(page: Page): PageActivity {
    let activity = PageActivity.#known.get(page)
    if (!activity) {
      activity = new PageActivity(page)
      PageActivity.#known.set(page, activity)
    }
    return activity
  }

  /** Whether scripts wait for an answer. What a page asks for again and again is left out on request. */
  busy(polls: boolean): boolean {
    for (const polled of this.#underway.values()) if (polls || !polled) return true
    return false
  }

  /** Resolves when scripts wait for no answer, but for those that the page repeats; or when the time is up. */
  async settled(ms: number, signal?: AbortSignal): Promise<void> {
    const until = performance.now() + ms
    while (this.busy(false) && performance.now() < until && !signal?.aborted) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  /** Whether scripts of the document that is there have asked for anything. */
  get scripted(): boolean {
    return this.#scripted
  }

  /** When something began or ended last, on the clock of `performance.now()`. */
  lastAt(polls: boolean): number {
    return polls ? this.#lastAt : this.#lastNewAt
  }

  #started(request: Request): void {
    const type = request.resourceType()
    if (!COUNTED.has(type) || this.#isMainDocument(request)) return
    if (SCRIPTED.has(type)) this.#scripted = true
    const name = nameOf(request)
    const times = (this.#names.get(name) ?? 0) + 1
    if (times > 1 || this.#names.size < MAX_NAMES) this.#names.set(name, times)
    const polled = SCRIPTED.has(type) && times >= POLLED
    this.#underway.set(request, polled)
    this.#note(polled)
  }

  #ended(request: Request): void {
    const polled = this.#underway.get(request)
    if (polled === undefined) return
    this.#underway.delete(request)
    this.#note(polled)
  }

  #note(polled: boolean): void {
    this.#lastAt = performance.now()
    if (!polled) this.#lastNewAt = this.#lastAt
  }

  /** The old document's requests are none of the new one's. */
  #navigated(frame: Frame): void {
    this.#forget((one) => one === frame)
    if (frame !== this.#page.mainFrame()) return
    this.#names.clear()
    this.#scripted = [...this.#underway.keys()].some((request) => SCRIPTED.has(request.resourceType()))
    this.#note(false)
  }

  #forget(gone: (frame: Frame) => boolean): void {
    for (const request of this.#underway.keys()) if (gone(frameOf(request) as Frame)) this.#ended(request)
  }

  #isMainDocument(request: Request): boolean {
    return request.isNavigationRequest() && frameOf(request) === this.#page.mainFrame()
  }
}

/** What is asked for, moments left out: the same for questions that a page repeats. */
function nameOf(request: Request): string {
  const body = request.postData()?.slice(0, MAX_BODY_CHARS) ?? ''
  return `${request.method()} ${request.url()} ${body}`.replace(MOMENT, '')
}

/** The frame that asked; undefined where none did, or none is known yet. */
function frameOf(request: Request): Frame | undefined {
  try {
    return request.frame()
  } catch {
    return undefined
  }
}
