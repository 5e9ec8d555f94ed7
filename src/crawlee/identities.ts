import type { Session as CrawleeSession, SessionPool, SessionPoolOptions } from '@crawlee/core'
import type { Session } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import { SharedSession, type SharedSessionOptions } from './shared-session.ts'

/** Crawlee counts a session's uses and its age, and then replaces it: a login is not to end like that. */
const KEPT = { maxUsageCount: Number.MAX_SAFE_INTEGER, maxAgeSecs: 400 * 24 * 3_600 } as const

interface Identity {
  readonly id: string
  open?: Promise<Session>
  session?: Session
  /** The session of Crawlee's that stands for it. */
  crawlee?: CrawleeSession
}

/** The sessions of a crawl. Each is behind one of Crawlee's at a time, with the same id. */
export class Identities {
  readonly #identities: readonly Identity[]
  readonly #byCrawlee = new WeakMap<CrawleeSession, Identity>()
  readonly #open: (id: string) => Promise<Session>

  /** @param open - what opens the session of an id */
  constructor(ids: readonly string[], open: (id: string) => Promise<Session>) {
    this.#identities = ids.map((id) => ({ id }))
    this.#open = open
  }

  /** Options of the pool that makes Crawlee's sessions of these. */
  poolOptions(options: SessionPoolOptions = {}): SessionPoolOptions {
    return {
      ...options,
      sessionOptions: { ...KEPT, ...options.sessionOptions },
      maxPoolSize: this.#identities.length,
      createSessionFunction: (pool, { sessionOptions } = {}) => this.#create(pool, sessionOptions),
    }
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS for a session that another pool made */
  sessionOf(crawlee: CrawleeSession | undefined): Session {
    const session = crawlee && this.#byCrawlee.get(crawlee)?.session
    if (session !== undefined) return session
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'crawlWith(): this session of Crawlee’s is none of Onejar’s: give the crawler sessionPoolOptions as well, as in { ...crawlWith(broker).http }',
    )
  }

  /** For a crawler without a session pool: the first session. @throws OnejarError what `sessionOf` and opening throw */
  async sessionFor(crawlee: CrawleeSession | undefined): Promise<Session> {
    return crawlee === undefined ? this.#opened(this.#identities[0] as Identity) : this.sessionOf(crawlee)
  }

  /** Whether a session other than this one may be used at an origin. */
  anotherIsFree(session: Session, { origin }: URL): boolean {
    return this.#identities.some(({ session: other }) => {
      if (other === session) return false
      if (other === undefined || other.closed) return true
      return (
        other.quarantined(origin) === null &&
        !other.blockedOrigins().some((blocked) => blocked.origin === origin)
      )
    })
  }

  /** Called by the pool for a new session, and for each that it has saved. */
  async #create(pool: SessionPool, saved?: SharedSessionOptions): Promise<CrawleeSession> {
    const id = saved?.id
    const identity = id === undefined ? this.#free() : this.#identities.find((one) => one.id === id)
    // One that was saved by another crawl: the pool takes it for used up, and leaves it out.
    if (identity === undefined)
      return new SharedSession({ id: id as string, sessionPool: pool, errorScore: 1_000 })
    const { sessionOptions } = pool as unknown as { sessionOptions: SharedSessionOptions }
    const session = await this.#opened(identity)
    const { cookieJar } = await import('../tough-cookie/index.ts')
    const crawlee = new SharedSession({
      ...sessionOptions,
      ...saved,
      id: identity.id,
      sessionPool: pool,
      cookieJar: cookieJar(session) as never,
    })
    identity.crawlee = crawlee
    this.#byCrawlee.set(crawlee, identity)
    return crawlee
  }

  /** The first that no session of Crawlee's stands for, or only one that Crawlee has retired. */
  #free(): Identity {
    const free = this.#identities.find(({ crawlee }) => crawlee === undefined || !crawlee.isUsable())
    return free ?? (this.#identities[0] as Identity)
  }

  async #opened(identity: Identity): Promise<Session> {
    if (identity.session?.closed) delete identity.open
    identity.open ??= this.#open(identity.id)
    try {
      identity.session = await identity.open
      return identity.session
    } catch (error) {
      delete identity.open
      throw error
    }
  }
}
