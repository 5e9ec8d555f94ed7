import type { Evidence, VerdictKind } from '../challenge/index.ts'
import type { Via } from '../http/index.ts'

/**
 * What happened in a session while somebody watched. Instants are epoch milliseconds; URLs are origin and path; there is no value of
 * a cookie or a storage item in it. Lists have the latest of each; `left` says how many came before them.
 */
export interface ReportData {
  /** When watching began. */
  readonly from: number
  /** When it ended, or now. */
  readonly to: number
  /** All requests, those that the list has no more among them. */
  readonly counts: {
    readonly requests: number
    /** Of these, the ones without a response. */
    readonly failed: number
    readonly byTransport: Readonly<Record<Via, number>>
    readonly challenges: number
    readonly solves: number
    /** Of these, the ones that did not pass. */
    readonly failedSolves: number
  }
  /** The latest requests, in the order of their ends. */
  readonly requests: Kept<ReportRequest>
  /** Responses that were taken for challenges. */
  readonly challenges: Kept<ReportChallenge>
  /** When the browser was at work, and what for. */
  readonly spans: Kept<ReportSpan>
  /** What was decided, requests apart. */
  readonly events: Kept<ReportEvent>
  /** Who wrote cookies and localStorage. */
  readonly changes: Kept<ReportChange>
  /** The cookies at the end, without their values. */
  readonly cookies: Kept<ReportCookie>
  /** The origins with localStorage at the end, and how many items each has. */
  readonly storage: Kept<{ readonly origin: string; readonly items: number }>
}

/** Some things of many. */
export interface Kept<T> {
  /** The latest, the oldest of them first. */
  readonly items: readonly T[]
  /** How many there were besides. */
  readonly left: number
}

/** A request and its end. */
export interface ReportRequest {
  /** When it had its response, or failed. */
  readonly at: number
  /** How long it took, in milliseconds. */
  readonly ms: number
  /** The method of the last hop. */
  readonly method: string
  /** Origin and path of the last hop, up to 500 characters. */
  readonly url: string
  /** The transport that it took. */
  readonly via: Via
  /** Null where it failed. */
  readonly status: number | null
  /** What the response was taken for; where it failed, the code of the error. */
  readonly verdict: VerdictKind | string
  /** Why it went by this transport. */
  readonly reason: string
}

/** A response that was taken for a challenge. */
export interface ReportChallenge {
  /** When. */
  readonly at: number
  /** Origin and path, up to 500 characters. */
  readonly url: string
  /** What it was taken for. */
  readonly verdict: VerdictKind
  /** Whose protection it is; null where nothing says so. */
  readonly vendor: string | null
  /** What showed it: up to 20 signals. */
  readonly evidence: readonly Evidence[]
  /** Whether the browser found that it was none. */
  readonly mistaken: boolean
}

/** A time during which something was at work: a bar of the picture. */
export interface ReportSpan {
  /** When it began. */
  readonly from: number
  /** Null where it has not ended. */
  readonly to: number | null
  /** A solve in the browser, a person, a login, or what the caller of `begin()` says. */
  readonly kind: 'solve' | 'person' | 'login' | 'own'
  /** What it was, in words. */
  readonly label: string
  /** How it ended; null where it has not, or where nothing says so. */
  readonly outcome: 'passed' | 'unproven' | 'failed' | null
}

/** An event of the session, in words. */
export interface ReportEvent {
  /** When. */
  readonly at: number
  /** The type of the event. */
  readonly type: string
  /** What it is, in two or three words. */
  readonly title: string
  /** What happened, in a sentence. */
  readonly words: string
}

/** A cookie or an item that somebody wrote or removed. */
export interface ReportChange {
  /** When. */
  readonly at: number
  /** Which kind of thing. */
  readonly what: 'cookie' | 'localStorage'
  /** What was done to it. */
  readonly deed: 'written' | 'removed'
  /** The name or key, up to 100 characters. */
  readonly name: string
  /** A cookie's domain and path, or the origin. */
  readonly where: string
  /** Who wrote it, in words. */
  readonly by: string
}

/** A cookie, without its value. */
export interface ReportCookie {
  /** Its name, up to 100 characters. */
  readonly name: string
  /** Its domain; with a leading dot where subdomains get it as well. */
  readonly domain: string
  /** As `Path=/; HttpOnly`. */
  readonly attributes: string
  /** The length of its value. */
  readonly valueBytes: number
}

/** A row of one's own at the top of a report. */
export interface ReportFigure {
  /** What it is. */
  readonly name: string
  /** How much, as a text. */
  readonly value: string
  /** Whether it is as it should be; left out where nothing is promised. */
  readonly ok?: boolean | undefined
}

/** How a report's page looks. */
export interface ReportPage {
  /** Default: `Session report`. */
  readonly title?: string | undefined
  /** Rows of your own at the top. Default: none. */
  readonly figures?: readonly ReportFigure[] | undefined
}
