import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

type Connector = buildConnector.connector

/** A connection that counts. */
interface Held {
  readonly socket: Socket
  readonly origin: string
  /** Whether nothing is sent on it, nor waits to be. */
  isIdle: () => boolean
}

/**
 * How many connections there may be in all, whichever transport they are of. One more waits: each origin in its order gets one, and within one it
 * is first come, first served. Where there is no room, a connection that is at rest is closed for one that waits.
 */
export class SocketBudget {
  readonly #max: number
  readonly #held = new Map<Socket, Held>()
  /** By origin, the one whose turn it is first. */
  readonly #waiting = new Map<string, (() => void)[]>()
  /** Connections that are being made. */
  #opening = 0

  /** @param max - at least 1 */
  constructor(max: number) {
    this.#max = max
  }

  /** How many connections there are, those that are being made included. */
  get open(): number {
    return this.#held.size + this.#opening
  }

  /**
   * A connector that waits in line. A request that is given up meanwhile ends by its own deadline: the connection that was to
   * carry it is made when there is room, and serves the next.
   */
  connector(connect: Connector): Connector {
    return (to, callback) => {
      const origin = `${to.protocol}//${to.host ?? to.hostname}`
      const dial = () => {
        this.#opening++
        let isOver = false
        const over: buildConnector.Callback = (...result) => {
          if (isOver) return
          isOver = true
          this.#opening--
          const [error, socket] = result
          if (error === null) this.#hold({ socket, origin, isIdle: never })
          else this.#next()
          callback(...result)
        }
        try {
          const dialed: unknown = connect(to, over)
          if (dialed instanceof Promise) dialed.catch((error) => over(asError(error), null))
        } catch (error) {
          over(asError(error), null)
        }
      }
      if (this.open < this.#max && this.#waiting.size === 0) dial()
      else this.#wait(origin, dial)
    }
  }

  /** A counted connection has come to whoever sends on it. @param isIdle - whether it may be closed for another one */
  taken(socket: Socket, isIdle: () => boolean): void {
    const held = this.#held.get(socket)
    if (held === undefined) return
    held.isIdle = isIdle
    if (this.#waiting.size > 0) this.#makeRoom()
  }

  /** A connection may have come to rest. Costs nothing while none waits. */
  rested(): void {
    if (this.#waiting.size > 0) this.#makeRoom()
  }

  #hold(held: Held): void {
    if (held.socket.destroyed) {
      this.#next()
      return
    }
    this.#held.set(held.socket, held)
    held.socket.once('close', () => {
      this.#held.delete(held.socket)
      this.#next()
    })
  }

  #wait(origin: string, dial: () => void): void {
    const queue = this.#waiting.get(origin)
    if (queue === undefined) this.#waiting.set(origin, [dial])
    else queue.push(dial)
    this.#makeRoom()
  }

  #next(): void {
    while (this.open < this.#max && this.#waiting.size > 0) {
      const [[origin, queue]] = this.#waiting as unknown as [[string, (() => void)[]]]
      this.#waiting.delete(origin)
      const dial = queue.shift()
      if (queue.length > 0) this.#waiting.set(origin, queue)
      dial?.()
    }
    if (this.#waiting.size > 0) this.#makeRoom()
  }

  /** Closes a connection at rest, the oldest first: rather one of an origin that nobody waits for. */
  #makeRoom(): void {
    if (this.open < this.#max) {
      this.#next()
      return
    }
    let idle: Held | undefined
    for (const held of this.#held.values()) {
      // One goes already.
      if (held.socket.destroyed) return
      if (!held.isIdle()) continue
      if (!this.#waiting.has(held.origin)) {
        idle = held
        break
      }
      idle ??= held
    }
    idle?.socket.destroy()
  }
}

const never = () => false

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
