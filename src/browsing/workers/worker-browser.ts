import { isOnejarError, OnejarError, withSignal } from '../../core/index.ts'
import { type BegunTask, type Line, WorkerGone } from '../../queue/index.ts'
import type {
  BrowserCall,
  BrowserPort,
  LoadFailure,
  LoadReply,
  LoadTask,
  PageFetchReply,
  PageFetchTask,
  PictureTask,
  RenewReply,
  RenewTask,
  RunCall,
  RunTask,
  SolveCall,
  SolveReply,
  SolveTask,
} from '../browser-port.ts'
import { keepingFailure } from '../expectation-failure.ts'
import { mayRepeat, outcomeUnknown } from '../outcome-unknown.ts'
import { verdictOf, type WorkerReply } from './messages.ts'
import { sendParts } from './parts.ts'
import { loadData, type TaskData } from './task-data.ts'
import { recordingOf } from './wire-recording.ts'
import { type Asked, WorkerWords } from './worker-words.ts'

/** Workers that do this process's browser work, for one session. */
export interface RemoteTasks {
  /**
   * Has any worker solve, one solve per session and origin for all processes.
   *
   * @returns null once the record holds what the solve brought; or the worker that is to be asked instead
   * @param observedLifeMs - how long the clearance before was seen to last; null when that is not known
   * @throws OnejarError what it ended with, and ONEJAR_QUEUE_UNAVAILABLE; the signal's reason
   */
  solve(url: URL, observedLifeMs: number | null, signal: AbortSignal): Promise<string | null>
  /** Renews the clearance that a solve left which ended then (epoch milliseconds). Otherwise as `solve`. */
  renew(url: URL, endedAt: number, signal: AbortSignal): Promise<string | null>
  /** The living worker that has the session; null when there is none. */
  owner(): Promise<string | null>
  /**
   * Has a worker begin a task: the store has the record before. It is the one that has the session, or the first that is free.
   *
   * @param worker - who is asked first; null for who has the session
   * @throws OnejarError ONEJAR_QUEUE_UNAVAILABLE, ONEJAR_STORE_UNAVAILABLE; the signal's reason
   */
  begin(task: TaskData, signal: AbortSignal, worker: string | null): Promise<BegunTask>
  /** What workers have written is in the record afterwards. A store that is away is no failure. */
  catchUp(): Promise<void>
  /** Calls back at each change of the record. Returns what ends it. */
  onChange(listener: () => void): () => void
}

/** So often a task is begun anew whose worker died. */
const MAX_MOVES = 2
/** The store is asked so often, at most, for what a page renews; changes are notified besides. */
const LEAST_LOOK_MS = 250

/**
 * Browsers of workers, behind the port. Lock, block and pause of a solve are theirs. Tasks of a session go to the worker that has
 * its pages; where that one dies, another begins them anew, but for a fetch that changes something: the site may have had it.
 */
export class WorkerBrowser implements BrowserPort {
  readonly coordinated = true
  readonly #remote: RemoteTasks
  /** Origins whose page is not to be used any more. */
  readonly #forgotten = new Set<string>()

  constructor(remote: RemoteTasks) {
    this.#remote = remote
  }

  async solve({ url, observedLifeMs }: SolveTask, { signal }: SolveCall): Promise<SolveReply> {
    const solve = () => this.#remote.solve(url, observedLifeMs, signal)
    await this.#solved(solve, { kind: 'solve', url: url.href, observedLifeMs }, signal)
    return { kind: 'unproven', clearance: [] }
  }

  async renew({ url, endedAt }: RenewTask, { signal }: BrowserCall): Promise<RenewReply> {
    const renew = () => this.#remote.renew(url, endedAt, signal)
    await this.#solved(renew, { kind: 'renew', url: url.href, endedAt }, signal)
    return { kind: 'none', reason: 'there is no new clearance' }
  }

  load(task: LoadTask, call: BrowserCall): Promise<LoadReply> {
    const endsAt = performance.now() + task.deadlineMs
    return keepingFailure(task.expect, (expect) => {
      const data = () => loadData({ ...task, expect }, endsAt - performance.now())
      return this.#moving(data, call, async ({ line }): Promise<LoadReply> => {
        const asked: Asked = { expect, call, timeoutMs: task.timeoutMs, deadline: endsAt }
        const words = new WorkerWords(line, asked, task.maxBytes)
        const reply = await words.reply(['document', 'failed'])
        if (reply.kind === 'failed') return this.#failed(words, reply)
        const body = await words.parts(reply.body)
        const recorded = reply.recording === null ? undefined : await words.parts(reply.recording)
        await words.end()
        await this.#remote.catchUp()
        const { kind: _, body: __, recording: ___, mistaken, url, verdict, isFile, ...meta } = reply
        return {
          kind: 'passed',
          document: {
            ...meta,
            url: new URL(url),
            verdict: verdictOf(verdict),
            body,
            ...(isFile ? { isFile } : {}),
          },
          mistaken: mistaken && verdictOf(mistaken),
          ...(recorded === undefined ? {} : { recording: recordingOf(recorded) }),
        }
      })
    })
  }

  picture({ url, timeoutMs }: PictureTask, call: BrowserCall): Promise<Buffer | null> {
    const data = (): TaskData => ({ kind: 'picture', url: url.href, timeoutMs })
    return this.#moving(data, call, async ({ line }) => {
      const words = new WorkerWords(line, { call })
      const { picture } = await words.reply(['picture'])
      const bytes = picture === null ? null : await words.parts(picture)
      await words.end()
      return bytes
    }).catch(() => null)
  }

  run(task: RunTask, call: RunCall): Promise<boolean> {
    const endsAt = performance.now() + task.timeoutMs
    const data = (): TaskData => {
      const timeoutMs = Math.max(1, endsAt - performance.now())
      return { kind: 'run', ...task, timeoutMs }
    }
    return this.#moving(data, call, async ({ line }) => {
      const words = new WorkerWords(line, { call })
      const renewed = this.#renewed(line, task, call)
      try {
        const ran = async () => {
          const reply = await words.reply(['ran'])
          await words.end()
          await this.#remote.catchUp()
          return reply.renewed || call.done()
        }
        return await Promise.race([renewed.promise, ran()])
      } finally {
        renewed.stop()
      }
    })
  }

  async openPage(document: URL, call: BrowserCall): Promise<LoadFailure | null> {
    const fresh = this.#forgotten.delete(document.origin)
    const data = (): TaskData => ({ kind: 'open-page', document: document.href, fresh })
    return this.#moving(data, call, async ({ line }) => {
      const words = new WorkerWords(line, { call })
      const reply = await words.reply(['done', 'failed'])
      if (reply.kind === 'failed') return this.#failed(words, reply)
      await words.end()
      await this.#remote.catchUp()
      return null
    })
  }

  async fetch(task: PageFetchTask, call: BrowserCall): Promise<PageFetchReply> {
    let fresh = this.#forgotten.delete(task.document.origin)
    for (let moves = 0; ; moves++) {
      try {
        return await this.#fetch(task, fresh, call)
      } catch (error) {
        if (!(error instanceof WorkerGone)) throw error
        if (!mayRepeat(task)) throw outcomeUnknown('The worker', task)
        if (moves >= MAX_MOVES) throw gone()
        // A page that was not to be used any more went with its worker.
        fresh = false
      }
    }
  }

  /** @throws WorkerGone where the worker went away before its answer was there */
  async #fetch(task: PageFetchTask, fresh: boolean, call: BrowserCall): Promise<PageFetchReply> {
    const { document, url, method, headers, body, redirect, beforeHop } = task
    const data: TaskData = {
      kind: 'fetch',
      document: document.href,
      fresh,
      url: url.href,
      method,
      headers: [...headers],
      body: body?.length ?? null,
      redirect,
      asksHops: beforeHop !== undefined,
    }
    const begun = await this.#remote.begin(data, call.signal, null)
    const words = new WorkerWords(begun.line, { call, beforeHop })
    const release = () => {
      call.signal.removeEventListener('abort', release)
      begun.close()
    }
    call.signal.addEventListener('abort', release, { once: true })
    /** From then on the worker may send it, and the site may have it. */
    let handedOver = false
    try {
      const answering = async (): Promise<PageFetchReply> => {
        if (body !== null) await sendParts(begun.line, body)
        handedOver = true
        const reply = await words.reply(['response', 'failed'])
        if (reply.kind === 'failed') {
          const failure = await this.#failed(words, reply)
          release()
          return failure
        }
        await this.#remote.catchUp()
        const { kind: _, url: at, ...head } = reply
        const chunks = typed(words.chunks(call.signal, release))
        return { kind: 'response', answer: { ...head, url: new URL(at), chunks }, release }
      }
      return await withSignal(answering(), call.signal)
    } catch (error) {
      release()
      if (call.signal.aborted) throw call.signal.reason
      if (handedOver && !mayRepeat(task) && isOnejarError(error, 'ONEJAR_QUEUE_UNAVAILABLE'))
        throw outcomeUnknown('The queue', task, error)
      throw error
    }
  }

  forgetPage(origin: string): void {
    this.#forgotten.add(origin)
  }

  /** Any worker solves; where one has the session, that one. */
  async #solved(solve: () => Promise<string | null>, data: TaskData, signal: AbortSignal): Promise<void> {
    const worker = (await this.#remote.owner()) ?? (await solve())
    if (worker === null) return
    const work = async ({ line }: BegunTask) => {
      const words = new WorkerWords(line, { call: { signal } })
      try {
        await words.reply(['done'])
        await words.end()
      } finally {
        await this.#remote.catchUp()
      }
    }
    await this.#moving(() => data, { signal }, work, worker)
  }

  /** Begins a task, and anew where its worker dies. */
  async #moving<T>(
    data: () => TaskData,
    { signal }: BrowserCall,
    work: (begun: BegunTask) => Promise<T>,
    worker: string | null = null,
  ): Promise<T> {
    for (let moves = 0; ; moves++) {
      const begun = await this.#remote.begin(data(), signal, moves === 0 ? worker : null)
      try {
        return await withSignal(work(begun), signal)
      } catch (error) {
        if (!(error instanceof WorkerGone)) throw error
        if (moves >= MAX_MOVES) throw gone()
      } finally {
        begun.close()
      }
    }
  }

  async #failed(words: WorkerWords, reply: Extract<WorkerReply, { kind: 'failed' }>): Promise<LoadFailure> {
    const { why, verdict, at, picture } = reply
    const screenshot = picture === null ? null : await words.parts(picture)
    await words.end()
    await this.#remote.catchUp()
    return {
      kind: 'failed',
      why,
      verdict: verdict && verdictOf(verdict),
      at: at === null ? null : new URL(at),
      screenshot,
    }
  }

  /** Resolves when the record shows what is wanted: the worker's page may come to rest then. */
  #renewed(line: Line, { lookEveryMs }: RunTask, { done }: RunCall) {
    const { promise, resolve, reject } = Promise.withResolvers<true>()
    promise.catch(() => {})
    const look = () => {
      try {
        if (!done()) return
        line.say({ type: 'finish' })
        stop()
        resolve(true)
      } catch (error) {
        reject(error)
      }
    }
    const unsubscribe = this.#remote.onChange(look)
    const timer = setInterval(
      () => void this.#remote.catchUp().then(look, () => {}),
      Math.max(LEAST_LOOK_MS, lookEveryMs),
    )
    const stop = () => {
      unsubscribe()
      clearInterval(timer)
    }
    return { promise, stop }
  }
}

/** A body whose worker goes away ends with an error of Onejar's: its answer was there. */
async function* typed(chunks: AsyncGenerator<Buffer, void, void>): AsyncGenerator<Buffer, void, void> {
  try {
    yield* chunks
  } catch (error) {
    throw error instanceof WorkerGone ? gone() : error
  }
}

function gone(): OnejarError {
  return new OnejarError(
    'ONEJAR_BROWSER_FAILED',
    'The worker that had the page has died, or was stopped for too long',
  )
}
