import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromiumProcesses } from './processes.ts'

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url))

/** `onejar serve` or `onejar worker`, as a process that can be frozen and killed. */
export class OnejarProcess {
  readonly url: string
  readonly #child: ChildProcess
  readonly #closed: Promise<number | null>

  private constructor(child: ChildProcess, closed: Promise<number | null>, url: string) {
    this.#child = child
    this.#closed = closed
    this.url = url
  }

  /** Resolves when it says where it listens. */
  static async start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<OnejarProcess> {
    const child = spawn(process.execPath, ['--no-warnings', BIN, ...args, '--json', '--log-level', 'error'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(child, 'close').then(([code]) => code as number | null)
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const first = await Promise.race([once(lines, 'line'), closed])
    if (!Array.isArray(first)) throw new Error(`onejar ${args[0]} ended with ${first} before it was ready`)
    child.stdout?.resume()
    const said = JSON.parse(String(first[0])) as { url?: string; healthUrl?: string }
    return new OnejarProcess(child, closed, said.url ?? said.healthUrl ?? '')
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** The browser that it has started, if it has. */
  get browserPid(): number | undefined {
    return chromiumProcesses().find(({ parent }) => parent === this.#child.pid)?.pid
  }

  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** Asks it to end: with which code it did, after how long. */
  async drain(): Promise<{ readonly code: number | null; readonly ms: number }> {
    const startedAt = performance.now()
    this.#child.kill('SIGTERM')
    const code = await this.#closed
    return { code, ms: performance.now() - startedAt }
  }
}
