import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ignore } from '../../core/index.ts'
import type { SharedToken, TokenBindings } from './token-bindings.ts'

/** What carries messages to the other processes of a session, sealed, and keeps none. */
export interface MessageChannel {
  /** Resolves with how many others get it. @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  send(text: string): Promise<number>
  close(): Promise<void>
}

export type OpenChannel = (onMessage: (text: string) => void) => Promise<MessageChannel | null>

/** How long the others have to answer. */
const ANSWER_MS = 500
/** What is older is not believed: whoever reads along could have kept it. */
const MAX_AGE_MS = 60_000

const instant = z.number().int().nonnegative()
const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ask'), by: z.string().max(64), at: instant }),
  z.strictObject({
    kind: z.literal('tokens'),
    /** Who asked for them; absent where a page has sent one just now. */
    to: z.string().max(64).optional(),
    at: instant,
    tokens: z
      .array(
        z.strictObject({
          id: z.string().max(8192),
          template: z.string().max(64),
          token: z.string().min(1).max(8192),
          sentAt: instant,
        }),
      )
      .max(500),
  }),
])
type Message = z.output<typeof messageSchema>

/**
 * Gives the other processes of a session what only pages' memory has, where the user allows it: as soon as a page has sent it, and
 * to whoever asks before it opens a page of its own.
 */
export class TokenMessages {
  readonly #bindings: TokenBindings
  readonly #open: OpenChannel
  #channel: Promise<MessageChannel | null> | undefined
  readonly #sending = new Set<Promise<unknown>>()
  /** By what was asked: called with each answer. */
  readonly #asked = new Map<string, () => void>()
  #closed = false

  constructor(bindings: TokenBindings, open: OpenChannel) {
    this.#bindings = bindings
    this.#open = open
    this.#opened().catch(ignore)
    bindings.onSent = (token) => this.#tell({ kind: 'tokens', at: bindings.now(), tokens: [token] })
  }

  /** Asks the others for what they have. Returns when all have answered, or after half a second. */
  async catchUp(): Promise<void> {
    const by = randomUUID()
    const { promise, resolve } = Promise.withResolvers<void>()
    let answers = 0
    let others = Number.POSITIVE_INFINITY
    this.#asked.set(by, () => {
      if (++answers >= others) resolve()
    })
    try {
      const channel = await this.#opened()
      others = (await channel?.send(JSON.stringify({ kind: 'ask', by, at: this.#bindings.now() }))) ?? 0
      if (answers >= others) return
      const timer = setTimeout(resolve, ANSWER_MS)
      await promise
      clearTimeout(timer)
    } catch {
      // The store is away: each process is on its own.
    } finally {
      this.#asked.delete(by)
    }
  }

  /** Resolves when the others have been given what there was to give. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#bindings.onSent = undefined
    await this.settled()
    await (await this.#channel?.catch(ignore))?.close().catch(ignore)
  }

  /** What could not be opened is tried again by the next who needs it. */
  #opened(): Promise<MessageChannel | null> {
    if (this.#closed) return Promise.resolve(null)
    this.#channel ??= this.#open((text) => this.#receive(text)).catch((error) => {
      this.#channel = undefined
      throw error
    })
    return this.#channel
  }

  #tell(message: Message): void {
    const sending = this.#opened()
      .then((channel) => channel?.send(JSON.stringify(message)))
      .catch(ignore)
      .finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  #receive(text: string): void {
    const message = parsed(text)
    const now = this.#bindings.now()
    if (message === null || Math.abs(now - message.at) > MAX_AGE_MS) return
    if (message.kind === 'ask') {
      this.#tell({ kind: 'tokens', to: message.by, at: now, tokens: this.#bindings.shared() })
      return
    }
    for (const token of message.tokens) this.#bindings.take(token satisfies SharedToken)
    if (message.to !== undefined) this.#asked.get(message.to)?.()
  }
}

function parsed(text: string): Message | null {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
