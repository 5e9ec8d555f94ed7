import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

  /** Runs a command line to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.start(args, options).ended
  }

  start(args: readonly string[], options: RunOptions = {}): Running {
    return this.spawn(process.execPath, [BIN, ...args], options)
  }

  /** Runs a line of bash, in which `onejar` is the command. */
  shell(line: string): Promise<Ended> {
    const preface = `onejar() { "${process.execPath}" "${BIN}" "$@"; }`
    return this.spawn('bash', ['-c', `${preface}; ${line}`]).ended
  }

  spawn(file: string, args: readonly string[], { input, env }: RunOptions = {}): Running {
    const { ONEJAR_KEYS: _, ...inherited } = process.env
    const child = spawn(file, args, { env: { ...inherited, ONEJAR_HOME: this.path, ...env } })
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

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
