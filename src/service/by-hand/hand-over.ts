import type { Page } from 'playwright'
import type { WebSocket } from 'ws'
import type { HandOverState } from '../../client/index.ts'
import { OneTimeLink } from './one-time-link.ts'
import { PageView } from './page-view.ts'
import { readPersonMessage } from './person-message.ts'

/** Why a link is over. */
export type HandOverEnd = Exclude<HandOverState, 'made' | 'opened'>

export interface HandOverOptions {
  readonly page: Page
  /**
   * Keeps what happens to the link in the audit trail.
   *
   * @throws OnejarError ONEJAR_AUDIT_FAILED, for `made` and `opened`: then it does not happen
   */
  readonly audit: (state: HandOverState) => void
  readonly onEnd: (why: HandOverEnd) => void
}

/** More than a hand does. */
const MAX_MESSAGES_A_SECOND = 2_000
/** Codes of our own (RFC 6455, 7.4.2): another window of the same browser has taken over; it does not keep to the protocol. */
const CLOSE = { over: 1000, replaced: 4001, strange: 4002 } as const

/** A page that is shown to a person by a link: from its making until it is over. */
export class HandOver {
  readonly id: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  readonly #options: HandOverOptions
  readonly #link: OneTimeLink
  readonly #timer: NodeJS.Timeout
  #socket: WebSocket | undefined
  #view: PageView | undefined
  #over = false

  private constructor(link: OneTimeLink, options: HandOverOptions) {
    this.#link = link
    this.#options = options
    this.id = link.id
    const lifeMs = link.endsAt - performance.now()
    this.expiresAt = Math.floor(Date.now() + lifeMs)
    this.#timer = setTimeout(() => this.end('expired'), lifeMs).unref()
  }

  /** A new one, and the token of its link. @throws OnejarError ONEJAR_AUDIT_FAILED */
  static make(options: HandOverOptions): { readonly handOver: HandOver; readonly token: string } {
    options.audit('made')
    const { link, token } = OneTimeLink.make(performance.now())
    return { handOver: new HandOver(link, options), token }
  }

  get over(): boolean {
    return this.#over
  }

  /** In how many milliseconds it is over. */
  get leftMs(): number {
    return Math.max(0, this.#link.endsAt - performance.now())
  }

  /** Exchanges the token for a cookie's value; null where that does not work (any more). @throws OnejarError ONEJAR_AUDIT_FAILED */
  claim(token: string): string | null {
    const cookie = this.#link.claim(token, performance.now())
    if (cookie === null) return null
    try {
      this.#options.audit('opened')
    } catch (error) {
      this.end('closed')
      throw error
    }
    return cookie
  }

  /** Whether a browser with this cookie may see the page. */
  admits(cookie: string | undefined): boolean {
    return this.#link.admits(cookie, performance.now())
  }

  /** Shows the page over a socket whose browser was admitted. One at a time: a window that was opened again takes over. */
  connect(socket: WebSocket): void {
    this.#socket?.close(CLOSE.replaced)
    void this.#view?.close()
    const view = new PageView(this.#options.page, {
      onFrame: (jpeg) => socket.send(jpeg),
      onFacts: (facts) => send(socket, { type: 'page', ...facts, leftMs: this.leftMs }),
      onGone: () => this.end('closed'),
    })
    this.#socket = socket
    this.#view = view
    let second = 0
    let messages = 0
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      const now = Math.floor(performance.now() / 1_000)
      messages = now === second ? messages + 1 : 1
      second = now
      if (isBinary || messages > MAX_MESSAGES_A_SECOND) socket.close(CLOSE.strange)
      else this.#receive(data.toString(), view, socket)
    })
    // What the other end does wrong is no fault here.
    socket.on('error', () => socket.terminate())
    socket.once('close', () => void view.close())
  }

  /** Nobody sees the page by this link any more. Idempotent. */
  end(why: HandOverEnd): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#link.end()
    const socket = this.#socket
    if (socket !== undefined) {
      send(socket, { type: 'over', why })
      socket.close(CLOSE.over)
    }
    void this.#view?.close()
    this.#options.audit(why)
    this.#options.onEnd(why)
  }

  #receive(text: string, view: PageView, socket: WebSocket): void {
    const message = readPersonMessage(text)
    if (message === null) socket.close(CLOSE.strange)
    else if (message.type === 'size') view.resize(message.width, message.height)
    else if (message.type === 'shown') view.acknowledge()
    else if (message.type === 'reload') view.reload()
    else if (message.type === 'close-popup') view.closePopup()
    else if (message.type === 'done') this.end('done')
    else if (message.type === 'give-up') this.end('given-up')
    else view.input(message)
  }
}

function send(socket: WebSocket, message: Readonly<Record<string, unknown>>): void {
  socket.send(JSON.stringify(message))
}
