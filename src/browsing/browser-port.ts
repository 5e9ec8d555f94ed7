import type { PageFetchAnswer, PageFetchRequest } from '../browser/index.ts'
import type { Verdict } from '../challenge/index.ts'
import type { Recording, RecordingBounds } from '../discovery/index.ts'
import type { Delta } from '../record/index.ts'
import type { Expectation } from './expectation.ts'
import type { LoadedDocument } from './local/loaded-document.ts'
import type { PageLoadOutcome } from './local/page-load.ts'

/**
 * What a browser does for the requests of a session. Tasks and replies are plain data, but for functions of the user, so that a
 * browser elsewhere can implement the same. A task resolves as soon as its reply is known: what a page wrote is in the session's
 * record at the next barrier, and after `solve`, `run` and `fetch` at once.
 *
 * Every task ends with the reason of its signal, and rejects with ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED,
 * ONEJAR_BROWSER_LIMITED, ONEJAR_NETWORK, ONEJAR_PROXY_FAILED, ONEJAR_ADDRESS_REFUSED or ONEJAR_BODY_TOO_LARGE. What a site answers is a reply.
 *
 * What only reads is made again where its browser goes away; a fetch with another method is ONEJAR_OUTCOME_UNKNOWN then.
 */
export interface BrowserPort extends SolvingPort {
  /** Navigates to a URL and returns its document: the bytes, or what scripts made of it. */
  load(task: LoadTask, call: BrowserCall): Promise<LoadReply>
  /** Opens the page that fetches from a document are made in, where none is open; null when it is there. */
  openPage(document: URL, call: BrowserCall): Promise<LoadFailure | null>
  /** Opens a page of the session and lets its scripts renew what they keep: true once the record shows that. */
  run(task: RunTask, call: RunCall): Promise<boolean>
  /** Fetches as a script of an open page would. The page is opened when first needed, and shared. */
  fetch(task: PageFetchTask, call: BrowserCall): Promise<PageFetchReply>
  /** The page that fetches from this origin is not used any more: the next fetch opens another. */
  forgetPage(origin: string): void
  /** A PNG of what a URL shows; null when there is none within the time. */
  picture(task: PictureTask, call: BrowserCall): Promise<Buffer | null>
}

/** The part of the port that passes challenges, which workers can do as well. */
export interface SolvingPort {
  /**
   * Whether the processes of a session are coordinated behind this port: then its caller takes no lock, and keeps no history,
   * and only a request over HTTP can tell whether it helped.
   */
  readonly coordinated: boolean
  /** Lets the site's own scripts pass its challenge. */
  solve(task: SolveTask, call: SolveCall): Promise<SolveReply>
  /** Passes the challenge of a site that a session has the clearance of, in a context without it. */
  renew(task: RenewTask, call: BrowserCall): Promise<RenewReply>
}

export interface BrowserCall {
  readonly signal: AbortSignal
  /** Called for each document of a waiting room. Must not throw. */
  readonly onWaitingRoom?: ((url: URL, verdict: Verdict) => void) | undefined
}

export interface SolveTask {
  readonly url: URL
  /** Bound of the solve, in milliseconds. */
  readonly timeoutMs: number
  /** How long a place in line is held, where that is longer, in milliseconds. */
  readonly roomMs: number
  /** How long the clearance before lasted, in milliseconds; null when that is not known. */
  readonly observedLifeMs: number | null
  /** Whether a solve that is stopped shows by what. */
  readonly screenshot: boolean
}

/** What a solve here needs of its caller; workers have their own. */
export interface SolveCall extends BrowserCall {
  /** The lock of the origin: without it, what the browser got is not used. */
  readonly lock?: SolveGuard | undefined
  /** Whether a request passes over HTTP with what the record holds now. */
  readonly proves?: (() => Promise<boolean>) | undefined
}

export interface SolveGuard {
  /** Whether no other process can have acquired the lock meanwhile. */
  holds(): Promise<boolean>
  /** Resolves when another process has acquired it. */
  readonly lost: Promise<void>
  /** Reads into the record what others have written. */
  catchUp(): Promise<void>
}

export type SolveReply =
  /** The site let the browser through. */
  | {
      readonly kind: 'passed'
      readonly document: LoadedDocument
      readonly mistaken: Verdict | null
      readonly clearance: readonly string[]
    }
  /** The record has something new, and only a request can tell whether it helps. */
  | { readonly kind: 'unproven'; readonly clearance: readonly string[] }
  /** Another process has taken the lock: what it brought is in the record. */
  | { readonly kind: 'superseded' }
  | LoadFailure

export interface RenewTask {
  readonly url: URL
  /** Bound of the solve, in milliseconds. */
  readonly timeoutMs: number
  /** Ids of the cookies that the present clearance consists of. */
  readonly without: readonly string[]
  /** When the solve ended that brought them, in epoch milliseconds. */
  readonly endedAt: number
}

export type RenewReply =
  /** The changes are not in the session's record yet: they are used only if the caller still holds the lock. */
  | { readonly kind: 'renewed'; readonly delta: Delta; readonly clearance: readonly string[] }
  /** There is none; or, behind a coordinated port, the record has it. */
  | { readonly kind: 'none'; readonly reason: string }

export interface LoadTask {
  readonly url: URL
  /** Bound of a challenge that comes first, in milliseconds. */
  readonly solveTimeoutMs: number
  /** Bound of everything, in milliseconds from the call, places in line included. */
  readonly deadlineMs: number
  /** The whole time of the request, for the error that says that it is over. */
  readonly timeoutMs: number
  /** Whether the document is returned as it stands when its scripts have come to rest. */
  readonly render: boolean
  readonly expect: Expectation | undefined
  /** Bound of the document, in bytes; 0 for none. */
  readonly maxBytes: number
  /** Whether a load that is stopped shows by what. */
  readonly screenshot: boolean
  /** What is kept of the page's own requests; undefined where nothing is. */
  readonly record?: RecordingBounds | undefined
}

export type LoadReply =
  | {
      readonly kind: 'passed'
      readonly document: LoadedDocument
      readonly mistaken: Verdict | null
      /** The page's own requests; absent where nothing was to be kept. */
      readonly recording?: Recording | undefined
    }
  | LoadFailure

/** The site did not let the browser through. */
export type LoadFailure = Extract<PageLoadOutcome, { kind: 'failed' }> & {
  /** A PNG of what stopped it, where it was asked for and could be taken. */
  readonly screenshot: Buffer | null
}

export interface PageFetchTask extends Omit<PageFetchRequest, 'signal'> {
  /** The document to fetch from, which is opened. */
  readonly document: URL
}

export type PageFetchReply =
  | {
      readonly kind: 'response'
      readonly answer: PageFetchAnswer
      /** Gives the page back; call it when the body has ended. Idempotent. */
      release(): void
    }
  | LoadFailure

export interface RunTask {
  readonly url: string
  /** Bound of the whole, in milliseconds. */
  readonly timeoutMs: number
  /** How long the page may go on once it has come to rest, in milliseconds: its timers may be about to begin. */
  readonly graceMs: number
  /** How often the record is brought up to date, in milliseconds. */
  readonly lookEveryMs: number
}

export interface RunCall extends BrowserCall {
  /** Whether the record shows what is wanted: asked each time after it was brought up to date. */
  done(): boolean
}

export interface PictureTask {
  readonly url: URL
  readonly timeoutMs: number
}
