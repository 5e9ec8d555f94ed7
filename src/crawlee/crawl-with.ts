import type { BaseHttpClient, Session as CrawleeSession, SessionPoolOptions } from '@crawlee/core'
import type { BrowserType, Page, Response } from 'playwright'
import type { Broker, RequestOptions, Session, SessionOptions } from '../client/index.ts'
import { OnejarError, unknownKey } from '../core/index.ts'
import { challengeHook } from './challenge-hook.ts'
import { type CrawlTarget, OnejarHttpClient } from './http-client.ts'
import { Identities } from './identities.ts'
import { postLaunchHook, preLaunchHook, sessionLauncher } from './session-launcher.ts'

/** Options of `crawlWith()`. */
export interface CrawlOptions {
  /**
   * The sessions that the crawl uses: their ids, or how many, which are then called `crawlee-1`, `crawlee-2` and so on. A site
   * shows its challenge to each. Default: 1.
   */
  readonly sessions?: number | readonly string[]
  /** How `broker.session()` opens each of them: tenant, proxy and others. Default: nothing. */
  readonly sessionOptions?: SessionOptions | ((id: string) => SessionOptions)
  /** Options of each request, such as `expect`, `robots` or `context`. Default: `{ retry: false }`, as Crawlee makes the attempts. */
  readonly requestOptions?: RequestOptions
  /** Further options of Crawlee's session pool; those that the bridge needs are its own. Default: nothing. */
  readonly sessionPoolOptions?: SessionPoolOptions
}

/** What `crawlWith()` returns: options to spread into Crawlee's crawlers. */
export interface CrawleeBridge {
  /** For CheerioCrawler, HttpCrawler, JSDOMCrawler, LinkeDOMCrawler and BasicCrawler. */
  readonly http: {
    readonly httpClient: BaseHttpClient
    readonly sessionPoolOptions: SessionPoolOptions
  }
  /** For PlaywrightCrawler: its pages are those of the sessions. */
  readonly browser: {
    readonly sessionPoolOptions: SessionPoolOptions
    readonly persistCookiesPerSession: false
    readonly launchContext: { readonly launcher: BrowserType; readonly useIncognitoPages: false }
    readonly browserPoolOptions: {
      readonly useFingerprints: false
      preLaunchHooks: ((pageId: string, launchContext: object) => void)[]
      postLaunchHooks: ((pageId: string, controller: object) => void)[]
    }
    postNavigationHooks: ((context: {
      page: Page
      request: { url: string }
      response?: Response | undefined
      session?: CrawleeSession | undefined
    }) => Promise<void>)[]
  }
  /**
   * The Onejar session behind one of Crawlee's, as a request handler gets it.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS for a session that the bridge did not make
   */
  sessionOf(session: CrawleeSession | undefined): Session
}

const OPTIONS: readonly (keyof CrawlOptions)[] = [
  'sessions',
  'sessionOptions',
  'requestOptions',
  'sessionPoolOptions',
]

/**
 * Runs Crawlee's crawlers on sessions of Onejar: requests go over HTTP, to the browser where a site demands it, and back; pages
 * of a PlaywrightCrawler share cookies and storage with them. Crawlee 3.18 has to be installed beside Onejar.
 *
 * The call itself opens nothing. The sessions stay open until the broker is closed.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS. In a crawl, an error that another attempt cannot mend is a NonRetryableError of
 * Crawlee's, one that another session may mend a SessionError; `code` is there, and `cause` is the OnejarError
 * @example
 * ```ts
 * import { CheerioCrawler } from '@crawlee/cheerio'
 * import { crawlWith } from 'onejar/crawlee'
 *
 * const crawler = new CheerioCrawler({
 *   ...crawlWith(broker).http,
 *   requestHandler: ({ $, request }) => console.log(request.url, $('h1').text()),
 * })
 * await crawler.run(['https://example.com/'])
 * ```
 */
export function crawlWith(broker: Broker, options: CrawlOptions = {}): CrawleeBridge {
  if (typeof (broker as Partial<Broker> | null | undefined)?.session !== 'function')
    throw unfit('expected a broker, as openBroker() gives it')
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name as keyof CrawlOptions)) throw unfit(unknownKey(name, OPTIONS))
  const { sessionOptions = {}, requestOptions, sessionPoolOptions } = options
  const optionsOf = typeof sessionOptions === 'function' ? sessionOptions : () => sessionOptions
  const identities = new Identities(idsOf(options.sessions ?? 1), (id) => broker.session(id, optionsOf(id)))
  const poolOptions = identities.poolOptions(sessionPoolOptions)
  const target: CrawlTarget = {
    sessionOf: (session) => identities.sessionFor(session),
    anotherIsFree: (session, url) => identities.anotherIsFree(session, url),
    requestOptions: { retry: false, ...requestOptions },
  }
  const sessionOf = (session: CrawleeSession | undefined) => identities.sessionOf(session)
  return {
    http: { httpClient: new OnejarHttpClient(target), sessionPoolOptions: poolOptions },
    browser: {
      sessionPoolOptions: poolOptions,
      persistCookiesPerSession: false,
      launchContext: { launcher: sessionLauncher(sessionOf), useIncognitoPages: false },
      browserPoolOptions: {
        useFingerprints: false,
        preLaunchHooks: [preLaunchHook],
        postLaunchHooks: [postLaunchHook],
      },
      postNavigationHooks: [challengeHook(sessionOf)],
    },
    sessionOf,
  }
}

function idsOf(sessions: unknown): readonly string[] {
  if (Number.isInteger(sessions) && (sessions as number) > 0 && (sessions as number) <= 10_000)
    return Array.from({ length: sessions as number }, (_, at) => `crawlee-${at + 1}`)
  const ids = Array.isArray(sessions) ? [...new Set(sessions as unknown[])] : []
  if (ids.length > 0 && ids.every((id) => typeof id === 'string')) return ids as string[]
  throw unfit('sessions: expected ids, or how many from 1 to 10,000')
}

function unfit(issue: string): OnejarError {
  return new OnejarError('ONEJAR_BAD_OPTIONS', `crawlWith(): ${issue}`)
}
