import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ProcessCost, type ProcessStat, parseStat, readProcesses } from '../../../scripts/lib/process-cost.ts'

const stat = (pid: number, parent: number, own: number, reaped = 0, startedAt = pid): ProcessStat => ({
  pid,
  parent,
  startedAt,
  own,
  reaped,
})

describe('what a process and all that came of it have cost', () => {
  it('counts its descendants, and nobody else', () => {
    const cost = new ProcessCost(10)
    expect(cost.look([stat(10, 1, 5), stat(11, 10, 20), stat(12, 11, 300), stat(13, 1, 4_000)])).toBe(325)
  })

  it('counts once what has ended and was waited for', () => {
    const cost = new ProcessCost(10)
    cost.look([stat(10, 1, 5), stat(11, 10, 20)])
    // It went on a little after the last look.
    expect(cost.look([stat(10, 1, 5, 22)])).toBe(27)
    expect(cost.look([stat(10, 1, 6, 22)])).toBe(28)
  })

  it('counts as seen last what was killed together with its parent', () => {
    const cost = new ProcessCost(10)
    cost.look([stat(10, 1, 5), stat(11, 10, 20), stat(12, 11, 300)])
    expect(cost.look([stat(10, 1, 5, 20)])).toBe(325)
    expect(cost.look([stat(10, 1, 5, 20)])).toBe(325)
  })

  it('goes on to count those whose parent has ended', () => {
    const cost = new ProcessCost(10)
    cost.look([stat(10, 1, 5), stat(11, 10, 20), stat(12, 11, 300)])
    expect(cost.look([stat(10, 1, 5, 20), stat(12, 1, 310)])).toBe(335)
    expect(cost.look([stat(10, 1, 5, 20)])).toBe(335)
  })

  it('takes no later process for an ended one because it has its number', () => {
    const started: number[] = []
    const cost = new ProcessCost(10, (pid) => started.push(pid))
    cost.look([stat(10, 1, 5), stat(11, 10, 20)])
    expect(cost.look([stat(10, 1, 5, 20), stat(11, 1, 900, 0, 77)])).toBe(25)
    expect(cost.look([stat(10, 1, 5, 20), stat(11, 10, 7, 0, 78)])).toBe(32)
    expect(started).toEqual([11, 11])
  })
})

describe('/proc', () => {
  it('is read, whatever a process is called', () => {
    const line = '77 (a (b) c) S 10 77 77 0 -1 4194304 1 2 3 4 100 20 3 4 20 0 1 0 5555 1 2'
    expect(parseStat(line)).toEqual({ pid: 77, parent: 10, startedAt: 5_555, own: 120, reaped: 7 })
  })

  it('has this process, and one that it has just started', async () => {
    const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'])
    const all = readProcesses()
    child.stdin.end()
    await once(child, 'close')
    expect(all.find(({ pid }) => pid === child.pid)?.parent).toBe(process.pid)
    expect(all.find(({ pid }) => pid === process.pid)?.own).toBeGreaterThan(0)
  })
})
