/**
 * Whether a request was made by a page of this service itself, and by no other site's: what changes something, and a
 * WebSocket, which no rule of the browser's keeps to its own origin.
 *
 * @param publicUrl - where browsers reach the service; undefined where they reach it as it listens
 */
export function isOwnOrigin(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  publicUrl: URL | undefined,
): boolean {
  const { host, origin } = headers
  if (origin === undefined || !URL.canParse(origin)) return false
  if (publicUrl !== undefined) return origin === publicUrl.origin
  return host !== undefined && new URL(origin).host === host.toLowerCase()
}
