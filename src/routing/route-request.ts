import type { Expectation } from '../browsing/index.ts'
import type { Verdict } from '../challenge/index.ts'
import type { Extraction, Purpose, SitePreferences } from '../compliance/index.ts'
import type { Recording } from '../discovery/index.ts'
import type { DataSource, HttpRequest, HttpResponse, IdentitySource, Via } from '../http/index.ts'
import type { DeadLetterPlan, RetryPlan } from '../resilience/index.ts'

/** A request as the session hands it down. */
export interface RouteRequest extends Omit<HttpRequest<Verdict>, 'inspect' | 'cookies' | 'identity'> {
  readonly timeoutMs: number
  readonly identity: IdentitySource | undefined
  /** Render the document in the browser and return it as it stands then. Default: false. */
  readonly render?: boolean | undefined
  /** Keep what the page asks for itself, where a page is loaded. Default: false. */
  readonly record?: boolean | undefined
  /** Go to the browser when the site challenges. Default: true. */
  readonly escalate?: boolean | undefined
  /** False where the caller does without robots.txt. */
  readonly robots?: boolean | undefined
  /** What the content is fetched for; a site that forbids it is not asked, or its response is thrown away. */
  readonly purpose?: Purpose | undefined
  /** What of the response the caller gets; the step that reads it is above the router. */
  readonly extract?: Extraction | undefined
  /** What a good response holds; where HTTP does not give it, the page has to. */
  readonly expect?: Expectation | undefined
  /** How often it is sent again when it fails; false for never. Default: the session's. */
  readonly retry?: RetryPlan | false | undefined
  /** Shows the server that it is the same request again. */
  readonly idempotencyKey?: string | undefined
  /** Keep it when it fails for good. Default: the session's. */
  readonly deadLetter?: DeadLetterPlan | undefined
  /** Which time it is that the request is sent. Default: the first. */
  readonly attempt?: number | undefined
  /** Why the transport is taken that sends it, in a sentence, for those who watch. */
  why?: string | undefined
  /** Counts how often the request is sent, for the stage that asks for it. */
  readonly sent?: { attempts: number }
}

export interface RoutedResponse extends HttpResponse<Verdict> {
  readonly via: Via
  /** Whether a challenge had to be solved for it, by this request or one that it waited for. */
  readonly solved: boolean
  /** What the site wishes to be done with it. */
  readonly preferences: SitePreferences
  /** Which data requests gave the fields, where the page was not loaded for them. */
  readonly source?: DataSource | undefined
  /** The page's own requests, where a page was loaded and they were to be kept. */
  readonly recording?: Recording | undefined
}
