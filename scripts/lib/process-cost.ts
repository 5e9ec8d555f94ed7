import { readdirSync, readFileSync } from 'node:fs'

/** What Linux says of one process. Times are processor time of user and system together, in ticks of 10 ms. */
export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** When it was started: with `pid`, names it among all that there ever were. */
  readonly startedAt: number
  /** Of the process itself. */
  readonly own: number
  /** Of its children that have ended and that it has waited for, and of theirs. */
  readonly reaped: number
}

/** `/proc/PID/stat`: the name in its second field may hold blanks and brackets. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const at = (field: number) => Number(fields[field - 3])
  return {
    pid: Number.parseInt(line, 10),
    parent: at(4),
    startedAt: at(22),
    own: at(14) + at(15),
    reaped: at(16) + at(17),
  }
}

/** All processes of this machine that can be seen. */
export function readProcesses(): ProcessStat[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))]
    } catch {
      return [] // it has just ended
    }
  })
}

/**
 * Adds up what a process and all that came of it have cost, from looks at the machine that are repeated. What is killed
 * together with its parent has nobody who waits for it: then what was seen last counts.
 */
export class ProcessCost {
  readonly #root: number
  readonly #onStart: (pid: number) => void
  #seen = new Map<number, ProcessStat>()
  #unclaimed = 0

  /** @param onStart called once for each process that came of `root`, when it is first seen */
  constructor(root: number, onStart: (pid: number) => void = () => {}) {
    this.#root = root
    this.#onStart = onStart
  }

  /** Processor time until now, in ticks. */
  look(processes: readonly ProcessStat[]): number {
    const children = Map.groupBy(processes, ({ parent }) => parent)
    const alive = new Map<number, ProcessStat>()
    const add = (stat: ProcessStat) => {
      if (alive.has(stat.pid)) return
      alive.set(stat.pid, stat)
      for (const child of children.get(stat.pid) ?? []) add(child)
    }
    // One whose parent has ended is still ours.
    for (const stat of processes)
      if (stat.pid === this.#root || this.#seen.get(stat.pid)?.startedAt === stat.startedAt) add(stat)
    let claimed = 0
    for (const stat of alive.values()) {
      const before = this.#seen.get(stat.pid)
      if (before?.startedAt === stat.startedAt) claimed += stat.reaped - before.reaped
      else if (stat.pid !== this.#root) this.#onStart(stat.pid)
    }
    let ended = 0
    for (const before of this.#seen.values())
      if (alive.get(before.pid)?.startedAt !== before.startedAt) ended += before.own + before.reaped
    this.#unclaimed += Math.max(0, ended - claimed)
    this.#seen = alive
    let total = this.#unclaimed
    for (const { own, reaped } of alive.values()) total += own + reaped
    return total
  }
}
