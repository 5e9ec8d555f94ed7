import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { findBrowser } from '../../src/browser/index.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a script printed. Who expects it to fail looks at the code. */
export interface ScriptRun {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/**
 * A folder of a user's with Onejar installed, every package of this checkout beside it, `onejar` on the path and a home of its
 * own. The installed package is the sources of this checkout under the names that a user imports.
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
    await installSources(folder)
    await mkdir(join(folder, 'bin'))
    const command = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'src/cli/bin.ts')}" "$@"\n`
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

async function installSources(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, 'onejar'), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules')))
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
  const manifest = await readFile(join(root, 'package.json'), 'utf8')
  await writeFile(join(modules, 'onejar/package.json'), manifest)
  const { exports } = JSON.parse(manifest) as { exports: Record<string, string | { default: string }> }
  for (const target of Object.values(exports)) {
    if (typeof target === 'string') continue
    const file = join(modules, 'onejar', target.default)
    const source = join(root, target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `export * from '${pathToFileURL(source).href}'\n`)
  }
}
