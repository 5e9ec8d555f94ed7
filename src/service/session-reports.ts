import type { Session } from '../client/index.ts'

type Report = ReturnType<Session['report']>

/** Of each session, as many requests and events are kept for those who look. */
const LIMITS = { maxRequests: 50, maxEvents: 50 }
/** As many sessions are watched; the ones that were opened first go. */
const MAX_SESSIONS = 1_000

/** What happened in the sessions that are open in the service, the latest of it, for those who want to see it. */
export class SessionReports {
  readonly #watched = new Map<string, { readonly session: Session; readonly report: Report }>()

  /** Watches a session from now on, unless it is watched already. */
  watch(session: Session): void {
    const key = keyOf(session.id, session.tenant)
    if (this.#watched.get(key)?.session === session) return
    this.#watched.delete(key)
    this.#watched.set(key, { session, report: session.report(LIMITS) })
    const [first] = this.#watched.keys()
    if (this.#watched.size > MAX_SESSIONS && first !== undefined) this.#drop(first)
  }

  /** What is known of a session; undefined where it is not open here. */
  of(id: string, tenant: string): Report | undefined {
    const watched = this.#watched.get(keyOf(id, tenant))
    if (watched?.session.closed) {
      this.#drop(keyOf(id, tenant))
      return undefined
    }
    return watched?.report
  }

  /** The session is not open any more. */
  forget(id: string, tenant: string): void {
    this.#drop(keyOf(id, tenant))
  }

  #drop(key: string): void {
    this.#watched.get(key)?.report.stop()
    this.#watched.delete(key)
  }
}

function keyOf(id: string, tenant: string): string {
  return JSON.stringify([tenant, id])
}
