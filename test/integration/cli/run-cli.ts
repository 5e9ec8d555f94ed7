import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { main } from '../../../src/cli/main.ts'

/** The command line as it is started from a checkout. */
export const BIN = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: Buffer
  /** The same as text. */
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

export interface RunOptions {
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
}

/** A folder for the store, keys and identity of some runs. */
export class CliHome {
  readonly path = mkdtempSync(join(tmpdir(), 'onejar-cli-'))
  readonly #children = new Set<ChildProcess>()
  /** Gives up the runs here that have not ended. */
  readonly #giveUp = new Set<() => void>()
  #isRemoved = false

  /** A file beside them. */
  file(name: string): string {
    return join(this.path, name)
  }

  /**
   * Runs a command line to its end, in this process: a process of its own costs ten times what most commands do. One after
   * the other, as they share the environment. What is about the process (its streams, its end, a second one at the same
   * time) takes `start` or `shell`.
   */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const run = lastRun.then(() => this.#runHere(args, options))
    const givenUp = Promise.withResolvers<void>()
    this.#giveUp.add(givenUp.resolve)
    const ended = run.then(
      () => {},
      () => {},
    )
    lastRun = Promise.race([ended, givenUp.promise]).finally(() => this.#giveUp.delete(givenUp.resolve))
    return run
  }

  async #runHere(args: readonly string[], { input = '', env }: RunOptions): Promise<Ended> {
    if (this.#isRemoved) throw new Error('its turn came after its test had ended')
    const stdout = new Collected()
    const stderr = new Collected()
    const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)])
    const before = process.env
    const own = this.#environment(env)
    const putBack = () => {
      // What was given up may end while another run has the environment.
      if (process.env === own) process.env = before
      this.#giveUp.delete(putBack)
    }
    process.env = own
    this.#giveUp.add(putBack)
    try {
      const code = await main(args, { stdin, stdout, stderr, env: own })
      return { code, stdout: stdout.bytes, out: stdout.bytes.toString(), err: stderr.bytes.toString() }
    } finally {
      putBack()
    }
  }

  /** Runs it in a process of its own. */
  start(args: readonly string[], options: RunOptions = {}): Running {
    return this.spawn(process.execPath, [BIN, ...args], options)
  }

  /** Runs a line of bash, in which `onejar` is the command. */
  shell(line: string): Promise<Ended> {
    const preface = `onejar() { "${process.execPath}" "${BIN}" "$@"; }`
    return this.spawn('bash', ['-c', `${preface}; ${line}`]).ended
  }

  spawn(
    file: string,
    args: readonly string[],
    { input, env }: RunOptions = {},
    cwd: string | undefined = undefined,
  ): Running {
    const child = spawn(file, args, { env: this.#environment(env), ...(cwd === undefined ? {} : { cwd }) })
    this.#children.add(child)
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
    const ended = once(child, 'close').then(([code]) => {
      this.#children.delete(child)
      const stdout = Buffer.concat(out)
      return {
        code: code as number | null,
        stdout,
        out: stdout.toString(),
        err: Buffer.concat(err).toString(),
      }
    })
    return { child, ended }
  }

  #environment(env: RunOptions['env']) {
    const { ONEJAR_KEYS: _, ...inherited } = process.env
    return { ...inherited, ONEJAR_HOME: this.path, ...env }
  }

  /** Removes the folder. What a test that failed has left running is killed; where it runs in this process, no other test waits for it. */
  remove(): void {
    this.#isRemoved = true
    for (const giveUp of this.#giveUp) giveUp()
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.path, { recursive: true, force: true })
  }
}

let lastRun: Promise<unknown> = Promise.resolve()

/** Keeps what is written to it. */
class Collected extends Writable {
  readonly #chunks: Buffer[] = []

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }
}
