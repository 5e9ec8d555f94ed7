import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { OnejarError, withSignal } from '../../core/index.ts'
import { queueConnection } from '../queue-connection.ts'
import { type ParsedQueueOptions, queuePrefix } from '../queue-options.ts'
import type { Envelope } from '../solve-job.ts'
import type { SolveQueue } from '../solve-queue.ts'
import { openFrame } from './frame.ts'
import { type Letter, Mailbox, post } from './mailbox.ts'
import { Presence } from './presence.ts'
import { answerSchema } from './task-handshake.ts'
import { TaskLine } from './task-line.ts'
import { sealTask, type TaskOrder } from './task-order.ts'

/** How often it is asked whether the workers are alive that have tasks of this process. */
const LOOK_EVERY_MS = 1_000
/** A worker that says that another has the session may be late: so often a task is sent on. */
const MAX_PLACES = 5

/** A task to be handed to a worker. */
export interface TaskTicket
  extends Pick<
    TaskOrder,
    'tenant' | 'id' | 'proxy' | 'addresses' | 'keepClearance' | 'contextOptions' | 'affinity' | 'task'
  > {
  readonly traceparent: string | undefined
}

/** A task that a worker has begun. */
export interface BegunTask {
  readonly line: TaskLine
  readonly worker: string
  /** The task is over here, or given up. Idempotent. */
  close(): void
}

/** A task that waits for a worker to begin it. */
interface Waiting {
  readonly key: Buffer
  /** Whom it was sent to; null where any worker may take it. */
  readonly worker: string | null
  readonly begun: PromiseWithResolvers<Beginning>
}

type Beginning =
  | { readonly kind: 'begun'; readonly task: BegunTask }
  /** Another worker has the session; null where whoever was asked takes nothing now. */
  | { readonly kind: 'elsewhere'; readonly worker: string | null }

interface Underway {
  readonly line: TaskLine
  readonly worker: string
}

/** Thrown where the worker has died, or was stopped for so long that others take its sessions. */
export class WorkerGone extends Error {}

/** The callers' end of tasks: hands them to workers, those of a session to the worker that has it. */
export class TaskQueue {
  readonly #options: ParsedQueueOptions
  readonly #envelope: Envelope
  readonly #solves: SolveQueue
  readonly #box = randomBytes(18).toString('base64url')
  readonly #waiting = new Map<string, Waiting>()
  readonly #underway = new Map<string, Underway>()
  #open: { redis: Redis; presence: Presence; mailbox: Mailbox } | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** Connects on first use. @param solves - whose queue is that of all workers */
  constructor(options: ParsedQueueOptions, envelope: Envelope, solves: SolveQueue) {
    this.#options = options
    this.#envelope = envelope
    this.#solves = solves
  }

  /** The living worker that has a session; null when there is none, or the queue cannot be asked. */
  owner(affinity: string): Promise<string | null> {
    return this.#connect()
      .presence.owner(affinity)
      .catch(() => null)
  }

  /**
   * Has a worker begin a task: the one that has the session, or the first that is free. It begins as soon as this resolves.
   *
   * @param worker - who is asked first; null for who has the session
   * @throws OnejarError ONEJAR_QUEUE_UNAVAILABLE when no worker began it in time or the queue cannot be reached; the signal's reason
   */
  async begin(ticket: TaskTicket, signal: AbortSignal, worker: string | null = null): Promise<BegunTask> {
    const endsAt = performance.now() + this.#options.waitMs
    const calledAt = performance.now()
    let place = worker ?? (await this.owner(ticket.affinity))
    for (let places = 0; places < MAX_PLACES; places++) {
      signal.throwIfAborted()
      const left = endsAt - performance.now()
      if (left <= 0) break
      const beginning = await this.#ask(ticket, place, left, signal)
      if (beginning.kind === 'begun') {
        beginning.task.line.say({ go: true, waitedMs: performance.now() - calledAt })
        return beginning.task
      }
      place = beginning.worker
    }
    throw this.#tooLate()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    this.#open?.mailbox.close()
    this.#open?.redis.disconnect()
    this.#open = undefined
  }

  async #ask(
    { traceparent, ...what }: TaskTicket,
    worker: string | null,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<Beginning> {
    const { redis } = this.#connect()
    const taskId = randomBytes(18).toString('base64url')
    const key = randomBytes(32)
    const order: TaskOrder = {
      ...what,
      replyTo: this.#box,
      key: key.toString('base64url'),
      until: Date.now() + Math.ceil(leftMs),
    }
    const sealed = sealTask(order, taskId, this.#envelope)
    const waiting: Waiting = { key, worker, begun: Promise.withResolvers() }
    waiting.begun.promise.catch(() => {})
    this.#waiting.set(taskId, waiting)
    this.#look()
    try {
      const { promise } = waiting.begun
      if (worker === null) {
        const data = { sealed, traceparent: traceparent ?? null }
        return await this.#solves.hand(data, taskId, promise, leftMs, signal)
      }
      const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs))])
      const letter = {
        task: taskId,
        run: taskId,
        at: 0,
        body: Buffer.from(sealed),
        traceparent: traceparent ?? null,
      }
      await withSignal(post(redis, this.#prefix, worker, letter), limit)
      return await withSignal(promise, limit)
    } catch (cause) {
      if (signal.aborted) throw signal.reason
      // A worker that has died meanwhile had not begun.
      if (cause instanceof WorkerGone) return { kind: 'elsewhere', worker: null }
      if (cause instanceof OnejarError) throw cause
      if ((cause as Error)?.name === 'TimeoutError') throw this.#tooLate()
      throw unreachable(cause)
    } finally {
      this.#waiting.delete(taskId)
    }
  }

  #receive({ task, run, at, body }: Letter): void {
    const underway = this.#underway.get(task)
    if (underway !== undefined) {
      if (underway.line.run === run) underway.line.hear(at, body)
      return
    }
    const waiting = this.#waiting.get(task)
    if (waiting === undefined || at !== 0) return
    const { key, begun } = waiting
    const frame = openFrame(key, { from: 'worker', task, run, at }, body)
    const answer = answerSchema.safeParse(frame?.message).data?.said
    if (answer === undefined) return
    this.#waiting.delete(task)
    if (answer.kind === 'elsewhere') {
      begun.resolve(answer)
      return
    }
    const { worker } = answer
    const { redis } = this.#connect()
    const line = new TaskLine({
      end: 'caller',
      task,
      run,
      key,
      post: (place, sealed) => {
        const letter = { task, run, at: place, body: sealed, traceparent: null }
        return post(redis, this.#prefix, worker, letter).catch((cause) => {
          throw unreachable(cause)
        })
      },
    })
    // The first frame was its answer.
    line.hear(at, body)
    void line.next()
    this.#underway.set(task, { line, worker })
    const close = () => {
      if (!this.#underway.delete(task)) return
      line.say({ over: true })
      line.end(new OnejarError('ONEJAR_ABORTED', 'The task is over'))
    }
    begun.resolve({ kind: 'begun', task: { line, worker, close } })
  }

  /** Notices workers that have died. Its timer keeps no process alive, and rests while there is no task. */
  #look(): void {
    this.#timer ??= setInterval(() => void this.#askWhoLives().catch(() => {}), LOOK_EVERY_MS).unref()
  }

  async #askWhoLives(): Promise<void> {
    const waiting = [...this.#waiting.values()]
    const underway = [...this.#underway.values()]
    const workers = new Set([...waiting, ...underway].flatMap(({ worker }) => worker ?? []))
    if (waiting.length + underway.length === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    if (workers.size === 0 || this.#open === undefined) return
    const alive = await this.#open.presence.alive([...workers])
    const isGone = (worker: string | null) => worker !== null && !alive.has(worker)
    for (const one of waiting) if (isGone(one.worker)) one.begun.reject(new WorkerGone())
    for (const one of underway) if (isGone(one.worker)) one.line.end(new WorkerGone())
  }

  #tooLate(): OnejarError {
    const what = `No worker began the task within ${this.#options.waitMs} ms`
    return new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', what)
  }

  get #prefix(): string {
    return queuePrefix(this.#options)
  }

  #connect() {
    if (this.#closed) throw new OnejarError('ONEJAR_CLOSED', 'The queue was closed before the call')
    if (this.#open) return this.#open
    const { url } = this.#options
    const redis = queueConnection(url, 'caller')
    redis.connect().catch(() => {})
    const mailbox = new Mailbox(queueConnection(url, 'worker'), this.#prefix, this.#box, (letter) =>
      this.#receive(letter),
    )
    this.#open = { redis, presence: new Presence(redis, this.#prefix), mailbox }
    return this.#open
  }
}

function unreachable(cause: unknown): OnejarError {
  return new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', 'The queue cannot be reached', { cause })
}
