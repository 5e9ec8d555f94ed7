/**
 * Mutation testing of a room that only decides: `npm run mutation -- resilience`. A mutant is a small change of the source
 * that a unit test should notice. Those that no test noticed are printed, then the score of each file and of the room, in
 * percent. Files named after the room are mutated alone: `npm run mutation -- record src/record/merge.ts`.
 *
 * With `--laws` the room's laws in `test/property` are run too. The exit code is 1 when the score is under `--least`
 * (default 85). Every run is whole: taken from an earlier one, mutants of tables would not be shown to new tests.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { scoreMutants } from './lib/mutation-score.ts'

interface Room {
  /** Tables of cases that are run as the unit tests are. */
  readonly tables?: string
  /** The files of `test/property` that hold the room's laws. */
  readonly laws?: readonly string[]
  /** Leaves out what is computed while modules are loaded: each such mutant has all of them loaded anew. */
  readonly withoutStatic?: boolean
}

const ROOMS: Readonly<Record<string, Room>> = {
  resilience: {},
  compliance: { laws: ['compliance'] },
  // Its tables have thousands of mutants, which would take hours: the corpus tests them.
  challenge: { laws: ['challenge'], withoutStatic: true },
  record: {
    tables: 'test/conformance/cookies/*.test.ts',
    laws: ['cookies', 'merge', 'codecs', 'session-record'],
  },
  pipeline: {},
}

/**
 * Tests of size and time, by their names, which would be run a thousand times over and say little of decisions; and those that
 * read the text of the source, which is another one here.
 */
const LEFT_OUT =
  'linear|quick|in floods|without a single break|beyond 500 KiB|hostile file|without end|the patterns of the classifier|by the thousand|stay within bounds|charset of its language'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    laws: { type: 'boolean', default: false },
    least: { type: 'string', default: '85' },
  },
})
const [name = '', ...files] = positionals
const room = Object.hasOwn(ROOMS, name) ? ROOMS[name] : undefined
if (room === undefined) {
  process.stderr.write(`Name a room: ${Object.keys(ROOMS).join(', ')}\n`)
  process.exit(2)
}

const tests = [`test/unit/${name}/**/*.test.ts`]
if (room.tables !== undefined) tests.push(room.tables)
if (values.laws) tests.push(...(room.laws ?? []).map((law) => `test/property/${law}.test.ts`))
process.env['ONEJAR_MUTATION_TESTS'] = tests.join(',') // for the processes that run them
process.env['ONEJAR_MUTATION_WITHOUT'] = LEFT_OUT
process.env['ONEJAR_SEED'] ??= '1' // the same draws for each mutant, and in the next run

const mutants = await new Stryker({
  mutate: files.length > 0 ? files : [`src/${name}/**/*.ts`],
  plugins: [fileURLToPath(new URL('mutation/runner.ts', import.meta.url))],
  testRunner: 'in-process',
  ignoreStatic: room.withoutStatic ?? false,
  maxTestRunnerReuse: 150, // modules that were loaded again stay in memory
  concurrency: 2,
  tempDirName: '.stryker/tmp',
  tsconfigFile: 'none', // it would be rewritten by an interface that TypeScript 7 no longer has
  timeoutMS: 30_000, // a busy machine is no endless loop
  ignorePatterns: ['bench', 'docker', 'examples'],
  reporters: ['progress-append-only'],
  warnings: { slow: false, unknownOptions: true, preprocessorErrors: true, unserializableOptions: true },
  allowEmpty: true,
}).runMutationTest()

const { lines, percent } = scoreMutants(mutants, process.cwd())
process.stdout.write(`${lines.join('\n')}\n`)
if (percent < Number(values.least)) process.exitCode = 1
