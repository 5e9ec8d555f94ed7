import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { HandOver } from './hand-over.ts'
import { MAX_MESSAGE_BYTES } from './person-message.ts'

export interface LiveSockets {
  /** Whether WebSockets are taken at all: without it, a request that offers another protocol is answered as it is. */
  listen(wanted: boolean): void
  close(): void
}

/**
 * The WebSockets of a server, for those who may see what a link shows.
 *
 * @param admitted - what a request may see; undefined for nothing, and it is refused
 */
export function openLiveSockets(
  server: Server,
  admitted: (id: string, headers: IncomingMessage['headers']) => HandOver | undefined,
): LiveSockets {
  // Loaded when somebody is to see something.
  let sockets: Promise<WebSocketServer> | undefined
  const open = async () => {
    const { WebSocketServer } = await import('ws')
    return new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  }
  const onUpgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const id = /^\/by-hand\/([\w-]{1,64})\/live$/.exec(request.url ?? '')?.[1]
    const handOver = id === undefined ? undefined : admitted(id, request.headers)
    if (handOver === undefined) return void socket.end(REFUSED)
    sockets ??= open()
    const taking = await sockets
    taking.handleUpgrade(request, socket, head, (live) => {
      if (handOver.over) live.close()
      else handOver.connect(live)
    })
  }
  const listener = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    void onUpgrade(request, socket, head).catch(() => socket.destroy())
  return {
    listen(wanted) {
      server.off('upgrade', listener)
      if (wanted) server.on('upgrade', listener)
    },
    close() {
      server.off('upgrade', listener)
      void sockets?.then((taking) => {
        taking.close()
        for (const live of taking.clients) {
          // The last word is on its way to the person.
          live.close()
          setTimeout(() => live.terminate(), LAST_WORD_MS).unref()
        }
      })
    },
  }
}

/** How long a browser may take to hear that it is over. */
const LAST_WORD_MS = 1_000

const REFUSED = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
