import { DEFAULT_HEADERS } from './hop-headers.ts'
import type { IdentitySource } from './http-request.ts'

/** An identity that may become known while a request is under way: until then nothing of one is shown. */
export function lateIdentity(get: () => IdentitySource | undefined): IdentitySource {
  return {
    headersFor: (url, context) => get()?.headersFor(url, context) ?? DEFAULT_HEADERS,
    priorityFor: (context) => get()?.priorityFor?.(context),
  }
}
