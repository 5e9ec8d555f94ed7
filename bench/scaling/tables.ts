import type { OperationFigures, ScalingFigures } from './figures.ts'
import { type ScalingAssumptions, type ScalingResult, simulate } from './simulate.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** The measured figures, as Markdown. */
export function figuresTable(figures: ScalingFigures): string {
  const operation = ({ commands, microseconds, bytes }: OperationFigures) =>
    `${count(commands)} commands, ${count(microseconds)} µs of Redis’s processor, ${count(bytes)} bytes sent and received`
  return table(
    ['measured', `on ${figures.measuredOn}, Redis ${figures.redis}`],
    [
      ['a session of 20 cookies and 10 items in Redis', `${count(figures.bytesPerSession)} bytes`],
      ['a session of one cookie in Redis', `${count(figures.bytesPerSmallSession)} bytes`],
      ['opening and releasing a stored session', operation(figures.load)],
      ['writing one cookie through', operation(figures.write)],
      ['a solve by a worker: in the queue', operation(figures.solveInQueue)],
      ['a solve by a worker: in the store, sessions of both sides opened', operation(figures.solveInStore)],
      [
        'for each further process that hands out solves',
        `${count(figures.bytesPerSolveAndListener)} bytes more a solve`,
      ],
      ['connections to the queue of a process that hands out solves', count(figures.connectionsPerCaller)],
      ['connections to the queue of a worker', count(figures.connectionsPerWorker)],
      [
        'a worker that has nothing to do',
        `${count(figures.idleCommandsPerWorker)} commands a second in the queue`,
      ],
      ['memory of a worker and its browser', `${count(figures.workerBytes / MIB)} MiB`],
      ['memory of a context that waits for its site', `${count(figures.contextBytes / MIB)} MiB`],
      ['processor time of a solve in worker and browser', `${count(figures.solveCpuMs)} ms`],
    ],
  )
}

/** What is assumed, and what follows, as Markdown. */
export function resultTables(result: ScalingResult, given: ScalingAssumptions): string {
  const assumed = table(
    ['assumed', ''],
    [
      ['sessions, workers, processes with sessions', list(given.sessions, given.workers, given.callers)],
      [
        'of a session a day: opened, written, solved',
        list(given.loadsPerDay, given.writesPerDay, given.solvesPerDay),
      ],
      ['the busiest hour, of an average one', `${given.peak} times`],
      ['a solve, and how many at once in a worker', `${count(given.solveMs)} ms, ${given.contextsPerWorker}`],
      [
        'a shard, and what may be used of its memory, its processor and its network',
        `${given.shardGiB} GiB, ${given.networkGbits} Gbit/s; ${percent(given.memoryShare)}, ${percent(given.cpuShare)}, ${percent(given.cpuShare)}`,
      ],
      ['`maxclients` of a Redis', count(given.maxClients)],
      ['a GiB of memory, a processor, each month', `${given.pricePerGiB} $, ${given.pricePerCpu} $`],
    ],
  )
  const needed = table(
    ['follows', ''],
    [
      [
        'in the busiest hour, a second',
        `${count(result.loads)} opened, ${count(result.writes)} writes, ${count(result.solves)} solves`,
      ],
      [
        'shards of the store',
        `${result.shards}: ${result.shardsForMemory} for memory, ${result.shardsForCpu} for processors; each with a replica`,
      ],
      ['memory of a worker with all its contexts', `${count(result.workerBytes / MIB)} MiB`],
      ['memory of all workers', `${count((given.workers * result.workerBytes) / GIB)} GiB`],
      ['processors that solves keep busy', count(result.workerCpus)],
      [
        'each month: store, queue, workers',
        `${[result.costs.store, result.costs.queue, result.costs.workers].map((cost) => `${count(cost)} $`).join(', ')}`,
      ],
    ],
  )
  const limits = table(
    ['what breaks first', 'used', 'limit', 'of it'],
    result.limits.map(({ part, used, limit, unit }) => [
      part,
      count(used),
      `${count(limit)} ${unit}`,
      percent(used / limit),
    ]),
  )
  return `${assumed}\n${needed}\n${limits}`
}

/** The same for other sizes, from a thousandth to ten times of what is assumed, as Markdown. */
export function sizesTable(figures: ScalingFigures, given: ScalingAssumptions): string {
  const rows = [0.001, 0.01, 0.1, 1, 10].map((share) => {
    const scaled = (value: number) => Math.max(1, Math.round(value * share))
    const size = {
      ...given,
      sessions: scaled(given.sessions),
      workers: scaled(given.workers),
      callers: scaled(given.callers),
    }
    const { shards, solves, limits, costs } = simulate(figures, size)
    const [first] = limits
    return [
      list(size.sessions, size.workers, size.callers),
      count(shards),
      count(solves),
      first === undefined ? '' : `${first.part}: ${percent(first.used / first.limit)}`,
      `${count(costs.store + costs.queue + costs.workers)} $`,
    ]
  })
  return table(
    ['sessions, workers, processes', 'shards', 'solves a second', 'breaks first', 'each month'],
    rows,
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

function list(...values: readonly number[]): string {
  return values.map(count).join(', ')
}

function count(value: number): string {
  const digits = value >= 10 || Number.isInteger(value) ? 0 : value >= 1 ? 1 : 3
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
