import { OnejarError } from '../../core/index.ts'
import { type Line, WorkerGone } from '../../queue/index.ts'
import type { BrowserCall, PageFetchTask } from '../browser-port.ts'
import { type Expectation, meetsInTime } from '../expectation.ts'
import { errorOf, verdictOf, type WorkerMessage, type WorkerReply, workerMessageSchema } from './messages.ts'
import { PartsOf } from './parts.ts'

/** What a worker may ask while it is at work. */
export interface Asked {
  readonly call: BrowserCall
  readonly expect?: Expectation | undefined
  readonly beforeHop?: PageFetchTask['beforeHop']
  /** The whole time of the request, for the error that says that it is over, and its end on the clock of `performance.now()`. */
  readonly timeoutMs?: number
  readonly deadline?: number
}

/** Pictures and recordings are never larger. */
const MAX_EXTRA_BYTES = 128 * 1024 * 1024

/** Reads what a worker says of a task: its questions are answered on the way. */
export class WorkerWords {
  readonly #line: Line
  readonly #asked: Asked
  /** What a document may have at most; 0 for no limit. */
  readonly #maxBytes: number

  constructor(line: Line, asked: Asked, maxBytes = 0) {
    this.#line = line
    this.#asked = asked
    this.#maxBytes = maxBytes
  }

  /** @throws what the task ended with, and what ended the line */
  async reply<K extends WorkerReply['kind']>(
    kinds: readonly K[],
  ): Promise<Extract<WorkerReply, { kind: K }>> {
    const said = await this.#next('reply')
    const { reply } = said
    if (!kinds.some((kind) => kind === reply.kind)) throw unknown()
    return reply as Extract<WorkerReply, { kind: K }>
  }

  /** Bytes that were announced. */
  async parts(size: number): Promise<Buffer> {
    const bound = Math.max(this.#maxBytes, MAX_EXTRA_BYTES)
    if (this.#maxBytes > 0 && size > bound) throw unknown()
    const parts = new PartsOf(size)
    while (!parts.complete) parts.add((await this.#next('part')).bytes)
    return parts.bytes
  }

  async end(): Promise<void> {
    await this.#next('end')
  }

  /** The body of an answer, as it is asked for: what is not read stays with the worker. */
  async *chunks(signal: AbortSignal, done: () => void): AsyncGenerator<Buffer, void, void> {
    try {
      for (;;) {
        const said = await this.#next('part', 'end')
        if (signal.aborted) throw signal.reason
        if (said.type === 'end') return
        yield said.bytes
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      done()
    }
  }

  async #next<T extends WorkerMessage['type']>(
    ...types: readonly T[]
  ): Promise<Extract<WorkerMessage, { type: T }> & { readonly bytes: Buffer }> {
    for (;;) {
      const { message, bytes } = await this.#line.next()
      const said = workerMessageSchema.safeParse(message).data
      if (said === undefined) throw unknown()
      if (types.some((type) => type === said.type)) {
        return { ...(said as Extract<WorkerMessage, { type: T }>), bytes }
      }
      if (said.type === 'gone') throw new WorkerGone()
      if (said.type === 'error') throw errorOf(said.error)
      if (said.type === 'room') this.#asked.call.onWaitingRoom?.(new URL(said.url), verdictOf(said.verdict))
      else if (said.type === 'ask') await this.#answer(said)
      else throw unknown()
    }
  }

  async #answer({ id, about }: Extract<WorkerMessage, { type: 'ask' }>): Promise<void> {
    const answer = (value: boolean) => this.#line.say({ type: 'answer', id, value })
    const { call, expect, beforeHop, timeoutMs = 0, deadline = Infinity } = this.#asked
    // What the caller's function throws ends the task here, and with that there.
    if (about.what === 'hop') {
      await beforeHop?.(new URL(about.to), new URL(about.from))
      answer(true)
      return
    }
    const { url, statusCode, statusText, headers } = about
    const body = await this.parts(about.body)
    const whole = { url: new URL(url), statusCode, statusText, headers, body }
    const request = { url: whole.url, timeoutMs, signal: call.signal }
    answer(expect !== undefined && (await meetsInTime(expect, whole, 'page', request, deadline)))
  }
}

function unknown(): OnejarError {
  return new OnejarError('ONEJAR_BROWSER_FAILED', 'A worker answered with something unknown')
}
