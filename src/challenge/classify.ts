import { onDemand, parseOptions } from '../core/index.ts'
import { Classifier, type ClassifierOptions } from './classifier.ts'
import type { Verdict } from './verdict.ts'

/** A response as somebody has kept it: from a log, a HAR file, another client. */
export interface RecordedResponse {
  /** The URL that answered, after redirects. */
  readonly url: string | URL
  /** Default: GET. */
  readonly method?: string
  /** The status, 100 to 999. */
  readonly status: number
  /** The headers, with names in any case. Default: none. */
  readonly headers?:
    | Headers
    | Readonly<Record<string, string | readonly string[]>>
    | ReadonlyArray<readonly [string, string]>
  /** Decoded: without gzip and the like. Bytes, or a text, which is taken for UTF-8. Default: none. */
  readonly body?: Uint8Array | string
}

const zod = onDemand<typeof import('zod')>('zod')
let schema: ReturnType<typeof responseSchema> | undefined

function responseSchema() {
  const { z } = zod()
  const headerList = z.array(z.tuple([z.string(), z.string()]))
  return z.strictObject({
    url: z.union([z.url(), z.instanceof(URL).transform(({ href }) => href)]),
    method: z.string().min(1).default('GET'),
    status: z.int().min(100).max(999),
    headers: z
      .union([
        z.instanceof(Headers).transform((headers) => [...headers]),
        headerList,
        z
          .record(z.string(), z.union([z.string(), z.array(z.string())]))
          .transform((headers) =>
            Object.entries(headers).flatMap(([name, values]) =>
              [values].flat().map((value): [string, string] => [name, value]),
            ),
          ),
      ])
      .default([]),
    body: z.union([z.instanceof(Uint8Array), z.string()]).default(''),
  })
}

let shipped: Classifier | undefined

/**
 * Says what a recorded response is, how sure that is, and why, as Onejar does for responses that it fetches itself. It is
 * pure: nothing is fetched, and no clock is read.
 *
 * @param options - `signals`: rows beside those that Onejar ships with
 * @throws OnejarError ONEJAR_BAD_OPTIONS when the response or a row does not have the form of one
 * @example
 * ```ts
 * import { classify, explain } from 'onejar'
 *
 * const verdict = classify({
 *   url: 'https://shop.example/',
 *   status: 403,
 *   headers: { 'cf-mitigated': 'challenge', 'content-type': 'text/html' },
 *   body: '<title>Just a moment...</title>',
 * })
 * if (verdict.kind !== 'ok') console.log(explain(verdict))
 * ```
 */
export function classify(response: RecordedResponse, options?: ClassifierOptions): Verdict {
  schema ??= responseSchema()
  const { url, method, status, headers, body } = parseOptions(schema, response, 'classify()')
  const byName = new Map<string, string | string[]>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    const held = byName.get(key)
    byName.set(key, held === undefined ? value : [held, value].flat())
  }
  shipped ??= new Classifier()
  const classifier = options === undefined ? shipped : new Classifier(options)
  const head = { url, method: method.toUpperCase(), statusCode: status, headers: Object.fromEntries(byName) }
  return classifier.judgeWhole(head, typeof body === 'string' ? Buffer.from(body) : body)
}
