import type { CDPSession } from 'playwright'

type Params = Record<string, unknown>
type Handler = (params: Params) => void

/** A way to talk to one DevTools target, whether Playwright's own session or one nested in another. */
export interface CdpLink {
  send<Result = Params>(method: string, params?: Params): Promise<Result>
  on(event: string, handler: Handler): void
  /** Stops listening and gives the session back; safe to call twice and after the target is gone. */
  close(): void
}

/** Playwright's session as a link: methods and events by name. */
export class SessionLink implements CdpLink {
  readonly #session: CDPSession
  readonly #handlers: Array<[string, Handler]> = []

  constructor(session: CDPSession) {
    this.#session = session
  }

  send<Result>(method: string, params: Params = {}): Promise<Result> {
    return this.#session.send(method as 'Page.enable', params as never) as unknown as Promise<Result>
  }

  on(event: string, handler: Handler): void {
    this.#handlers.push([event, handler])
    this.#session.on(event as 'Page.loadEventFired', handler as never)
  }

  close(): void {
    for (const [event, handler] of this.#handlers.splice(0)) {
      this.#session.off(event as 'Page.loadEventFired', handler as never)
    }
    this.#session.detach().catch(() => {})
  }
}

/**
 * A target that was attached through its parent (an out-of-process frame): its messages travel inside the parent's,
 * because Playwright passes on no events of sessions that it did not open itself.
 */
export class NestedLink implements CdpLink {
  readonly #parent: CdpLink
  readonly #sessionId: string
  readonly #handlers = new Map<string, Handler[]>()
  readonly #waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  #nextId = 0
  #closed = false

  constructor(parent: CdpLink, sessionId: string) {
    this.#parent = parent
    this.#sessionId = sessionId
  }

  send<Result>(method: string, params: Params = {}): Promise<Result> {
    if (this.#closed) return Promise.reject(new Error('The target is gone'))
    const id = ++this.#nextId
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#parent
        .send('Target.sendMessageToTarget', {
          sessionId: this.#sessionId,
          message: JSON.stringify({ id, method, params }),
        })
        .catch((error: Error) => {
          this.#waiting.delete(id)
          reject(error)
        })
    })
  }

  on(event: string, handler: Handler): void {
    const handlers = this.#handlers.get(event)
    if (handlers) handlers.push(handler)
    else this.#handlers.set(event, [handler])
  }

  /** Takes a message that the parent received for this target. */
  receive(message: string): void {
    const { id, method, params, result, error } = JSON.parse(message)
    if (id === undefined) {
      for (const handler of this.#handlers.get(method) ?? []) handler(params)
      return
    }
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new Error(error.message))
    else waiting?.resolve(result as never)
  }

  close(): void {
    this.#closed = true
    this.#handlers.clear()
    for (const { reject } of this.#waiting.values()) reject(new Error('The target is gone'))
    this.#waiting.clear()
  }
}
