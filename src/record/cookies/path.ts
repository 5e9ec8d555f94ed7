/**
 * The path of a cookie: the Path attribute when it begins with a slash, else the directory of the request's path
 * (RFC 6265bis 5.1.4). Neither is decoded or encoded.
 */
export function cookiePath(attribute: string | undefined, requestPath: string): string {
  if (attribute?.startsWith('/')) return attribute
  const slash = requestPath.lastIndexOf('/')
  return slash <= 0 ? '/' : requestPath.slice(0, slash)
}

/** Whether a request's path is a cookie's path or below it (RFC 6265bis 5.1.4): byte for byte, undecoded. */
export function pathMatches(requestPath: string, path: string): boolean {
  if (!requestPath.startsWith(path)) return false
  return (
    requestPath.length === path.length || path.endsWith('/') || requestPath.charCodeAt(path.length) === 0x2f
  )
}
