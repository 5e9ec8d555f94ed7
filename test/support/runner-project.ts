import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { withoutUnseenWindows } from '../../src/browser/launch/unseen-windows.ts'
import { builtModules } from './built-package.ts'

/** Playwright's own reports leave out the steps that are calls to its API. */
const REPORTER = `import { writeFileSync } from 'node:fs'

const stepsOf = (steps) => steps.map(({ category, title, steps }) => ({ category, title, steps: stepsOf(steps) }))

export default class {
  #outcomes = []
  onTestEnd({ title, parent }, { status, errors, steps, attachments }) {
    const messages = errors.map(({ message }) => message ?? '')
    const kept = attachments.map(({ name, path }) => ({ name, path }))
    const project = parent.project().name
    this.#outcomes.push({ title, project, status, errors: messages, steps: stepsOf(steps), attachments: kept })
  }
  onStdOut(text) { process.stdout.write(text) }
  onError({ message }) { console.log(message) }
  onEnd() { writeFileSync(process.env.OUTCOMES, JSON.stringify(this.#outcomes)) }
}
`

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A step of a test, as the report lists it. */
export interface ReportedStep {
  /** `pw:api` for a call to Playwright. */
  readonly category: string
  readonly title: string
  readonly steps: readonly ReportedStep[]
}

/** What became of one test of a project. */
export interface TestOutcome {
  readonly title: string
  readonly project: string
  readonly status: string
  readonly errors: readonly string[]
  readonly steps: readonly ReportedStep[]
  readonly attachments: readonly { readonly name: string; readonly path?: string }[]
}

/** What a run of a project said. */
export interface RunReport {
  readonly exitCode: number | null
  readonly outcomes: readonly TestOutcome[]
  /** Everything that it printed. */
  readonly output: string
}

/** A project of a user's for Playwright Test, in a temporary folder, with what this source builds as its `onejar`. */
export class RunnerProject implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'onejar-runner-'))

  constructor(files: Readonly<Record<string, string>>) {
    this.write({
      'package.json': '{ "private": true, "type": "module" }',
      'reporter.js': REPORTER,
      ...files,
    })
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true })
      writeFileSync(join(this.folder, name), text)
    }
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Runs its tests by Playwright's own command line, with what this machine has for a browser. */
  async run(env: Readonly<Record<string, string>> = {}, ...args: string[]): Promise<RunReport> {
    const modules = join(this.folder, 'node_modules')
    if (!existsSync(modules)) await symlink(await builtModules(), modules)
    const browser = await findBrowser()
    const launchOptions = {
      args: await withoutUnseenWindows(chromium, defaultBrowserArgs()), // its contexts cost a third
      ...(browser === null ? {} : { executablePath: browser.executablePath }),
    }
    const report = join(this.folder, 'outcomes.json')
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|TEST_|NODE_ENV|NODE_OPTIONS)/.test(name),
    )
    const child = spawn(
      process.execPath,
      [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '--reporter=./reporter.js', ...args],
      {
        cwd: this.folder,
        env: {
          ...Object.fromEntries(own),
          LAUNCH_OPTIONS: JSON.stringify(launchOptions),
          OUTCOMES: report,
          ...env,
        },
      },
    )
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
    const text = await readFile(report, 'utf8').catch(() => '[]')
    return { exitCode, output, outcomes: JSON.parse(text) as TestOutcome[] }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
