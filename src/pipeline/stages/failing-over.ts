import { isOnejarError, type OnejarError } from '../../core/index.ts'
import { hasOneShotBody, type Stage } from '../../routing/index.ts'
import type { NetworkPath } from '../../services/index.ts'

/** As often at most for one request, however many proxies there are. */
const MAX_CHANGES = 16

/** What a proxy answers when it is the site that cannot be reached: of CONNECT, and of SOCKS5. */
const SITES_FAULT: ReadonlySet<unknown> = new Set([502, 503, 504, 3, 4, 5, 6])

/** Sends a request through another proxy when the session's has failed, where the row of the proxy says so. */
export function failingOver(network: NetworkPath): Stage {
  return (next) => async (request) => {
    const startedAt = performance.now()
    for (let changes = 0; ; changes++) {
      const { way } = network
      const timeoutMs = Math.max(1, request.timeoutMs - (performance.now() - startedAt))
      try {
        return await next(changes === 0 ? request : { ...request, timeoutMs })
      } catch (error) {
        const isOver = changes === MAX_CHANGES || timeoutMs <= 1
        if (isOver || !isProxysFault(error) || !(await network.failOver(way)) || hasOneShotBody(request))
          throw error
      }
    }
  }
}

function isProxysFault(error: unknown): error is OnejarError {
  return isOnejarError(error, 'ONEJAR_PROXY_FAILED') && !SITES_FAULT.has(error.details['status'])
}
