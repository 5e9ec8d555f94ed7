import { connectEndpoint, type EndpointSocket } from './endpoint-socket.ts'

/** What travels between Playwright and the browser. */
interface Message {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code?: number; readonly message: string }
}

interface TargetInfo {
  readonly targetId: string
  readonly type: string
  readonly subtype?: string
  readonly browserContextId?: string
}

/** The only targets that Playwright is notified of. */
const FILTER = [{ type: 'page' }, { type: 'service_worker' }]
const GONE: Message = { error: { message: 'The browser is gone' } }
/** What Playwright asks of the browser for its default context, which it does not name. */
const OF_A_CONTEXT: ReadonlySet<string> = new Set([
  'Target.createTarget',
  'Storage.getCookies',
  'Storage.setCookies',
  'Storage.clearCookies',
  'Browser.grantPermissions',
  'Browser.resetPermissions',
  'Browser.setPermission',
  'Browser.setDownloadBehavior',
  'Browser.cancelDownload',
])
/** How Chromium says that a context is over. */
const NO_CONTEXT = /find (?:browser )?context/i

/** A context was asked for that the browser does not have. */
export class NoSuchContext extends Error {}
/** The ids of what is asked here; Playwright counts from 1. */
const FIRST_OWN_ID = 1_000_000_000

/**
 * Playwright's connection to a browser that others use at the same time, limited to the contexts that were made through it,
 * or to one that was there.
 *
 * By itself Playwright attaches to every new page and worker of the whole browser, holds it until it has been set up, and
 * answers its dialogs. Here it is attached, one by one, to the pages and workers of its own contexts; of others it hears
 * nothing, and they are never held. The price is that a popup is not held either: its first document is on its way
 * before it is attached to.
 */
export class ConfinedTransport {
  onmessage?: (message: object) => void
  onclose?: (reason?: string) => void
  #socket: EndpointSocket | undefined
  #closed = false
  /** Browser contexts that were made here, and the one that was taken on. */
  readonly #contexts = new Set<string>()
  /** A context of somebody else's that Playwright takes for the default one. */
  #takenOn: string | undefined
  /** Whether that one can end before its browser does. */
  #isExtra = false
  /** Targets that were attached to, or are being. */
  readonly #attached = new Map<string, Promise<Message>>()
  /** What Playwright asked of the browser itself whose answer means something here. */
  readonly #asked = new Map<number, Message>()
  readonly #own = new Map<number, (answer: Message) => void>()
  #lastId = FIRST_OWN_ID

  /** @throws Error without the endpoint's URL */
  static async connect(endpoint: string, timeoutMs: number): Promise<ConfinedTransport> {
    const transport = new ConfinedTransport()
    transport.#socket = await connectEndpoint(endpoint, timeoutMs, {
      message: (text) => transport.#read(text),
      closed: () => transport.close(),
    })
    return transport
  }

  /**
   * The same, with a context that somebody else made as the one that Playwright finds there.
   *
   * @param contextId - the browser's id of it; undefined for the browser's default context
   * @throws NoSuchContext, and an Error without the endpoint's URL
   */
  static async takeOn(
    endpoint: string,
    timeoutMs: number,
    contextId: string | undefined,
  ): Promise<ConfinedTransport> {
    const transport = await ConfinedTransport.connect(endpoint, timeoutMs)
    try {
      transport.#takenOn = await transport.#find(contextId)
      transport.#isExtra = contextId !== undefined
      transport.#contexts.add(transport.#takenOn)
      return transport
    } catch (error) {
      transport.close()
      throw error
    }
  }

  send(given: Message): void {
    const message = this.#scoped(given)
    const { id, sessionId, method } = message
    if (sessionId === undefined && id !== undefined) {
      if (method === 'Target.setAutoAttach') {
        this.#discover().then((answer) => this.#deliver({ ...answer, id }))
        return
      }
      // It would end the browser for everybody.
      if (method === 'Browser.close') {
        this.#deliver({ id, error: { message: 'The browser is not ours to close' } })
        return
      }
      if (method !== undefined && /^Target\.(?:create|dispose)/.test(method)) this.#asked.set(id, message)
    }
    this.#socket?.send(JSON.stringify(message))
  }

  /** Asks for ourselves: Playwright hears nothing of it. Never rejects; an error is part of the answer. */
  ask(method: string, params: Record<string, unknown>, sessionId?: string): Promise<Message> {
    if (this.#closed) return Promise.resolve(GONE)
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#own.set(id, resolve)
      this.#socket?.send(JSON.stringify({ id, method, params, sessionId }))
    })
  }

  /** Leaves the browser. The contexts that were made here end with the connection. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket?.destroy()
    for (const answer of this.#own.values()) answer(GONE)
    this.#own.clear()
    setImmediate(() => this.onclose?.())
  }

  /** What is meant for the default context is for the one that was taken on. */
  #scoped(message: Message): Message {
    const { sessionId, method = '', params = {} } = message
    if (this.#takenOn === undefined || sessionId !== undefined || !OF_A_CONTEXT.has(method)) return message
    return params['browserContextId'] === undefined
      ? { ...message, params: { ...params, browserContextId: this.#takenOn } }
      : message
  }

  /** Hears of targets from now on. Pages that are there already are attached to by then. */
  async #discover(): Promise<Message> {
    const answer = await this.ask('Target.setDiscoverTargets', { discover: true, filter: FILTER })
    await Promise.all(this.#attached.values())
    return answer
  }

  async #find(contextId: string | undefined): Promise<string> {
    const { result } = await this.ask('Target.getBrowserContexts', {})
    const others = (result?.['browserContextIds'] ?? []) as readonly string[]
    if (contextId !== undefined) {
      if (others.includes(contextId)) return contextId
      throw new NoSuchContext('The browser has no context of this id')
    }
    const known = result?.['defaultBrowserContextId'] ?? (await this.#defaultByItsPages(new Set(others)))
    if (typeof known === 'string') return known
    throw new NoSuchContext('The browser has no default context')
  }

  /** Older browsers name only the other contexts. */
  async #defaultByItsPages(others: ReadonlySet<string>): Promise<string | undefined> {
    const look = async () => {
      const { result } = await this.ask('Target.getTargets', { filter: FILTER })
      const targets = (result?.['targetInfos'] ?? []) as readonly TargetInfo[]
      return targets.find(({ browserContextId }) => browserContextId && !others.has(browserContextId))
    }
    const found = await look()
    if (found !== undefined) return found.browserContextId
    const made = await this.ask('Target.createTarget', { url: 'about:blank', background: true })
    const context = (await look())?.browserContextId
    await this.ask('Target.closeTarget', { targetId: made.result?.['targetId'] })
    return context
  }

  /** Its owner may have ended the context that was taken on, which no event says. */
  async #look(): Promise<void> {
    const { result } = await this.ask('Target.getBrowserContexts', {})
    const ids = [result?.['defaultBrowserContextId'], ...((result?.['browserContextIds'] ?? []) as string[])]
    if (result !== undefined && this.#takenOn !== undefined && !ids.includes(this.#takenOn)) this.close()
  }

  #read(text: string): void {
    try {
      this.#received(JSON.parse(text))
    } catch {
      this.close()
    }
  }

  #received(message: Message): void {
    const { id = 0, sessionId } = message
    if (this.#isExtra && message.error && NO_CONTEXT.test(message.error.message)) void this.#look()
    const own = this.#own.get(id)
    if (own) {
      this.#own.delete(id)
      own(message)
    } else if (sessionId !== undefined) this.#deliver(message)
    else if (id === 0) this.#reported(message)
    else this.#answered(id, message)
  }

  #answered(id: number, message: Message): void {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    const { result } = message
    if (asked?.method === 'Target.createBrowserContext' && result) {
      this.#contexts.add(result['browserContextId'] as string)
    }
    if (asked?.method === 'Target.disposeBrowserContext' && result) {
      this.#contexts.delete(asked.params?.['browserContextId'] as string)
    }
    if (asked?.method === 'Target.createTarget' && result) {
      // Playwright expects to be attached by the time that it hears of a page that it asked for.
      this.#attach(result['targetId'] as string).then(({ error }) =>
        this.#deliver(error ? { id, error } : message),
      )
      return
    }
    this.#deliver(message)
  }

  /** An event of the browser itself. */
  #reported(event: Message): void {
    switch (event.method) {
      case 'Target.targetCreated': {
        const { targetInfo } = event.params as { targetInfo: TargetInfo }
        const { targetId, type, subtype, browserContextId } = targetInfo
        if (!this.#contexts.has(browserContextId ?? '')) return
        if (type === 'service_worker' || (type === 'page' && !subtype)) this.#attach(targetId)
        return
      }
      case 'Target.targetInfoChanged':
      case 'Target.targetDestroyed':
      case 'Target.targetCrashed':
        return
      case 'Target.detachedFromTarget':
        this.#attached.delete(event.params?.['targetId'] as string)
        if (this.#isExtra) void this.#look()
    }
    this.#deliver(event)
  }

  #attach(targetId: string): Promise<Message> {
    let attached = this.#attached.get(targetId)
    if (!attached) {
      attached = this.ask('Target.attachToTarget', { targetId, flatten: true }).then((answer) => {
        if (answer.error) this.#attached.delete(targetId)
        return answer
      })
      this.#attached.set(targetId, attached)
    }
    return attached
  }

  /** One after the other: what one sets up has to be there for the next. */
  #deliver(message: Message): void {
    setImmediate(() => this.onmessage?.(message))
  }
}
