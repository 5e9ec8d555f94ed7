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
    lastRun = run.catch(() => {})
    return run
  }

  async #runHere(args: readonly string[], { input = '', env }: RunOptions): Promise<Ended> {
    const stdout = new Collected()
    const stderr = new Collected()
    const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)])
    const before = process.env
    process.env = this.#environment(env)
    try {
      const code = await main(args, { stdin, stdout, stderr, env: process.env })
      return { code, stdout: stdout.bytes, out: stdout.bytes.toString(), err: stderr.bytes.toString() }
    } finally {
      process.env = before
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
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
    const ended = once(child, 'close').then(([code]) => {
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

  remove(): void {
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
