import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { nameSchema } from './task-order.ts'

/** What lies in a mailbox that nobody reads any more goes after this time. */
const KEPT_MS = 120_000
const BLOCK_MS = 5_000
const AT_ONCE = 32
const PAUSE_MS = 200

/** Something in a mailbox. Hostile until it was opened. */
export interface Letter {
  readonly task: string
  readonly run: string
  readonly at: number
  /** A frame; of an order the text that was sealed. */
  readonly body: Buffer
  readonly traceparent: string | null
}

/** The key of a mailbox. */
function keyOf(prefix: string, box: string): string {
  return `${prefix}:mail:${box}`
}

/** Puts something into a mailbox: one round trip, not waited for by others on the connection. */
export async function post(redis: Redis, prefix: string, box: string, letter: Letter): Promise<void> {
  const { task, run, at, body, traceparent } = letter
  const key = keyOf(prefix, box)
  const fields = ['t', task, 'r', run, 'a', String(at), 'p', traceparent ?? '', 'b', body] as const
  const done = await redis
    .multi()
    .xadd(key, '*', ...fields)
    .pexpire(key, KEPT_MS)
    .exec()
  const failure = done?.find(([error]) => error !== null)?.[0]
  if (failure) throw failure
}

/**
 * Reads a mailbox until it is closed, in the order in which letters came; each is deleted once it was read. A connection that
 * breaks loses none.
 */
export class Mailbox {
  readonly #redis: Redis
  readonly #key: string
  readonly #onLetter: (letter: Letter) => void
  #closed = false
  #last = '0-0'

  /** @param redis - a connection of its own: reading blocks it */
  constructor(redis: Redis, prefix: string, box: string, onLetter: (letter: Letter) => void) {
    this.#redis = redis
    this.#key = keyOf(prefix, box)
    this.#onLetter = onLetter
    void this.#read()
  }

  close(): void {
    this.#closed = true
    this.#redis.disconnect()
  }

  async #read(): Promise<void> {
    while (!this.#closed) {
      try {
        const found = await this.#redis.xreadBuffer(
          'COUNT',
          AT_ONCE,
          'BLOCK',
          BLOCK_MS,
          'STREAMS',
          this.#key,
          this.#last,
        )
        const entries = found?.[0]?.[1] ?? []
        if (entries.length === 0) continue
        const ids = entries.map(([id]) => id.toString())
        this.#last = ids.at(-1) as string
        for (const [, fields] of entries) {
          const letter = letterOf(fields)
          if (letter !== null) this.#onLetter(letter)
        }
        await this.#redis.xdel(this.#key, ...ids)
      } catch {
        if (!this.#closed) await delay(PAUSE_MS, undefined, { ref: false })
      }
    }
  }
}

function letterOf(fields: readonly Buffer[]): Letter | null {
  const held = new Map<string, Buffer>()
  for (let at = 0; at + 1 < fields.length; at += 2) held.set(String(fields[at]), fields[at + 1] as Buffer)
  const text = (name: string) => held.get(name)?.toString() ?? ''
  const body = held.get('b')
  const at = Number(text('a'))
  const known = nameSchema.safeParse(text('t')).success && nameSchema.safeParse(text('r')).success
  if (!known || body === undefined || !Number.isSafeInteger(at) || at < 0) return null
  const traceparent = text('p').slice(0, 64)
  return { task: text('t'), run: text('r'), at, body, traceparent: traceparent === '' ? null : traceparent }
}
