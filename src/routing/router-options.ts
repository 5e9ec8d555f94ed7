import type PQueue from 'p-queue'
import type { AdmitDocument, BrowserAccess, RemoteTasks } from '../browsing/index.ts'
import type { Classifier } from '../challenge/index.ts'
import type { Clock } from '../core/index.ts'
import type { CookieSource, HttpTransport, IdentitySource, SessionHeadersAt } from '../http/index.ts'
import type { SessionRecord } from '../record/index.ts'
import type { AttemptObserver } from './attempt-observer.ts'
import type { OnChallenge } from './blocking/manual-interventions.ts'
import type { EventHub } from './events.ts'
import type { SharedStore } from './solving/solve-locks.ts'
import type { TokenBindings } from './token-bindings/token-bindings.ts'
import type { TokenMessages } from './token-bindings/token-messages.ts'
import type { ViewedPages } from './token-bindings/viewed-pages.ts'

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
  /** What the pages of other processes have sent; undefined where each is on its own. */
  readonly others: Pick<TokenMessages, 'catchUp' | 'settled'> | undefined
  /** What a request of the router's own shows of who asks. */
  readonly identity: () => IdentitySource | undefined
  /** Headers that the session itself adds to a request of the router's own. */
  readonly sessionHeaders?: SessionHeadersAt | undefined
  readonly events: EventHub
  /** Called with errors of HTTP: somebody else may be at the other end. Must not throw. */
  readonly onTransportError: (error: unknown) => void
  /** Notified of each time that a request was sent. */
  readonly attempts?: AttemptObserver | undefined
  readonly clock: Clock
  /** Workers that pass challenges, and do the rest where there is no browser here; undefined where it does all itself. */
  readonly remote?:
    | { readonly tasks: RemoteTasks; readonly isBrowserHere: () => Promise<boolean> }
    | undefined
  /** What the processes of the session have in common. */
  readonly shared: SharedStore
  /** Bound of one solve. */
  readonly solveTimeoutMs: number
  /** Where escalations wait for a page; shared by the sessions of a broker. */
  readonly pageQueue: PQueue
  /** Whether pages of escalations go without images, fonts and media. */
  readonly blockResources: boolean
  /** Whether a request is answered with what its solve got, in place of a replay; see `DocumentReuse`. */
  readonly answerFromSolve: boolean
  /** Asked before a page of an escalation goes to a document of another origin. */
  readonly admit?: AdmitDocument | undefined
  /** Where pictures of what blocks the session go; undefined to take none. */
  readonly screenshotFolder?: string | undefined
  /** Lets a person take over. */
  readonly onChallenge?: OnChallenge | undefined
  readonly manualInterventionTimeoutMs: number
}
