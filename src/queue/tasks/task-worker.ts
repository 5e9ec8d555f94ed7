import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { OnejarError, withSignal } from '../../core/index.ts'
import { queueConnection } from '../queue-connection.ts'
import { type ParsedQueueOptions, queuePrefix } from '../queue-options.ts'
import type { Envelope } from '../solve-job.ts'
import { type Letter, Mailbox, post } from './mailbox.ts'
import { Presence } from './presence.ts'
import { goSchema } from './task-handshake.ts'
import { type Line, TaskLine } from './task-line.ts'
import { openTask, sealedTaskSchema, type TaskOrder } from './task-order.ts'

/** How long the caller's word is waited for: one that has gone, or never asked, gives none. */
const GO_MS = 5_000
/** How long a closing worker waits for what does not end, and for Redis. */
const GIVE_UP_MS = 1_000
/** How often a worker shows that it is alive, within the time that this holds. */
const BEATS = 4

export interface TaskWorkerOptions extends Pick<ParsedQueueOptions, 'url' | 'keyPrefix'> {
  readonly envelope: Envelope
  /** How long a worker that died is taken for alive, and keeps its sessions from the others, in milliseconds. */
  readonly leaseMs: number
  /**
   * Does what an order says. The line is that to its caller, and the signal that of the caller's end. What it throws reaches
   * no caller: the line has to say it.
   */
  readonly carryOut: (task: CarriedTask) => Promise<void>
}

/** A task that was begun. */
export interface CarriedTask {
  readonly order: TaskOrder
  readonly line: Line
  readonly traceparent: string | null
  /** What has gone of the caller's time, in milliseconds. */
  readonly waitedMs: number
}

/** The workers' end of tasks: takes those of the queue and those of its own mailbox, and says which sessions it has. */
export class TaskWorker {
  readonly #options: TaskWorkerOptions
  readonly #prefix: string
  readonly #worker = randomBytes(18).toString('base64url')
  readonly #lines = new Map<string, TaskLine>()
  readonly #sessions = new Set<string>()
  readonly #underway = new Set<Promise<void>>()
  readonly #redis: Redis
  readonly #presence: Presence
  #mailbox: Mailbox | undefined
  #timer: NodeJS.Timeout | undefined
  #refusing = false
  #closing = false

  constructor(options: TaskWorkerOptions) {
    this.#options = options
    this.#prefix = queuePrefix(options)
    this.#redis = queueConnection(options.url, 'worker')
    this.#presence = new Presence(this.#redis, this.#prefix)
  }

  /** Resolves when callers can find this worker. */
  async ready(): Promise<void> {
    const { url, leaseMs } = this.#options
    await this.#beat()
    this.#mailbox = new Mailbox(queueConnection(url, 'worker'), this.#prefix, this.#worker, (letter) =>
      this.#receive(letter),
    )
    this.#timer = setInterval(() => void this.#beat().catch(() => {}), leaseMs / BEATS).unref()
  }

  /** Tasks that are being done. */
  get underway(): number {
    return this.#underway.size
  }

  /**
   * Makes this worker the one that has a session.
   *
   * @returns null, or the worker that has it
   */
  async claim(affinity: string): Promise<string | null> {
    // What is still done here is done under the store's lock; callers are to ask another worker from now on.
    if (this.#refusing) return null
    const owner = await this.#presence.claim(affinity, this.#worker, this.#options.leaseMs)
    if (owner !== this.#worker) return owner
    if (this.#refusing) await this.leave(affinity)
    else this.#sessions.add(affinity)
    return null
  }

  /** Another worker may have the session. */
  async leave(affinity: string): Promise<void> {
    this.#sessions.delete(affinity)
    await this.#presence.leave(affinity, this.#worker).catch(() => {})
  }

  /**
   * Does a task of the queue, and resolves when it is over. False where it is none that this store's keys made.
   *
   * @param taskId - the name of its job
   */
  async take(job: unknown, taskId: string): Promise<boolean> {
    const data = sealedTaskSchema.safeParse(job).data
    const order = data && (await openTask(data.sealed, taskId, this.#options.envelope))
    if (!data || !order) return false
    await this.#tracked(this.#do(order, taskId, data.traceparent))
    return true
  }

  /** Sends those who ask for more to other workers, which may have its sessions as soon as their locks are free. */
  refuse(): void {
    this.#refusing = true
    for (const affinity of this.#sessions) void this.leave(affinity)
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled(this.#underway)
  }

  /** Takes nothing more, and waits for what is under way. Idempotent. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    this.refuse()
    await withSignal(this.idle(), AbortSignal.timeout(GIVE_UP_MS)).catch(() => {})
    clearInterval(this.#timer)
    await withSignal(this.#presence.gone(this.#worker), AbortSignal.timeout(GIVE_UP_MS)).catch(() => {})
    this.#mailbox?.close()
    this.#redis.disconnect()
  }

  async #beat(): Promise<void> {
    await this.#presence.beat(this.#worker, this.#options.leaseMs, [...this.#sessions])
  }

  #receive({ task, run, at, body, traceparent }: Letter): void {
    const line = this.#lines.get(run)
    line?.hear(at, body)
    // An order has no run yet.
    if (line !== undefined || run !== task || at !== 0) return
    const doing = async () => {
      const order = await openTask(body.toString(), task, this.#options.envelope)
      if (order) await this.#do(order, task, traceparent)
    }
    void this.#tracked(doing())
  }

  async #do(order: TaskOrder, task: string, traceparent: string | null): Promise<void> {
    if (order.until <= Date.now()) return
    const run = randomBytes(18).toString('base64url')
    const line = new TaskLine({
      end: 'worker',
      task,
      run,
      key: Buffer.from(order.key, 'base64url'),
      post: (at, body) =>
        post(this.#redis, this.#prefix, order.replyTo, { task, run, at, body, traceparent: null }),
    })
    this.#lines.set(run, line)
    try {
      const owner = this.#refusing ? null : await this.claim(order.affinity)
      if (this.#refusing || owner !== null) return await line.send({ kind: 'elsewhere', worker: owner })
      await line.send({ kind: 'begun', worker: this.#worker })
      const { message } = await withSignal(line.next(), AbortSignal.timeout(GO_MS))
      const go = goSchema.safeParse(message).data
      if (go === undefined) return
      await this.#options.carryOut({ order, line, traceparent, waitedMs: go.waitedMs })
    } finally {
      this.#lines.delete(run)
      line.end(new OnejarError('ONEJAR_ABORTED', 'The task is over'))
    }
  }

  async #tracked(doing: Promise<void>): Promise<void> {
    const quiet = doing.catch(() => {})
    this.#underway.add(quiet)
    await quiet
    this.#underway.delete(quiet)
  }
}
