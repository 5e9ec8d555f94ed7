import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { openBroker } from '../../../src/index.ts'
import { Random } from '../../sync/soak/random.ts'
import { type Contents, contentsOf } from './contents.ts'
import { findLost } from './find-lost.ts'
import { FleetProcess } from './fleet-process.ts'
import type { FleetMessage } from './messages.ts'

export interface FleetOptions {
  readonly target: string
  readonly keys: string
  readonly seed: number
  readonly processes: number
  readonly sessions: number
  /** How long there is chaos. */
  readonly durationMs: number
  /** Called now and then in between: breaks the store and mends it. */
  readonly disturbStore?: () => Promise<void>
}

export interface FleetReport {
  readonly written: number
  readonly acknowledged: number
  readonly kills: number
  readonly disturbances: number
  /** Acknowledged writes that are gone without a later one in their place. */
  readonly lost: readonly string[]
  /** Sessions that are not the same in every process and in the store. */
  readonly different: readonly string[]
  /** Errors that are neither an outage of the store nor a released session. */
  readonly failures: readonly string[]
  /** From the last acknowledgement to the same contents everywhere. */
  readonly convergedMs: number
}

type Sessions = Readonly<Record<string, Contents>>

const CONVERGENCE_MS = 20_000

/** Lets processes write the same sessions at random, kills and restarts them and the store, and looks what is left. */
export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const random = new Random(options.seed)
  const ids = Array.from({ length: options.sessions }, (_, at) => `s${at}`)
  const said: FleetMessage[][] = []
  let started = 0
  const start = () => {
    const name = `p${++started}`
    const args = [options.target, name, String(options.seed + started), String(options.sessions)]
    const made = new FleetProcess(name, args, { ONEJAR_KEYS: options.keys })
    said.push(made.said)
    return made
  }
  const fleet = Array.from({ length: options.processes }, start)
  const whenReady = async (each: FleetProcess) => void (each.isReady || (await each.next('ready')))
  try {
    await Promise.all(fleet.map(whenReady))
    // Not before: what writes holds up the start of the others.
    for (const each of fleet) each.order('go')
    const until = performance.now() + options.durationMs
    let [kills, disturbances] = [0, 0]
    const killing = async () => {
      while (performance.now() < until) {
        await pause(200 + random.below(1200))
        const at = random.below(fleet.length)
        if (!fleet[at]?.isReady) continue
        await fleet[at].kill()
        fleet[at] = start()
        fleet[at].order('go')
        kills++
      }
    }
    const disturbing = async () => {
      while (options.disturbStore && performance.now() < until) {
        await pause(1000 + random.below(3000))
        await options.disturbStore()
        disturbances++
      }
    }
    await Promise.all([killing(), disturbing()])
    await Promise.all(
      fleet.map(async (each) => {
        await whenReady(each)
        const settled = each.next('settled')
        each.order('settle')
        await settled
      }),
    )
    const settledAt = performance.now()
    const { store, different } = await converge(fleet, ids, options)
    const messages = said.flat()
    return {
      written: messages.filter(({ type }) => type === 'written').length,
      acknowledged: messages.filter(({ type }) => type === 'flushed').length,
      kills,
      disturbances,
      lost: findLost(said, store),
      different,
      failures: messages.flatMap((message) => (message.type === 'failed' ? [message.reason] : [])),
      convergedMs: Math.round(performance.now() - settledAt),
    }
  } finally {
    await Promise.all(fleet.map((each) => each.kill()))
  }
}

/** Asks every process and the store until all say the same, or for as long as it may take. */
async function converge(
  fleet: readonly FleetProcess[],
  ids: readonly string[],
  options: FleetOptions,
): Promise<{ readonly store: Sessions; readonly different: string[] }> {
  const until = performance.now() + CONVERGENCE_MS
  for (;;) {
    const views = await Promise.all(
      fleet.map(async (each) => {
        const contents = each.next('contents')
        each.order('contents')
        return [each.name, (await contents).sessions] as const
      }),
    )
    const store = await inStore(ids, options)
    const different = ids.flatMap((id) =>
      views.flatMap(([name, view]) =>
        isDeepStrictEqual(view[id], store[id])
          ? []
          : [`${id} in ${name}: ${difference(view[id] ?? {}, store[id] ?? {})}`],
      ),
    )
    if (different.length === 0 || performance.now() > until) return { store, different }
    await pause(50)
  }
}

async function inStore(ids: readonly string[], { target, keys }: FleetOptions): Promise<Sessions> {
  await using broker = await openBroker({ store: { target }, keys, identity: null })
  return Object.fromEntries(
    await Promise.all(ids.map(async (id) => [id, await contentsOf(await broker.session(id))] as const)),
  )
}

function difference(here: Contents, store: Contents): string {
  return [...new Set([...Object.keys(here), ...Object.keys(store)])]
    .filter((key) => here[key] !== store[key])
    .map((key) => `${key} is ${here[key]}, in the store ${store[key]}`)
    .join('; ')
}
