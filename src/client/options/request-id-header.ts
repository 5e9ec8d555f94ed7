import { z } from 'zod'

/** A header with a random id of the session, on each of its requests. */
export interface RequestIdHeaderOptions {
  /** The header's name, such as `X-Request-Id`. */
  name: string
  /**
   * The origins that get it, over HTTP and from pages: `['https://api.example']`. Default: every origin over HTTP, and none from
   * pages.
   */
  origins?: string[] | undefined
}

/** Those that mean something to HTTP itself, to proxies or to the session. */
const RESERVED =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|keep-alive|expect|cookie2?|authorization|proxy-.*|sec-.*|range|if-.*|accept.*|user-agent|origin|referer|signature.*)$/i

const headerName = z
  .string()
  .max(64)
  .regex(/^[!#$%&'*+\-.^_`|~\w]+$/, 'expected a header name')
  .refine((name) => !RESERVED.test(name), 'expected a name that means nothing else, such as X-Request-Id')

const webOrigin = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .transform((text) => new URL(text).origin)

export const requestIdHeaderSchema = z.union([
  headerName.transform((name) => ({ name, origins: undefined })),
  z.strictObject({ name: headerName, origins: z.array(webOrigin).min(1).max(1000).optional() }),
])

/** The option with its defaults. */
export type RequestIdHeader = z.output<typeof requestIdHeaderSchema>
