import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A step of a test, as the report lists it. */
export interface ReportedStep {
  readonly title: string
  readonly steps?: readonly ReportedStep[]
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

/** A project of a user's for Playwright Test, in a temporary folder, with this source as its `onejar`. */
export class RunnerProject implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'onejar-runner-'))

  constructor(files: Readonly<Record<string, string>>) {
    const paths = {
      onejar: [join(root, 'src/index.ts')],
      'onejar/test': [join(root, 'src/test-runner/index.ts')],
    }
    this.write({
      'package.json': '{ "private": true, "type": "module" }',
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths } }),
      ...files,
    })
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'))
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
    const browser = await findBrowser()
    const launchOptions = {
      args: defaultBrowserArgs(),
      ...(browser === null ? {} : { executablePath: browser.executablePath }),
    }
    const report = join(this.folder, 'report.json')
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|TEST_|NODE_ENV|NODE_OPTIONS)/.test(name),
    )
    const child = spawn(
      process.execPath,
      [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '--reporter=json', ...args],
      {
        cwd: this.folder,
        env: {
          ...Object.fromEntries(own),
          LAUNCH_OPTIONS: JSON.stringify(launchOptions),
          PLAYWRIGHT_JSON_OUTPUT_NAME: report,
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
    const text = await readFile(report, 'utf8').catch(() => '{ "suites": [] }')
    return { exitCode, output, outcomes: outcomesOf(JSON.parse(text) as Suite) }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

interface Result {
  readonly status: string
  readonly errors: readonly { readonly message?: string }[]
  readonly steps?: readonly ReportedStep[]
  readonly attachments: TestOutcome['attachments']
}

interface Suite {
  readonly suites?: readonly Suite[]
  readonly specs?: readonly {
    readonly title: string
    readonly tests: readonly { readonly projectName: string; readonly results: readonly Result[] }[]
  }[]
}

function outcomesOf(suite: Suite): TestOutcome[] {
  const own = (suite.specs ?? []).flatMap(({ title, tests }) =>
    tests.flatMap(({ projectName: project, results }) =>
      results.map(({ status, errors, steps = [], attachments }) => {
        const messages = errors.map(({ message = '' }) => message)
        return { title, project, status, errors: messages, steps, attachments }
      }),
    ),
  )
  return [...own, ...(suite.suites ?? []).flatMap(outcomesOf)]
}
