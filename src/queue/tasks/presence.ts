import type { Redis } from 'ioredis'
import { nameSchema } from './task-order.ts'

/**
 * Makes a worker the one that has a session, unless another has it that is alive.
 *
 * KEYS[1] who has the session. ARGV[1] the worker, ARGV[2] its lease in milliseconds, ARGV[3] what keys of living workers begin
 * with. Returns who has the session now.
 */
const CLAIM = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] and redis.call('EXISTS', ARGV[3] .. held) == 1 then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`

/** Gives a session back. KEYS[1] who has it, ARGV[1] the worker. Returns 1 where that was the worker. */
const LEAVE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/**
 * Which workers are alive, and which of them has a session. That is where callers ask first; who may write a session is decided
 * by the store's lock.
 */
export class Presence {
  readonly #redis: Redis
  readonly #prefix: string

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /** The worker is alive for so long. */
  async beat(worker: string, leaseMs: number, sessions: readonly string[]): Promise<void> {
    const step = this.#redis.multi().set(this.#alive(worker), '1', 'PX', leaseMs)
    for (const affinity of sessions) step.pexpire(this.#owner(affinity), leaseMs)
    await step.exec()
  }

  /** The worker is not to be asked any more. */
  async gone(worker: string): Promise<void> {
    await this.#redis.del(this.#alive(worker))
  }

  /** Which of these workers are alive. */
  async alive(workers: readonly string[]): Promise<ReadonlySet<string>> {
    if (workers.length === 0) return new Set()
    const held = await this.#redis.mget(workers.map((worker) => this.#alive(worker)))
    return new Set(workers.filter((_, at) => held[at] !== null))
  }

  /** The living worker that has a session; null when there is none. Two round trips where one is named. */
  async owner(affinity: string): Promise<string | null> {
    const held = nameSchema.safeParse(await this.#redis.get(this.#owner(affinity))).data
    return held !== undefined && (await this.alive([held])).has(held) ? held : null
  }

  /** @returns the worker that has the session now */
  async claim(affinity: string, worker: string, leaseMs: number): Promise<string> {
    const now = await this.#redis.eval(CLAIM, 1, this.#owner(affinity), worker, leaseMs, this.#alive(''))
    return nameSchema.safeParse(now).data ?? worker
  }

  async leave(affinity: string, worker: string): Promise<void> {
    await this.#redis.eval(LEAVE, 1, this.#owner(affinity), worker)
  }

  #alive(worker: string): string {
    return `${this.#prefix}:alive:${worker}`
  }

  #owner(affinity: string): string {
    return `${this.#prefix}:owner:${affinity}`
  }
}
