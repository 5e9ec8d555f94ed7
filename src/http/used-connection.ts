import type { Socket } from 'node:net'
import { errors } from 'undici'

const BROKEN: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE'])

/** Errors of connections that had given an answer before. */
const noted = new WeakSet<Error>()

/** Has the errors of a connection remembered for `brokeWhenUsedAgain`. */
export function watchConnection(socket: Socket): void {
  socket.once('error', note)
}

/**
 * Whether a request failed because its connection, which had served others before, broke: most likely the server was closing it
 * as idle while the request was on its way.
 */
export function brokeWhenUsedAgain(error: Error): boolean {
  if (noted.has(error)) return true
  // An HTTP/2 stream that ends without an answer: its connection went, or its server wants no more on it.
  if (error instanceof errors.InformationalError) return error.message.includes('half-closed')
  return error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0
}

function note(this: Socket, error: Error): void {
  // undici destroys a socket with what it thinks of it: a timeout is no broken connection.
  if (this.bytesRead > 0 && BROKEN.has((error as NodeJS.ErrnoException).code)) noted.add(error)
}
