import { z } from 'zod'
import { OnejarError } from '../../core/index.ts'
import { type Frame, type FramePlace, openFrame, sealFrame } from './frame.ts'

/** Bytes of one frame, at most. */
export const FRAME_BYTES = 128 * 1024
/** Frames that are under way in one direction before the other end has taken some: what lies in Redis of one task. */
const WINDOW = 16

const takenSchema = z.strictObject({ taken: z.number().int().positive().max(WINDOW) })

/** One end of what caller and worker say to each other about a task. */
export interface Line {
  /**
   * Says something, once the other end has taken enough of what was said before.
   *
   * @throws what ended the line
   */
  send(message: unknown, bytes?: Uint8Array): Promise<void>
  /** The same without waiting. */
  say(message: unknown): void
  /** What the other end says next. @throws what ended the line */
  next(): Promise<Frame>
}

export interface TaskLineOptions extends Omit<FramePlace, 'at' | 'from'> {
  readonly end: FramePlace['from']
  readonly key: Uint8Array
  /** Puts a sealed frame into the mailbox of the other end. */
  readonly post: (at: number, sealed: Buffer) => Promise<void>
}

/** A line over two mailboxes. What was put there by others, or twice, is not heard. */
export class TaskLine implements Line {
  readonly #options: TaskLineOptions
  #sent = 0
  #heard = 0
  /** Frames that the other end has not taken. */
  #underway = 0
  #unsaid = 0
  #room: PromiseWithResolvers<void> | undefined
  readonly #inbox: Frame[] = []
  #wake: PromiseWithResolvers<void> | undefined
  #ended: { readonly reason: unknown } | undefined

  constructor(options: TaskLineOptions) {
    this.#options = options
  }

  get run(): string {
    return this.#options.run
  }

  async send(message: unknown, bytes: Uint8Array = Buffer.alloc(0)): Promise<void> {
    while (this.#underway >= WINDOW && this.#ended === undefined) {
      this.#room ??= Promise.withResolvers()
      await this.#room.promise
    }
    this.#assertOpen()
    this.#underway++
    await this.#post({ said: message }, bytes)
  }

  say(message: unknown): void {
    if (this.#ended !== undefined) return
    this.#underway++
    this.#post({ said: message }, Buffer.alloc(0)).catch(() => {})
  }

  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#inbox.shift()
      if (frame !== undefined) {
        // What was taken makes room at the other end; it hears of it now and then.
        if (++this.#unsaid >= WINDOW / 2) {
          this.#post({ taken: this.#unsaid }, Buffer.alloc(0)).catch(() => {})
          this.#unsaid = 0
        }
        return frame
      }
      this.#assertOpen()
      this.#wake ??= Promise.withResolvers()
      await this.#wake.promise
    }
  }

  /** A frame has come into the mailbox of this end. */
  hear(at: number, sealed: Buffer): void {
    if (at < this.#heard || this.#ended !== undefined) return
    const { end, key, task, run } = this.#options
    const from = end === 'caller' ? 'worker' : 'caller'
    const frame = openFrame(key, { from, task, run, at }, sealed)
    if (frame === null) return
    if (at > this.#heard) {
      this.end(new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', 'What a worker said was lost on its way'))
      return
    }
    this.#heard++
    const { message, bytes } = frame
    if (typeof message !== 'object' || message === null) return
    if ('said' in message) {
      this.#inbox.push({ message: message.said, bytes })
      this.#wake?.resolve()
      this.#wake = undefined
      return
    }
    const taken = takenSchema.safeParse(message).data
    if (taken === undefined) return
    this.#underway = Math.max(0, this.#underway - taken.taken)
    this.#room?.resolve()
    this.#room = undefined
  }

  /** Nothing more is said or heard. */
  end(reason: unknown): void {
    this.#ended ??= { reason }
    this.#room?.resolve()
    this.#wake?.resolve()
  }

  #assertOpen(): void {
    if (this.#ended !== undefined) throw this.#ended.reason
  }

  async #post(message: unknown, bytes: Uint8Array): Promise<void> {
    const { end, key, task, run, post } = this.#options
    const at = this.#sent++
    await post(at, sealFrame(key, { from: end, task, run, at }, message, bytes))
  }
}
