/**
 * Reruns the arithmetic of docs/scaling.md with the figures that were measured, or with assumptions of one's own:
 *
 *     node bench/scaling/run.ts [--sessions 50000000 --workers 5000 --solves-per-day 12 …]
 *     node bench/scaling/run.ts --measure     measures the figures here first, prints them, and keeps them in bench/out
 *     node bench/scaling/run.ts --measure --keep     and keeps them as those of the page; then node scripts/docs-scaling.ts
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ScalingFigures } from './figures.ts'
import { measureScaling } from './measure.ts'
import { ASSUMPTIONS, type ScalingAssumptions, simulate } from './simulate.ts'
import { figuresTable, resultTables, sizesTable } from './tables.ts'

const KEPT = join(import.meta.dirname, 'figures.json')
const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const { values } = parseArgs({
  options: {
    measure: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    count: { type: 'string', default: '1000' },
    solves: { type: 'string', default: '20' },
    ...Object.fromEntries(
      Object.keys(ASSUMPTIONS).map((name) => [flagOf(name), { type: 'string' } as const]),
    ),
  },
})
const given = values as Readonly<Record<string, string | boolean | undefined>>
const assumptions = Object.fromEntries(
  Object.entries(ASSUMPTIONS).map(([name, value]) => {
    const text = given[flagOf(name)]
    const number = text === undefined ? value : Number(text)
    if (!(number > 0)) throw new TypeError(`--${flagOf(name)} takes a number above 0`)
    return [name, number]
  }),
) as unknown as ScalingAssumptions

const figures: ScalingFigures = values.measure
  ? await measureScaling(Number(values.count), Number(values.solves))
  : (JSON.parse(await readFile(KEPT, 'utf8')) as ScalingFigures)
const result = simulate(figures, assumptions)
console.log(
  [figuresTable(figures), resultTables(result, assumptions), sizesTable(figures, assumptions)].join('\n'),
)
if (values.measure) {
  const out = join(import.meta.dirname, '..', 'out')
  await mkdir(out, { recursive: true })
  const file = join(out, `scaling-${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
  await writeFile(file, `${JSON.stringify({ figures, assumptions, result }, null, 2)}\n`)
  if (values.keep) await writeFile(KEPT, `${JSON.stringify(figures, null, 2)}\n`)
  console.log(file)
}
