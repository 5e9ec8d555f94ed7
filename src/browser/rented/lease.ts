import { ignore, LifeCycle, OnejarError, type UserCode, withSignal } from '../../core/index.ts'
import { within } from '../devtools/within.ts'
import type { LackingCommand } from '../launch/needed-commands.ts'
import type { OpenedBrowser } from '../launch/open-browser.ts'
import { connectBrowser, type LiveBrowser } from '../live-browser.ts'
import { type EndpointAnswer, type EndpointFunction, endpointAnswer } from './endpoint-answer.ts'

export interface LeaseParts {
  readonly endpoint: EndpointFunction
  /** Connects to the browser at an address. */
  readonly connect: (url: string, timeoutMs: number) => Promise<OpenedBrowser>
  /** How long it may take until the browser answers, `endpoint()` included, in milliseconds. */
  readonly timeoutMs: number
  readonly answerTimeoutMs: number
  readonly headerOrigins: readonly string[]
  readonly userCode: UserCode
  /** Called when its browser can be used, with what that does not carry out. */
  readonly onReady: (lease: Lease, lacks: readonly LackingCommand[]) => void
  /** Called once when it cannot be used, or not any more, through no fault of ours. */
  readonly onFailed: (lease: Lease, error: unknown) => void
}

/** The life of a lease: asked for -> ready -> ending -> over. It may end at any time. */
type State =
  /** `endpoint()` was called, or its browser is being connected to. */
  | { readonly phase: 'asked' }
  | { readonly phase: 'ready'; readonly live: LiveBrowser }
  /** Not used any more; it still has its place: the browser may run on until it was given back. */
  | { readonly phase: 'ending' }
  | { readonly phase: 'over' }

/** As long is waited for `release()`, and for a connection that is being made to a browser that is given back. */
const RELEASE_MS = 30_000
const CONNECTING_MS = 5_000

/** One browser that is rented. However it ends, what `endpoint()` returned is given back once. */
export class Lease {
  /** Work that is about to have a context in it. */
  users = 0
  /** When it was ready, as `performance.now()`. */
  readyAt = 0
  readonly #parts: LeaseParts
  readonly #asking = new AbortController()
  readonly #over = Promise.withResolvers<void>()
  readonly #life = new LifeCycle<State>(
    'A lease',
    { phase: 'asked' },
    { asked: ['ready', 'ending'], ready: ['ending'], ending: ['over'], over: [] },
  )
  readonly #answering: Promise<EndpointAnswer>
  readonly #opening: Promise<void>
  #opened: OpenedBrowser | undefined
  #live: LiveBrowser | undefined
  #busyAt = 0
  /** Pages that had been opened in it when it was looked at last. */
  #pages = 0

  constructor(parts: LeaseParts) {
    this.#parts = parts
    const { signal } = this.#asking
    this.#answering = Promise.resolve()
      .then(() => parts.endpoint({ signal }))
      .then(endpointAnswer)
    this.#opening = this.#open()
    this.#opening.catch((error) => this.fail(error))
  }

  get phase(): State['phase'] {
    return this.#life.state.phase
  }

  /** The browser, while it can be used. */
  get live(): LiveBrowser | undefined {
    const { state } = this.#life
    return state.phase === 'ready' ? state.live : undefined
  }

  /** How many contexts it has, or is about to have. */
  get load(): number {
    return this.users + (this.#live?.bindings.size ?? 0)
  }

  /** Whether a page was closed in it while it answered. */
  get worked(): boolean {
    const live = this.#live
    return live !== undefined && (live.worked || [...live.bindings].some((one) => one.heaviestBytes > 0))
  }

  /** Resolves when the browser was given back. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** How long no page has been open in it, in milliseconds, as far as it was looked at. */
  idleMs(): number {
    const bindings = [...(this.#live?.bindings ?? [])]
    const opened = bindings.reduce((sum, binding) => sum + binding.opened, 0)
    if (this.users > 0 || opened !== this.#pages || bindings.some(({ idle }) => !idle)) this.touch()
    this.#pages = opened
    return performance.now() - this.#busyAt
  }

  /** It is in use now. */
  touch(): void {
    this.#busyAt = performance.now()
  }

  /** Whether its browser answers. */
  async answers(): Promise<boolean> {
    const { live } = this
    if (live === undefined || !live.browser.isConnected()) return false
    return live.link.send('Browser.getVersion').then(
      () => true,
      () => false,
    )
  }

  /** It cannot be used, or not any more. */
  fail(error: unknown): void {
    if (this.phase !== 'asked' && this.phase !== 'ready') return
    // What the connection waits for would not come.
    this.#opened?.abandon()
    this.end()
    this.#parts.onFailed(this, error)
  }

  /** Ends it: what its pages wrote is in their records, and the browser is given back. Idempotent. */
  end(): Promise<void> {
    if (this.phase === 'asked' || this.phase === 'ready') {
      this.#life.setState({ phase: 'ending' })
      this.#end().finally(() => {
        this.#life.setState({ phase: 'over' })
        this.#over.resolve()
      })
    }
    return this.over
  }

  async #end(): Promise<void> {
    this.#asking.abort(new OnejarError('ONEJAR_CLOSED', 'The browser is not needed any more'))
    await within(CONNECTING_MS, this.#opening).catch(ignore)
    const live = this.#live
    if (live !== undefined) {
      await Promise.all([...live.bindings].map((binding) => binding.close().catch(ignore)))
      await live.browser.close().catch(ignore)
    }
    // Until then nobody knows what is to be given back.
    const answer = await this.#answering.catch(ignore)
    const { release } = answer ?? {}
    if (release === undefined) return
    const { userCode } = this.#parts
    const released = userCode.run('browser.endpoint release', release)
    await within(RELEASE_MS, Promise.resolve(released)).catch(ignore)
  }

  async #open(): Promise<void> {
    const { connect, timeoutMs, answerTimeoutMs, headerOrigins } = this.#parts
    const startedAt = performance.now()
    const leftMs = () => Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)))
    const { signal } = this.#asking
    const late = failure(`browser.endpoint() did not return within ${timeoutMs} ms`)
    const timer = setTimeout(() => this.#asking.abort(late), timeoutMs)
    const answer = await withSignal(this.#answering, signal)
      .catch((cause) => {
        throw signal.aborted ? signal.reason : failure('browser.endpoint() failed', cause)
      })
      .finally(() => clearTimeout(timer))
    const opened = await connect(answer.url(), leftMs())
    const connecting = connectBrowser(opened, answerTimeoutMs, headerOrigins)
    const live = await within(leftMs(), connecting).catch(() => undefined)
    if (live === undefined || this.phase !== 'asked') {
      opened.abandon()
      throw failure('The rented browser did not answer')
    }
    this.#opened = opened
    this.readyAt = performance.now()
    this.touch()
    this.#life.setState({ phase: 'ready', live })
    this.#live = live
    opened.browser.once('disconnected', () => this.fail(failure('The rented browser is gone')))
    this.#parts.onReady(this, opened.lacks ?? [])
  }
}

function failure(what: string, cause?: unknown): OnejarError {
  return new OnejarError('ONEJAR_BROWSER_FAILED', what, cause === undefined ? {} : { cause })
}
