/**
 * Measures the curves of docs/performance.md, and where the time of a request goes:
 *
 *     npm run bench:curves                          prints them, and keeps them in bench/out
 *     npm run bench:curves -- --keep                and keeps them as those of the page; then node scripts/docs-performance.ts
 *     npm run bench:curves -- --only stages --keep --as before      the profile of the code before a change
 *     npm run bench:curves -- --scale 0.01 --most 1000              to see that all works
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startBenchServer } from '../server.ts'
import { CURVES, type CurveFigures, type CurveName, type StageFigures } from './curves.ts'
import { type Extent, measureCurve } from './measure.ts'
import { profileStages } from './stages.ts'

const CURVES_FILE = join(import.meta.dirname, 'figures.json')
const STAGES_FILE = join(import.meta.dirname, 'stages.json')
const PROFILED_REQUESTS = 40_000
/** Memory is measured with bodies. */
const MEASURED = Object.keys(CURVES).filter((name) => name !== 'memory') as Exclude<CurveName, 'memory'>[]

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: [...MEASURED, 'stages'].join(',') },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    most: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
    keep: { type: 'boolean', default: false },
    as: { type: 'string', default: 'after' },
  },
})
const extent: Extent = {
  rounds: Number(values.rounds),
  scale: Number(values.scale),
  most: Number(values.most),
}
const wanted = new Set(values.only.split(','))
if (values.as !== 'before' && values.as !== 'after') throw new TypeError('--as takes before or after')
const read = async <Kept>(file: string) => JSON.parse(await readFile(file, 'utf8')) as Kept

const server = await startBenchServer()
let figures = await read<CurveFigures>(CURVES_FILE)
let stages = await read<StageFigures>(STAGES_FILE)
try {
  for (const name of MEASURED.filter((one) => wanted.has(one))) {
    process.stderr.write(`${name}\n`)
    figures = {
      measuredOn: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}`,
      curves: { ...figures.curves, ...(await measureCurve(name, server.origin, extent)) },
    }
  }
  if (wanted.has('stages')) {
    process.stderr.write('stages\n')
    const times = Math.max(320, Math.round(PROFILED_REQUESTS * extent.scale))
    stages = { ...stages, [values.as]: await profileStages(`${server.origin}/product`, times) }
  }
} finally {
  await server.close()
}
for (const [name, points] of Object.entries(figures.curves)) {
  const { title, y } = CURVES[name as CurveName]
  console.log(`${title}: ${points.map((point) => `${point.x} -> ${point.y}`).join(', ')} ${y}`)
}
for (const { name, share } of stages[values.as]?.stages ?? [])
  console.log(`${`${(share * 100).toFixed(1)} %`.padStart(8)} ${name}`)

const out = join(import.meta.dirname, '..', 'out')
await mkdir(out, { recursive: true })
const file = join(out, `curves-${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
await writeFile(file, `${JSON.stringify({ extent, figures, stages }, null, 2)}\n`)
console.log(file)
if (values.keep) {
  await writeFile(CURVES_FILE, `${JSON.stringify(figures, null, 2)}\n`)
  await writeFile(STAGES_FILE, `${JSON.stringify(stages, null, 2)}\n`)
}
