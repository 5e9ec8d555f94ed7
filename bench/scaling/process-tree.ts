import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chromiumProcesses } from '../../test/support/processes.ts'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** What a worker and the browser of it take: memory in bytes, what is shared counted in parts (PSS). */
export function memoryOf(pid: number): number {
  return pidsOf(pid).reduce((sum, each) => {
    const kibibytes = /^Pss:\s+(\d+)/m.exec(read(`/proc/${each}/smaps_rollup`))?.[1]
    return sum + Number(kibibytes ?? 0) * 1024
  }, 0)
}

/** Processor time of a worker, the browser of it and what they have started that has ended, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const ticks = pidsOf(pid).reduce((sum, each) => {
    const stat = read(`/proc/${each}/stat`)
    // utime, stime, and those of children that ended
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return sum + [11, 12, 13, 14].reduce((all, at) => all + Number(fields[at] ?? 0), 0)
  }, 0)
  return (ticks * 1000) / TICKS_PER_SECOND
}

/** This process has one worker at a time: every Chromium beneath it is that of the worker. */
function pidsOf(pid: number): number[] {
  return [pid, ...chromiumProcesses().map((each) => each.pid)]
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
