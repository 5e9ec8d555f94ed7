import { type MemoryReading, memoryAllowance, SETTLING_MS } from './worker-capacity.ts'

export interface MemoryWatchOptions {
  readonly concurrency: number
  /** What a context takes; 0 where the browser is on another machine. */
  readonly contextBytes: number
  readonly read: () => MemoryReading
  /** When the solves that are under way began, on the clock of `performance.now()`. */
  readonly underway: () => readonly number[]
  /** Called with each new number of solves that may be under way. */
  readonly onAllowance: (count: number) => void
  /** Called when work is refused for lack of memory, and when it no longer is. */
  readonly onRefusing: (refusing: boolean, reading: MemoryReading) => void
}

const LOOK_EVERY_MS = 500

/** Looks at the memory that is left, and says how many solves it allows. */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions
  readonly #timer: NodeJS.Timeout
  #allowance: number
  #refusing = false
  #availableBytes = 0

  /** Looks at once, and then twice a second until it is closed. */
  constructor(options: MemoryWatchOptions) {
    this.#options = options
    this.#allowance = options.concurrency
    this.look()
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  /** How many solves may be under way. */
  get allowance(): number {
    return this.#allowance
  }

  /** Whether no further solve is taken for lack of memory. */
  get refusing(): boolean {
    return this.#refusing
  }

  /** What was left when it last looked, in bytes. */
  get availableBytes(): number {
    return this.#availableBytes
  }

  look(): void {
    const { concurrency, contextBytes, read, underway, onAllowance, onRefusing } = this.#options
    const reading = read()
    const begun = underway()
    const settling = begun.filter((at) => performance.now() - at < SETTLING_MS).length
    const work = { underway: begun.length, settling, refusing: this.#refusing }
    const allowance = memoryAllowance(reading, work, { concurrency, contextBytes })
    const refusing = allowance < concurrency && allowance <= begun.length
    this.#availableBytes = reading.availableBytes
    if (allowance !== this.#allowance) {
      this.#allowance = allowance
      onAllowance(allowance)
    }
    if (refusing !== this.#refusing) {
      this.#refusing = refusing
      onRefusing(refusing, reading)
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
