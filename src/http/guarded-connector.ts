import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { buildConnector } from 'undici'
import type { ConnectionFacts, HttpObserver } from './http-observer.ts'
import type { Pins } from './pins.ts'
import { TLS_CIPHERS } from './tls-settings.ts'
import { watchConnection } from './used-connection.ts'

export interface ConnectionGuard {
  readonly pins: Pins | undefined
  readonly observer: HttpObserver | undefined
  /** What the user's own TLS settings say otherwise than `TLS_SETTINGS`. */
  readonly tls: Pick<ConnectionOptions, 'minVersion' | 'maxVersion' | 'ciphers'>
}

type Connector = buildConnector.connector

/**
 * A connector that looks at each new connection before anything is sent over it: the key has to be the pinned one, and the
 * observer is notified.
 */
export function guardedConnector(connector: Connector, guard: ConnectionGuard): Connector {
  const { pins, observer } = guard
  return (to, callback) =>
    dialed(connector, to, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null)
        return
      }
      watchConnection(socket)
      try {
        pins?.check(to.hostname, originOf(to), (socket as Partial<TLSSocket>).getPeerX509Certificate?.())
        if (observer !== undefined) observer.onConnection(factsOf(to, socket as Partial<TLSSocket>, guard))
      } catch (refused) {
        socket.on('error', () => {}).destroy()
        callback(refused as Error, null)
        return
      }
      callback(null, socket)
    })
}

/** A connector of the user's may throw, or reject when it is async: the connection has failed then, and is reported once. */
function dialed(connector: Connector, to: buildConnector.Options, callback: buildConnector.Callback): void {
  let answered = false
  const answer: buildConnector.Callback = (...result) => {
    if (answered) return
    answered = true
    callback(...result)
  }
  const failed = (error: unknown) => answer(error instanceof Error ? error : new Error(String(error)), null)
  try {
    const result: unknown = connector(to, answer)
    if (result instanceof Promise) result.catch(failed)
  } catch (error) {
    failed(error)
  }
}

function factsOf(
  to: buildConnector.Options,
  socket: Partial<TLSSocket>,
  { tls }: ConnectionGuard,
): ConnectionFacts {
  const tlsVersion = socket.getProtocol?.() ?? null
  const suite = tlsVersion === null ? undefined : socket.getCipher?.()
  return {
    origin: originOf(to),
    tlsVersion,
    cipher: suite?.standardName ?? null,
    alpn: socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1',
    consistent:
      tlsVersion === null ? to.protocol !== 'https:' : isAllowed(tlsVersion, suite?.name ?? '', tls),
  }
}

function originOf({ protocol, host, hostname }: buildConnector.Options): string {
  return `${protocol}//${host ?? hostname}`
}

/** Versions compare as texts: `TLSv1`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`. */
function isAllowed(version: string, cipher: string, tls: ConnectionGuard['tls']): boolean {
  const { minVersion, maxVersion, ciphers } = tls
  if (version < (minVersion ?? '') || version > (maxVersion ?? version)) return false
  const names = ciphers?.split(':') ?? TLS_CIPHERS
  // A list with rules in it (`HIGH:!aNULL`) names no suite; OpenSSL has held to it.
  return names.includes(cipher) || !names.every((name) => KNOWN.has(name))
}

const KNOWN: ReadonlySet<string> = new Set(TLS_CIPHERS)
