import { OnejarError } from '../../core/index.ts'

/** A browser that was rented: where it is, and what ends that. */
export interface RentedEndpoint {
  /** The DevTools address of a running Chromium: `ws(s)://`, or `http(s)://`, where it is asked for that. It may hold a token. */
  readonly url: string
  /** Gives the browser back. It is called once for each browser, whatever happens. */
  readonly release: () => unknown
}

/**
 * Rents a browser.
 *
 * @param call - `signal` fires when nobody waits for it any more: what is returned after that is given back at once
 */
export type EndpointFunction = (call: { readonly signal: AbortSignal }) => Promise<RentedEndpoint>

/** What a call of `endpoint()` returned. */
export interface EndpointAnswer {
  /** To be called once; undefined where there is none. */
  readonly release: (() => unknown) | undefined
  /** @throws OnejarError ONEJAR_BAD_OPTIONS saying what to return */
  url(): string
}

const EXPECTED =
  "return { url, release }: the browser's DevTools address, and the function that gives the browser back"

/** Takes what `endpoint()` returned, whatever it is. */
export function endpointAnswer(value: unknown): EndpointAnswer {
  const { url, release } = read(value)
  return {
    release: typeof release === 'function' ? () => release.call(value) : undefined,
    url: () => {
      if (typeof value !== 'object' || value === null) throw bad(`it returned ${kindOf(value)}`)
      if (url === undefined) throw bad('there is no url in what it returned')
      if (typeof url !== 'string') throw bad(`url is ${kindOf(url)}`)
      const protocol = URL.parse(url)?.protocol
      if (protocol === undefined || !/^(?:wss?|https?):$/.test(protocol))
        throw bad('url is no address of ws, wss, http or https')
      if (typeof release !== 'function')
        throw bad(
          release === undefined ? 'there is no release in what it returned' : `release is ${kindOf(release)}`,
        )
      return url
    },
  }
}

/** A getter or a proxy can throw. */
function read(value: unknown): { readonly url?: unknown; readonly release?: unknown } {
  try {
    const { url, release } = (value ?? {}) as Partial<RentedEndpoint>
    return { url, release }
  } catch {
    return {}
  }
}

/** Without the value itself: it may be a secret in the wrong place. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return value === undefined ? 'undefined' : `of type ${typeof value}`
}

function bad(why: string): OnejarError {
  return new OnejarError('ONEJAR_BAD_OPTIONS', `browser.endpoint(): ${why}; ${EXPECTED}`)
}
