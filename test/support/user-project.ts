import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findBrowser } from '../../src/browser/index.ts'
import { builtModules } from './built-package.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a script printed. Who expects it to fail looks at the code. */
export interface ScriptRun {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/**
 * A folder of a user's with Onejar installed as it is built, every package of this checkout beside it, `onejar` on the path and a home of
 * its own.
 */
export class UserProject implements AsyncDisposable {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly #children: ChildProcess[] = []

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder
    this.env = env
  }

  /** @param from - folders of `examples/` whose files it has */
  static async create(...from: readonly string[]): Promise<UserProject> {
    const folder = await mkdtemp(join(tmpdir(), 'onejar-user-'))
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
    for (const name of from) await cp(join(root, 'examples', name), folder, { recursive: true })
    const modules = await builtModules()
    await symlink(modules, join(folder, 'node_modules'))
    await mkdir(join(folder, 'bin'))
    const command = `#!/bin/sh\nexec "${process.execPath}" "${join(modules, 'onejar/dist/cli/bin.js')}" "$@"\n`
    await writeFile(join(folder, 'bin/onejar'), command, { mode: 0o755 })
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|TEST_|NODE_ENV|NODE_OPTIONS|ONEJAR_(?!CHROMIUM))/.test(name),
    )
    const found = await findBrowser()
    return new UserProject(folder, {
      ...Object.fromEntries(own),
      ...(found === null ? {} : { ONEJAR_CHROMIUM: found.executablePath }),
      ONEJAR_HOME: join(folder, 'home'),
      PATH: [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
    })
  }

  /** Runs a command in the folder to its end. */
  async run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ScriptRun> {
    const options = { cwd: this.folder, env: { ...this.env, ...env }, timeout: 120_000 }
    return run(command, [...args], options).then(
      ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
      (error: { stdout: string; stderr: string; code: number }) => ({
        stdout: error.stdout,
        stderr: error.stderr,
        code: typeof error.code === 'number' ? error.code : 1,
      }),
    )
  }

  /** Starts a command that goes on; resolves to what it prints first. */
  async start(command: string, args: readonly string[]): Promise<string> {
    const child = spawn(command, [...args], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.push(child)
    return new Promise((resolve, reject) => {
      child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()))
      child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)))
    })
  }

  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill()
    await rm(this.folder, { recursive: true, force: true })
  }
}
