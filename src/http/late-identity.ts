import { packageVersion } from '../core/index.ts'
import { DEFAULT_HEADERS } from './hop-headers.ts'
import type { IdentitySource } from './http-request.ts'

/**
 * An identity that may become known while a request is under way: until then a request names this library, and nothing of a
 * browser.
 */
export function lateIdentity(get: () => IdentitySource | undefined): IdentitySource {
  const plain = ['User-Agent', `Onejar/${packageVersion()}`, ...DEFAULT_HEADERS]
  return {
    headersFor: (url, context) => get()?.headersFor(url, context) ?? plain,
    priorityFor: (context) => get()?.priorityFor?.(context),
  }
}
