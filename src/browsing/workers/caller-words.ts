import { ignore, OnejarError } from '../../core/index.ts'
import type { Line } from '../../queue/index.ts'
import { callerMessageSchema } from './messages.ts'

/** Reads what the caller of a task says, as it comes. */
export class CallerWords {
  readonly #line: Line
  readonly #over = new AbortController()
  readonly #questions = new Map<number, PromiseWithResolvers<boolean>>()
  readonly #parts: Buffer[] = []
  #heard: PromiseWithResolvers<void> | undefined
  #asked = 0
  #finished = false

  constructor(line: Line) {
    this.#line = line
    this.#read().catch((error) => this.#end(error))
  }

  /** Fires when the caller wants nothing more. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Whether what a page was to renew is there: the page may come to rest, whatever the caller says afterwards. */
  get finished(): boolean {
    return this.#finished
  }

  /** Asks the caller's function; false where it refused or failed. */
  async ask(say: (id: number) => Promise<void>): Promise<boolean> {
    this.signal.throwIfAborted()
    const id = ++this.#asked
    const question = Promise.withResolvers<boolean>()
    question.promise.catch(ignore)
    this.#questions.set(id, question)
    try {
      await say(id)
      return await question.promise
    } finally {
      this.#questions.delete(id)
    }
  }

  /** The bytes of the request. */
  async body(size: number): Promise<Buffer> {
    for (;;) {
      const held = this.#parts.reduce((sum, { length }) => sum + length, 0)
      if (held >= size) return Buffer.concat(this.#parts).subarray(0, size)
      this.signal.throwIfAborted()
      this.#heard = Promise.withResolvers()
      await this.#heard.promise
    }
  }

  async #read(): Promise<void> {
    for (;;) {
      const { message, bytes } = await this.#line.next()
      const said = callerMessageSchema.safeParse(message).data
      if (said === undefined) continue
      if ('over' in said) return this.#end(new OnejarError('ONEJAR_ABORTED', 'The caller has given it up'))
      if (said.type === 'finish') this.#finished = true
      else if (said.type === 'answer') this.#questions.get(said.id)?.resolve(said.value)
      else this.#parts.push(bytes)
      this.#heard?.resolve()
    }
  }

  #end(reason: unknown): void {
    for (const { reject } of this.#questions.values()) reject(reason)
    this.#heard?.resolve()
    if (!this.#finished) this.#over.abort(reason)
  }
}
