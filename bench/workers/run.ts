import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateKey } from '../../src/store/index.ts'
import { type FleetFigures, measureFleet } from './measure-fleet.ts'
import { startThinkingSite } from './thinking-site.ts'

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2,4,8' },
    concurrency: { type: 'string', default: '1' },
    think: { type: 'string', default: '8000' },
    waves: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(import.meta.dirname, '..', 'out') },
  },
})
const thinkMs = Number(values.think)
const [concurrency, waves, seed] = [values.concurrency, values.waves, values.seed].map(Number) as [
  number,
  number,
  number,
]
/** How far the throughput of a worker among others may be from that of one alone. */
const TOLERANCE = 0.15

const site = await startThinkingSite(() => thinkMs)
const results: FleetFigures[] = []
console.log(`a solve waits ${thinkMs} ms for its site; ${concurrency} at once in each worker\n`)
console.log('workers   solves/s   of a worker   of one alone   queue wait p50      p99   a solve takes')
for (const workers of values.workers.split(',').map(Number)) {
  const options = { workers, concurrency, waves, keys: generateKey(), origin: site.origin, seed }
  const figures = await measureFleet(options)
  results.push(figures)
  const { solvesPerSecond, perWorker, queueWaitMs, solveMs } = figures
  console.log(
    [
      String(workers).padStart(7),
      solvesPerSecond.toFixed(3).padStart(10),
      perWorker.toFixed(3).padStart(13),
      `${(shareOfOne(figures) * 100).toFixed(1)} %`.padStart(14),
      `${Math.round(queueWaitMs.p50)} ms`.padStart(16),
      `${Math.round(queueWaitMs.p99)} ms`.padStart(8),
      `${Math.round(solveMs)} ms`.padStart(15),
    ].join(' '),
  )
}
await site.close()

const worst = Math.max(...results.map((figures) => Math.abs(1 - shareOfOne(figures))))
const met = worst <= TOLERANCE
console.log(
  `\n${met ? 'met   ' : 'MISSED'} throughput of a worker, from that of the first row: ${(worst * 100).toFixed(1)} % (at most ${TOLERANCE * 100} %)`,
)
await mkdir(values.out, { recursive: true })
const file = join(values.out, `workers-${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model }
const report = {
  at: new Date(),
  machine,
  options: { thinkMs, concurrency, waves, seed },
  results,
  worst,
  met,
}
await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
console.log(file)

function shareOfOne({ perWorker }: FleetFigures): number {
  return perWorker / (results[0]?.perWorker ?? perWorker)
}
