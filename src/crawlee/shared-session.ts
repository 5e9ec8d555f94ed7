import { type SessionOptions as CrawleeSessionOptions, Session } from '@crawlee/core'

/** Options of Crawlee's class, whose ids and scores are saved with its pool. */
export type SharedSessionOptions = CrawleeSessionOptions

/** On cookies that the crawler gets of a session to put them into its page: they are there already. */
export const FROM_SESSION: unique symbol = Symbol('onejar: from the session')

/** How many URLs of a session are remembered with the cookies that the crawler was given for them. */
const URLS = 1_000

/**
 * A session of Crawlee's whose cookies are those of a session of Onejar's. Crawlee copies cookies from the session to each request
 * and from each response to the session; here nothing has to be copied, and a copy would bring back what was deleted since.
 */
export class SharedSession extends Session {
  readonly #shown = new Map<string, string>()

  /** The session has them: its own request brought them. */
  override setCookiesFromResponse(): void {}

  override getCookieString(url: string): string {
    const text = super.getCookieString(url)
    this.#shown.delete(url)
    this.#shown.set(url, text)
    if (this.#shown.size > URLS) this.#shown.delete(this.#shown.keys().next().value as string)
    return text
  }

  /** The cookies that the crawler was given last for a URL, as a `Cookie` header; empty where it was given none. */
  cookiesShown(url: string): string {
    return this.#shown.get(url) ?? ''
  }

  override getCookies(url: string): ReturnType<Session['getCookies']> {
    return super.getCookies(url).map((cookie) => Object.assign(cookie, { [FROM_SESSION]: true }))
  }

  /**
   * Whether Crawlee is to fail the request. Crawlee would give the session up as well; what a status means for a session is
   * for Onejar to say, and a login is worth more than one page. It is still marked bad, and retired when that goes on.
   */
  override retireOnBlockedStatusCodes(statusCode: number, additional: number[] = []): boolean {
    const { sessionPool } = this as unknown as { sessionPool: { blockedStatusCodes?: number[] } }
    return [...(sessionPool.blockedStatusCodes ?? []), ...additional].includes(statusCode)
  }
}
