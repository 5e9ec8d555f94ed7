import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { activeResources, chromiumProcesses } from '../../support/processes.ts'

/** What this process has, and what it has started. */
export interface Footprint {
  readonly heapBytes: number
  /** Sockets, servers, files and the like that are open, timers left out: undici and Node keep some of their own. */
  readonly handles: number
  readonly chromium: number
}

/** How much more there is after the second, third, … round than after the one before: the smallest of them. */
export interface Growth extends Footprint {
  readonly rounds: readonly Footprint[]
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What grows does so in each of them; what the runtime learns comes to an end: one round that left nothing is enough. */
const MOST_ROUNDS = 10
/** Handles are closed a little after the call that closes them has returned, some once they are collected. */
const SETTLE_TURNS = 10

/**
 * Makes and gives back the same number of things several times, until a round has left no more behind than it may.
 *
 * @param make - makes and gives back the thing with this number; numbers are never used twice
 * @param mayKeepBytes - what a round may leave behind
 */
export async function growthOf(
  count: number,
  make: (index: number) => Promise<void>,
  mayKeepBytes: number,
): Promise<Growth> {
  const rounds: Footprint[] = []
  let next = 0
  const round = async () => {
    for (let i = 0; i < count; i++) await make(next++)
    rounds.push(await footprint())
  }
  await round()
  let growth: Growth
  do {
    await round()
    growth = leastGrowth(rounds)
  } while (grows(growth, mayKeepBytes) && rounds.length < MOST_ROUNDS)
  return growth
}

/** Whether each round has left something behind. */
export function grows({ heapBytes, handles, chromium }: Footprint, mayKeepBytes: number): boolean {
  return heapBytes > mayKeepBytes || handles > 0 || chromium > 0
}

function leastGrowth(rounds: readonly Footprint[]): Growth {
  const least = (name: keyof Footprint) =>
    Math.min(...rounds.slice(1).map((each, at) => each[name] - (rounds[at] as Footprint)[name]))
  return { heapBytes: least('heapBytes'), handles: least('handles'), chromium: least('chromium'), rounds }
}

async function footprint(): Promise<Footprint> {
  for (let pass = 0; pass < 2; pass++) {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const handles = Object.entries(activeResources())
    .filter(([kind]) => !/Timeout|Immediate/.test(kind))
    .reduce((sum, [, count]) => sum + count, 0)
  return { heapBytes: heapUsed + arrayBuffers, handles, chromium: chromiumProcesses().length }
}
