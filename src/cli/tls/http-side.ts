import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { openTls } from '../../http/index.ts'
import { errorClass } from '../../telemetry/index.ts'
import type { HelloListener } from './hello-listener.ts'
import { NO_CONNECTION, type Side, shownChain } from './side.ts'

const MAX_CHAIN = 10

/** The side of requests over HTTP: a connection to the site over which nothing is sent, and one to the listener. */
export async function httpSide(url: URL, listener: HelloListener, timeoutMs: number): Promise<Side> {
  const fingerprint = await listener.measure(() => openTls(listener.url, timeoutMs), timeoutMs)
  let socket: TLSSocket
  try {
    socket = await openTls(url, timeoutMs)
  } catch (error) {
    return { ...NO_CONNECTION, fingerprint, fault: errorClass(error) }
  }
  try {
    const fault = socket.authorized ? null : String(socket.authorizationError)
    return {
      version: socket.getProtocol(),
      cipher: socket.getCipher().standardName,
      alpn: socket.alpnProtocol || 'http/1.1',
      chain: shownChain(chainOf(socket.getPeerCertificate(true))),
      fingerprint,
      fault,
    }
  } finally {
    socket.destroy()
  }
}

/** A root is its own issuer. */
function chainOf(first: DetailedPeerCertificate): Buffer[] {
  const ders: Buffer[] = []
  for (
    let at: DetailedPeerCertificate | undefined = first;
    at?.raw !== undefined;
    at = at.issuerCertificate
  ) {
    if (ders.some((der) => der.equals(at!.raw)) || ders.length >= MAX_CHAIN) break
    ders.push(at.raw)
  }
  return ders
}
