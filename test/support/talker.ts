import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process that says a line at a time. */
export class Talker {
  readonly child: ChildProcess
  readonly errors: string[] = []
  readonly #lines: AsyncIterator<string>

  constructor(args: readonly string[], keys: string) {
    this.child = spawn(process.execPath, args, { env: { ...process.env, ONEJAR_KEYS: keys } })
    this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]()
    this.child.stderr!.on('data', (chunk) => this.errors.push(String(chunk)))
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the process ended: ${this.errors.join('')}`)
    return value
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const gone = new Promise<number | null>((resolve) => child.once('close', resolve))
    child.kill(signal)
    return gone
  }
}
