import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FleetMessage } from './messages.ts'

const SCRIPT = fileURLToPath(new URL('fleet-worker.ts', import.meta.url))

/** One process of a fleet, and what it has said. */
export class FleetProcess {
  readonly name: string
  readonly said: FleetMessage[] = []
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  #waiting: { readonly type: FleetMessage['type']; readonly resolve: (message: FleetMessage) => void }[] = []
  #isReady = false

  constructor(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.name = name
    this.#child = spawn(process.execPath, ['--no-warnings', SCRIPT, ...args], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#closed = once(this.#child, 'close')
    this.#child.stdin?.on('error', () => {})
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.#hear(line),
    )
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** The next message of a kind. */
  next<Type extends FleetMessage['type']>(type: Type): Promise<Extract<FleetMessage, { type: Type }>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ type, resolve: resolve as (message: FleetMessage) => void })
      this.#closed.then(() => reject(new Error(`${this.name} ended before it was ${type}`)))
    })
  }

  order(what: 'go' | 'settle' | 'contents'): void {
    this.#child.stdin?.write(`${what}\n`)
  }

  /** SIGKILL; resolves when everything it said has been read. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  #hear(line: string): void {
    let message: FleetMessage
    try {
      message = JSON.parse(line) as FleetMessage
    } catch {
      return // cut off by the kill
    }
    if (message.type === 'ready') this.#isReady = true
    if (message.type !== 'contents') this.said.push(message)
    const heard = this.#waiting.filter(({ type }) => type === message.type)
    this.#waiting = this.#waiting.filter(({ type }) => type !== message.type)
    for (const { resolve } of heard) resolve(message)
  }
}
