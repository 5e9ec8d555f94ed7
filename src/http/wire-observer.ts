import type { ResponseHeaders } from './ports.ts'
import type { HeaderList } from './request-headers.ts'

/** A request as it goes out: one hop. */
export interface WireRequest {
  readonly method: string
  readonly url: URL
  readonly headers: HeaderList
  /** The bytes of the body, where they are there at once. */
  readonly body: string | Uint8Array | null
}

/** Notified of what comes for one hop, as it is on the wire. Called synchronously; must not throw. */
export interface WireExchange {
  onHead(status: number, statusText: string, headers: ResponseHeaders, httpVersion: string): void
  /** Bytes of the body, encoded as they come. */
  onData(chunk: Buffer): void
  onEnd(): void
  onError(error: unknown): void
}

/** Sees the requests of a session as they are on the wire, for a recording. */
export interface WireObserver {
  /** A hop goes out. Called synchronously; must not throw. */
  begin(request: WireRequest): WireExchange
}

/** The bytes of a body that undici gets, where it is no stream. */
export function bytesAtHand(payload: unknown): string | Uint8Array | null {
  return typeof payload === 'string' || payload instanceof Uint8Array ? payload : null
}
