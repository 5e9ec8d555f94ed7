import { isOnejarError, OnejarError } from '../../core/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import { type Line, WorkerGone } from '../../queue/index.ts'
import type { BrowserCall, BrowserPort, LoadFailure, LoadReply } from '../browser-port.ts'
import type { Expectation } from '../expectation.ts'
import type { LoadedDocument } from '../local/loaded-document.ts'
import { CallerWords } from './caller-words.ts'
import { type WireError, type WorkerMessage, type WorkerReply, wireError } from './messages.ts'
import { sendParts } from './parts.ts'
import { type TaskData, taskDataSchema } from './task-data.ts'

/** The session that a worker does a task for. */
export interface TaskSession {
  readonly browser: BrowserPort
  /** Fires when the worker has the session no more. */
  readonly over: AbortSignal
  /** What others wrote is in the record afterwards. @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  catchUp(): Promise<void>
  /**
   * What pages wrote is in the store afterwards.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE; WorkerGone where another worker has the session by now
   */
  settle(): Promise<void>
  /** Passes a challenge, or renews a clearance, with all that the session knows of it. */
  solve(url: string, observedLifeMs: number | null): Promise<void>
  renew(url: string, endedAt: number): Promise<void>
}

/** How a task ended: its reply was said, or an error; another worker has to do it; or its caller wants nothing more of it. */
export type TaskOutcome = 'done' | 'failed' | 'left' | 'given-up'

/** Which of the tasks it is, as far as it is one. @param data - hostile */
export function taskKind(data: unknown): TaskData['kind'] | 'unknown' {
  return taskDataSchema.safeParse(data).data?.kind ?? 'unknown'
}

/**
 * Does a task of a caller elsewhere, and says what the result is. Whatever it ends with is said; a worker that
 * ends, or has the session no more, says that, and another one does it.
 *
 * @param data - what the order asks for; hostile
 * @param waitedMs - what has gone of the caller's time
 */
export async function carryOut(
  data: unknown,
  waitedMs: number,
  line: Line,
  open: () => Promise<TaskSession>,
): Promise<TaskOutcome> {
  const words = new CallerWords(line)
  let session: TaskSession | undefined
  try {
    const task = taskDataSchema.safeParse(data).data
    if (task === undefined) {
      const what = 'A worker does not know the task: it and its caller are of different versions'
      throw new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', what)
    }
    session = await open()
    await session.catchUp()
    await new Carrier(line, words, session).carry(task, waitedMs)
    return 'done'
  } catch (error) {
    if (words.signal.aborted) return 'given-up'
    // Its page was closed then, and that is what the browser reports.
    const isGone = session?.over.aborted || error instanceof WorkerGone
    if (isGone || isOnejarError(error, 'ONEJAR_CLOSED')) {
      await line.send({ type: 'gone' })
      return 'left'
    }
    const said: { readonly type: 'error'; readonly error: WireError } = {
      type: 'error',
      error: wireError(error),
    }
    await line.send(said)
    return 'failed'
  }
}

class Carrier {
  readonly #line: Line
  readonly #words: CallerWords
  readonly #session: TaskSession

  constructor(line: Line, words: CallerWords, session: TaskSession) {
    this.#line = line
    this.#words = words
    this.#session = session
  }

  async carry(task: TaskData, waitedMs: number): Promise<void> {
    const session = this.#session
    const { browser } = session
    const call: BrowserCall = { signal: this.#words.signal }
    switch (task.kind) {
      case 'solve':
        await session.solve(task.url, task.observedLifeMs)
        return this.#replied({ kind: 'done' })
      case 'renew':
        await session.renew(task.url, task.endedAt)
        return this.#replied({ kind: 'done' })
      case 'load':
        return this.#load(task, waitedMs)
      case 'picture': {
        const picture = await browser.picture({ ...task, url: new URL(task.url) }, call)
        return this.#replied({ kind: 'picture', picture: picture?.length ?? null }, [picture])
      }
      case 'run': {
        const done = () => this.#words.finished
        const renewed = await browser.run(task, { ...call, done })
        return this.#replied({ kind: 'ran', renewed })
      }
      case 'open-page': {
        const document = new URL(task.document)
        if (task.fresh) browser.forgetPage(document.origin)
        const failure = await browser.openPage(document, call)
        return failure === null ? this.#replied({ kind: 'done' }) : this.#failed(failure)
      }
      case 'fetch':
        return this.#fetch(task, call)
    }
  }

  async #load(task: Extract<TaskData, { kind: 'load' }>, waitedMs: number): Promise<void> {
    const expect: Expectation | undefined =
      task.expect === 'ask' ? (response) => this.#isExpected(response) : (task.expect ?? undefined)
    const reply: LoadReply = await this.#session.browser.load(
      {
        ...task,
        url: new URL(task.url),
        deadlineMs: Math.max(1, task.deadlineMs - waitedMs),
        expect,
        record: task.record ?? undefined,
      },
      {
        signal: this.#words.signal,
        onWaitingRoom: (url, verdict) => {
          this.#say({ type: 'room', url: url.href, verdict: verdict as never }).catch(() => {})
        },
      },
    )
    if (reply.kind === 'failed') return this.#failed(reply)
    const { document, mistaken, recording } = reply
    const recorded = recording === undefined ? null : Buffer.from(JSON.stringify(recording))
    const { body, isFile = false, url, ...meta } = document
    await this.#replied(
      {
        kind: 'document',
        ...(meta as Omit<LoadedDocument, 'url' | 'body'> & { verdict: never; headers: never }),
        url: url.href,
        isFile,
        mistaken: mistaken as never,
        body: body.length,
        recording: recorded?.length ?? null,
      },
      [body, recorded],
    )
  }

  async #fetch(task: Extract<TaskData, { kind: 'fetch' }>, call: BrowserCall): Promise<void> {
    const { browser } = this.#session
    const document = new URL(task.document)
    if (task.fresh) browser.forgetPage(document.origin)
    const body = task.body === null ? null : await this.#words.body(task.body)
    const { method, headers, redirect } = task
    const beforeHop = task.asksHops ? (to: URL, from: URL) => this.#mayHop(to, from) : undefined
    const reply = await browser.fetch(
      { document, url: new URL(task.url), method, headers, body, redirect, beforeHop },
      call,
    )
    if (reply.kind === 'failed') return this.#failed(reply)
    const { answer } = reply
    try {
      await this.#session.settle()
      const { statusCode, statusText, url, redirected, opaqueRedirect } = answer
      const head = { statusCode, statusText, url: url.href, redirected, opaqueRedirect }
      await this.#say({ type: 'reply', reply: { kind: 'response', ...head, headers: { ...answer.headers } } })
      for await (const chunk of answer.chunks) await sendParts(this.#line, chunk)
      await this.#say({ type: 'end' })
    } finally {
      await answer.chunks.return()
      reply.release()
    }
  }

  async #isExpected(response: OnejarResponse): Promise<boolean> {
    const body = Buffer.from(await response.arrayBuffer())
    const { url, status: statusCode, statusText } = response
    const headers = Object.fromEntries(response.headers)
    const about = { what: 'document' as const, url, statusCode, statusText, headers, body: body.length }
    const isExpected = await this.#words.ask(async (id) => {
      await this.#say({ type: 'ask', id, about })
      await sendParts(this.#line, body)
    })
    return isExpected
  }

  async #mayHop(to: URL, from: URL): Promise<void> {
    const about = { what: 'hop' as const, to: to.href, from: from.href }
    const may = await this.#words.ask((id) => this.#say({ type: 'ask', id, about }))
    if (!may) throw new OnejarError('ONEJAR_ABORTED', 'The caller does not allow the redirect')
  }

  async #failed({ why, verdict, at, screenshot }: LoadFailure): Promise<void> {
    const picture = screenshot?.length ?? null
    const reply = { kind: 'failed' as const, why, verdict: verdict as never, at: at?.href ?? null, picture }
    await this.#replied(reply, [screenshot])
  }

  /** The reply and what belongs to it; the end is said when the store has what the pages wrote. */
  async #replied(reply: WorkerReply, parts: ReadonlyArray<Buffer | null> = []): Promise<void> {
    await this.#say({ type: 'reply', reply })
    for (const part of parts) if (part !== null) await sendParts(this.#line, part)
    await this.#session.settle()
    await this.#say({ type: 'end' })
  }

  #say(message: WorkerMessage): Promise<void> {
    return this.#line.send(message)
  }
}
