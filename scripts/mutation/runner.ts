/**
 * A test runner for Stryker that runs the unit tests of a pure room in its own process, hundreds of times faster than vitest
 * can be started anew for each mutant: the files are loaded once, and a mutant is switched on in them. A mutant of what
 * runs while a module is loaded (a table, a regular expression) has the files loaded again.
 */
import { globSync, readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { InstrumenterContext, MutantCoverage } from '@stryker-mutator/api/core'
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  type CompleteDryRunResult,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import { type CollectedTest, collect } from './collected-tests.ts'

/** Which tests are run: patterns, a line each. */
const TESTS_VARIABLE = 'ONEJAR_MUTATION_TESTS'
/** Which are left out: a regular expression for their names. */
const WITHOUT_VARIABLE = 'ONEJAR_MUTATION_WITHOUT'

interface LoadedTest extends CollectedTest {
  readonly id: string
  readonly file: string
}

/** What the instrumented files read and count. */
const state: { -readonly [Name in keyof InstrumenterContext]: InstrumenterContext[Name] | undefined } = {}
Object.assign(globalThis, { __stryker__: state })

let load = 0
let tests: readonly LoadedTest[] = []
const stripped = new Map<string, string>()

const runner: TestRunner = {
  capabilities: () => ({ reloadEnvironment: true }),

  async init() {
    const root = pathToFileURL(`${process.cwd()}/`).href
    const standIn = new URL('vitest-stand-in.ts', import.meta.url).href
    const isOurs = (url: string) =>
      url.startsWith(root) && !/\/(?:node_modules|scripts\/mutation)\//.test(url)
    registerHooks({
      resolve(specifier, context, next) {
        const fromOurs = isOurs(context.parentURL ?? '')
        if (specifier === 'vitest' && fromOurs) return { url: standIn, shortCircuit: true }
        const found = next(specifier, context)
        // Another address is another module: what is loaded again is evaluated again.
        return isOurs(found.url) ? { ...found, url: `${found.url.split('?')[0]}?load=${load}` } : found
      },
      load(url, context, next) {
        const file = url.split('?')[0] ?? url
        if (!isOurs(url) || !file.endsWith('.ts')) return next(url, context)
        let source = stripped.get(file)
        if (source === undefined) {
          source = stripTypeScriptTypes(readFileSync(fileURLToPath(file), 'utf8'))
          stripped.set(file, source)
        }
        return { format: 'module', source, shortCircuit: true }
      },
    })
  },

  async dryRun() {
    state.activeMutant = undefined
    const mutantCoverage: MutantCoverage = { static: {}, perTest: {} }
    state.mutantCoverage = mutantCoverage
    tests = await loadTests()
    return { ...(await run(tests, { bail: false })), mutantCoverage }
  },

  async mutantRun({
    activeMutant,
    mutantActivation,
    testFilter,
    hitLimit,
    reloadEnvironment,
  }: MutantRunOptions) {
    state.hitCount = 0
    state.hitLimit = hitLimit
    state.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined
    let result: DryRunResult
    try {
      if (reloadEnvironment || tests.length === 0) tests = await loadTests()
      state.activeMutant = activeMutant.id
      const chosen = testFilter === undefined ? undefined : new Set(testFilter)
      result = await run(
        tests.filter(({ id }) => chosen?.has(id) ?? true),
        { bail: true },
      )
    } catch (error) {
      // It cannot even be loaded: the tests of its files would all fail.
      result = {
        status: DryRunStatus.Complete,
        tests: [
          {
            id: 'load',
            name: 'load',
            timeSpentMs: 0,
            status: TestStatus.Failed,
            failureMessage: String(error),
          },
        ],
      }
      tests = []
    } finally {
      state.activeMutant = undefined
    }
    if (mutantActivation === 'static') tests = [] // the tables that it made are in the files
    return toMutantRunResult(determineHitLimitReached(state.hitCount, hitLimit) ?? result)
  },
}

async function loadTests(): Promise<readonly LoadedTest[]> {
  load++
  const without = new RegExp(process.env[WITHOUT_VARIABLE] || '$^')
  const loaded: LoadedTest[] = []
  for (const file of globSync((process.env[TESTS_VARIABLE] ?? '').split('\n')).sort()) {
    const path = `${process.cwd()}/${file}`
    const collected = await collect(() => import(pathToFileURL(path).href))
    for (const [at, test] of collected.entries())
      if (!without.test(test.name))
        loaded.push({ ...test, id: `${relative('', path)}#${at} ${test.name}`, file: path })
  }
  return loaded
}

async function run(
  chosen: readonly LoadedTest[],
  { bail }: { bail: boolean },
): Promise<CompleteDryRunResult> {
  const results: TestResult[] = []
  for (const { id, name, file, run: body } of chosen) {
    state.currentTestId = id
    const startedAt = performance.now()
    let failure: unknown
    try {
      await body()
    } catch (error) {
      failure = error ?? new Error('undefined was thrown')
    }
    const common = { id, name, fileName: file, timeSpentMs: performance.now() - startedAt }
    results.push(
      failure === undefined
        ? { ...common, status: TestStatus.Success }
        : { ...common, status: TestStatus.Failed, failureMessage: String(failure) },
    )
    if (failure !== undefined && bail) break
  }
  state.currentTestId = undefined
  return { status: DryRunStatus.Complete, tests: results }
}

export const strykerPlugins = [declareValuePlugin(PluginKind.TestRunner, 'in-process', runner)]
