/**
 * Mutation testing of a room that only decides: `npm run mutation -- resilience`. A mutant is a small change of the source
 * that a unit test should notice. Those that no test noticed are printed, then the score of each file and of the room, in
 * percent. Files named after the room are mutated alone: `npm run mutation -- record src/record/merge.ts`.
 *
 * With `--tests PATTERN`, once or more, those tests alone are run, which is quicker where a table is mutated: each of its mutants
 * is put to all tests. With `--laws` the room's laws in `test/property` are run too; with `--sample 5` about 5 % of the mutants, always the same ones;
 * `--processes 1` leaves a processor to others; `--out FILE` keeps the run for `scripts/mutants.ts`. The exit code is 1 when
 * the score is under `--least` (default 85). Every run is whole: taken from an earlier one, mutants of tables would not be shown to new tests.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { scoreMutants } from './lib/mutation-score.ts'

interface Room {
  /** Tests that are about the room and stand elsewhere: tables of cases, and what is made of the room. */
  readonly also?: readonly string[]
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
    also: [
      'test/conformance/cookies/*.test.ts',
      'test/unit/cli/import-forms.test.ts',
      'test/unit/cli/session-formats.test.ts',
    ],
    laws: ['cookies', 'merge', 'codecs', 'session-record'],
  },
  pipeline: {},
}

/**
 * Tests of size and time, by their names, which would be run a thousand times over and say little of decisions; and those that
 * read the text of the source, which is another one here.
 */
const LEFT_OUT =
  'linear|is quick|reads nothing behind|in floods|without a single break|beyond 500 KiB|hostile file|without end|the patterns of the classifier|by the thousand|stay within bounds|charset of its language'

/** Lines of a sample that stand together. A mutant of more lines is in none. */
const STRETCH = 12

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    laws: { type: 'boolean', default: false },
    least: { type: 'string', default: '85' },
    processes: { type: 'string', default: '2' },
    sample: { type: 'string' },
    tests: { type: 'string', multiple: true },
    out: { type: 'string' },
  },
})
const [name = '', ...files] = positionals
const room = Object.hasOwn(ROOMS, name) ? ROOMS[name] : undefined
if (room === undefined) {
  process.stderr.write(`Name a room: ${Object.keys(ROOMS).join(', ')}\n`)
  process.exit(2)
}

const tests = values.tests ?? [`test/unit/${name}/**/*.test.ts`, ...(room.also ?? [])]
if (values.laws) tests.push(...(room.laws ?? []).map((law) => `test/property/${law}.test.ts`))
process.env['ONEJAR_MUTATION_TESTS'] = tests.join('\n') // for the processes that run them
process.env['ONEJAR_MUTATION_WITHOUT'] = LEFT_OUT
process.env['ONEJAR_SEED'] ??= '1' // the same draws for each mutant, and in the next run

const mutated = files.length > 0 ? files : [`src/${name}/**/*.ts`]
const mutants = await new Stryker({
  mutate: values.sample === undefined ? mutated : sampleOf(mutated, Number(values.sample)),
  plugins: [fileURLToPath(new URL('mutation/runner.ts', import.meta.url))],
  testRunner: 'in-process',
  ignoreStatic: room.withoutStatic ?? false,
  maxTestRunnerReuse: 150, // modules that were loaded again stay in memory
  concurrency: Number(values.processes),
  tempDirName: '.stryker/tmp',
  tsconfigFile: 'none', // it would be rewritten by an interface that TypeScript 7 no longer has
  timeoutMS: 30_000, // a busy machine is no endless loop
  ignorePatterns: ['bench', 'docker', 'examples'],
  reporters: ['progress-append-only'],
  warnings: { slow: false, unknownOptions: true, preprocessorErrors: true, unserializableOptions: true },
  allowEmpty: true,
}).runMutationTest()

if (values.out !== undefined) {
  const command = `npm run mutation -- ${process.argv.slice(2).join(' ')}`.replace(
    / --(?:out|processes) \S+/g,
    '',
  )
  writeFileSync(values.out, JSON.stringify({ command, mutants }))
}
const { lines, percent } = scoreMutants(mutants, process.cwd())
process.stdout.write(`${lines.join('\n')}\n`)
if (percent < Number(values.least)) process.exitCode = 1

/** Some stretches of the files, so many percent of their lines; which ones follows from their names. */
function sampleOf(patterns: readonly string[], percent: number): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern))
    .sort()
    .flatMap((file) => {
      const count = readFileSync(file, 'utf8').split('\n').length
      const starts = Array.from({ length: Math.ceil(count / STRETCH) }, (_, at) => at * STRETCH + 1)
      return starts
        .filter(
          (line) => createHash('sha256').update(`${file}:${line}`).digest().readUInt16BE() % 100 < percent,
        )
        .map((line) => `${file}:${line}-${line + STRETCH - 1}`)
    })
}
