import type PQueue from 'p-queue'
import type { AdmitDocument, BrowserAccess, Expectation } from '../browsing/index.ts'
import type { Classifier, Verdict } from '../challenge/index.ts'
import type { Extraction } from '../compliance/index.ts'
import type { Clock } from '../core/index.ts'
import type {
  CookieSource,
  HttpRequest,
  HttpResponse,
  HttpTransport,
  IdentitySource,
  Via,
} from '../http/index.ts'
import type { SessionRecord } from '../record/index.ts'
import type { RetryPlan } from '../resilience/index.ts'
import type { OnChallenge } from './blocking/manual-interventions.ts'
import type { EventHub } from './events.ts'
import type { SharedStore } from './solving/solve-locks.ts'
import type { TokenBindings } from './token-bindings/token-bindings.ts'
import type { ViewedPages } from './token-bindings/viewed-pages.ts'

/** Others who make visits for this process. */
export interface RemoteSolves {
  /**
   * Resolves when the record holds what a visit to the URL brought.
   *
   * @param observedLifeMs - how long the clearance before was seen to last; null when that is not known
   * @throws OnejarError what it ended with, and ONEJAR_QUEUE_UNAVAILABLE; the signal's reason
   */
  visit(url: URL, observedLifeMs: number | null, signal: AbortSignal): Promise<void>
  /**
   * Resolves when the clearance is renewed that a visit left which ended then (epoch milliseconds), once for all processes
   * that ask; or when there was nothing to be done: the record tells. Throws as `visit`.
   */
  renew(url: URL, endedAt: number, signal: AbortSignal): Promise<void>
}

export interface RouterOptions {
  readonly record: SessionRecord
  /** Asked for each request: it may be another one after a proxy has failed. */
  readonly http: HttpTransport
  /** The name of the way that the session goes now, its proxy. */
  readonly through: () => string
  readonly cookies: CookieSource
  readonly classifier: Classifier
  readonly browser: BrowserAccess
  readonly bindings: TokenBindings
  /** The pages that the user has looked at. */
  readonly shown: ViewedPages
  /** What a request of the router's own shows of who asks. */
  readonly identity: () => IdentitySource | undefined
  readonly events: EventHub
  /** Told of what HTTP failed with: somebody else may be at the other end. Must not throw. */
  readonly distrust: (error: unknown) => void
  readonly clock: Clock
  /** Makes the visits in place of a browser here; undefined where they are made here. */
  readonly remote?: RemoteSolves | undefined
  /** What the processes of the session have in common. */
  readonly shared: SharedStore
  /** Bound of one visit. */
  readonly solveTimeoutMs: number
  /** Where escalations wait for a page; shared by the sessions of a broker. */
  readonly visits: PQueue
  /** Whether pages of escalations go without images, fonts and media. */
  readonly blockResources: boolean
  /** Whether a request is answered with what its visit got, in place of a replay; see `DocumentReuse`. */
  readonly answerFromSolve: boolean
  /** Asked before a page of an escalation goes to a document of another origin. */
  readonly admit?: AdmitDocument | undefined
  /** Where pictures of what halts the session go; undefined to take none. */
  readonly screenshotFolder?: string | undefined
  /** Lets a person take over. */
  readonly onChallenge?: OnChallenge | undefined
  readonly manualInterventionTimeoutMs: number
}

/** A request as the session hands it down. */
export interface RouteRequest extends Omit<HttpRequest<Verdict>, 'inspect' | 'cookies' | 'identity'> {
  readonly timeoutMs: number
  readonly identity: IdentitySource | undefined
  /** Render the document in the browser and return it as it stands then. Default: false. */
  readonly render?: boolean | undefined
  /** Go to the browser when the site challenges. Default: true. */
  readonly escalate?: boolean | undefined
  /** False where the caller does without robots.txt. */
  readonly robots?: boolean | undefined
  /** What of the response the caller gets; the step that reads it is above the router. */
  readonly extract?: Extraction | undefined
  /** What a good response holds; where HTTP does not give it, the page has to. */
  readonly expect?: Expectation | undefined
  /** How often it is sent again when it fails; false for never. Default: the session's. */
  readonly retry?: RetryPlan | false | undefined
  /** Tells the server that it is the same request again. */
  readonly idempotencyKey?: string | undefined
  /** Keep it when it fails for good. Default: the session's. */
  readonly deadLetter?: boolean | undefined
}

export interface RoutedResponse extends HttpResponse<Verdict> {
  readonly via: Via
}
