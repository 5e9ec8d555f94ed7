import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ScalingFigures } from '../../../bench/scaling/figures.ts'
import { ASSUMPTIONS, type ScalingAssumptions, simulate } from '../../../bench/scaling/simulate.ts'
import { figuresTable, resultTables, sizesTable } from '../../../bench/scaling/tables.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

const FIGURES: ScalingFigures = {
  measuredOn: '2026-01-01',
  redis: '8',
  bytesPerSession: 10_000,
  bytesPerSmallSession: 1_000,
  load: { commands: 10, microseconds: 100, bytes: 5_000 },
  write: { commands: 20, microseconds: 200, bytes: 1_000 },
  solveInQueue: { commands: 200, microseconds: 4_000, bytes: 50_000 },
  solveInStore: { commands: 100, microseconds: 500, bytes: 50_000 },
  bytesPerSolveAndListener: 1_000,
  connectionsPerCaller: 5,
  connectionsPerWorker: 6,
  idleCommandsPerWorker: 1,
  workerBytes: 400 * MIB,
  contextBytes: 50 * MIB,
  solveCpuMs: 500,
}

const GIVEN: ScalingAssumptions = {
  sessions: 8_640_000,
  workers: 100,
  callers: 10,
  loadsPerDay: 5,
  writesPerDay: 10,
  solvesPerDay: 1,
  peak: 2,
  solveMs: 2_000,
  contextsPerWorker: 4,
  shardGiB: 32,
  memoryShare: 0.5,
  cpuShare: 0.5,
  networkGbits: 10,
  maxClients: 10_000,
  pricePerGiB: 4,
  pricePerCpu: 25,
}

describe('the arithmetic of scaling', () => {
  it('follows from what was measured and assumed', () => {
    const result = simulate(FIGURES, GIVEN)
    expect([result.solves, result.writes, result.loads]).toEqual([200, 2000, 1000])
    // 86.4 GB in halves of 32 GiB; 0.6 processors in halves of one.
    expect([result.shardsForMemory, result.shardsForCpu, result.shards]).toEqual([6, 2, 6])
    const share = Object.fromEntries(result.limits.map(({ part, used, limit }) => [part, used / limit]))
    expect(share['solves that the workers can make']).toBe(1)
    // 0.8 by solves, and 100 commands of 10 µs by workers that wait.
    expect(share['processor of the queue’s Redis']).toBeCloseTo(1.602, 3)
    expect(share['connections to the queue’s Redis']).toBeCloseTo(0.065, 6)
    expect(share['what the queue’s Redis sends to callers']).toBeCloseTo(0.0032, 6)
    expect(result.workerBytes).toBe(600 * MIB)
    expect(result.workerCpus).toBe(100)
    const { store, queue, workers } = result.costs
    expect([store, queue]).toEqual([6 * 2 * (32 * 4 + 50), 2 * (32 + 50)])
    expect(workers).toBeCloseTo(100 * (600 / 1024) * 4 + 200 * 25, 6)
  })

  it('names what is closest to its limit first', () => {
    expect(simulate(FIGURES, GIVEN).limits[0]?.part).toBe('processor of the queue’s Redis')
    const many = { ...GIVEN, callers: 100_000 }
    expect(simulate(FIGURES, many).limits[0]?.part).toBe('connections to the queue’s Redis')
    const few = { ...GIVEN, workers: 10 }
    expect(simulate(FIGURES, few).limits[0]?.part).toBe('solves that the workers can make')
  })

  it('never fills a shard beyond what may be used of it', () => {
    for (const sessions of [1, 1_000, 1_717_986, 1_717_987, 50_000_000]) {
      const { limits } = simulate(FIGURES, { ...GIVEN, sessions })
      const memory = limits.find(({ part }) => part.startsWith('memory'))
      expect(memory?.limit).toBe(16)
      expect(memory?.used).toBeLessThanOrEqual(16)
      expect(memory?.used).toBeCloseTo(
        (sessions * 10_000) / GIB / Math.max(1, Math.ceil((sessions * 10_000) / (16 * GIB))),
        6,
      )
    }
  })
})

it('the page has the tables that the simulation prints for the figures which are kept', () => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
  const figures = JSON.parse(read('bench/scaling/figures.json')) as ScalingFigures
  const page = read('docs/scaling.md')
  expect(page).toContain(figuresTable(figures))
  expect(page).toContain(resultTables(simulate(figures, ASSUMPTIONS), ASSUMPTIONS))
  expect(page).toContain(sizesTable(figures, ASSUMPTIONS))
})
