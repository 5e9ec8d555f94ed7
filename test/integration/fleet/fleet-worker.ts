/**
 * A process of the fleet: writes random sessions from when it is told to go until it is told to settle, and tells each write and each
 * acknowledgement. Arguments: target, name, seed, number of sessions.
 */
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { isOnejarError, openBroker, type Session } from '../../../src/index.ts'
import { Random } from '../../sync/soak/random.ts'
import { contentsOf, SITE } from './contents.ts'
import type { FleetMessage } from './messages.ts'

const [target = '', name = '', seed = '0', count = '1'] = process.argv.slice(2)
const ids = Array.from({ length: Number(count) }, (_, at) => `s${at}`)
const broker = await openBroker({ store: { target, timeoutMs: 2000 }, identity: null, robots: false })
const instances = new WeakMap<Session, number>()
let made = 0
let number = 0
let settling = false

// Writing to a pipe is synchronous: what was said is known even when this process is killed in the next moment.
const say = (message: FleetMessage) => process.stdout.write(`${JSON.stringify(message)}\n`)

async function open(id: string): Promise<Session> {
  const session = await broker.session(id)
  if (!instances.has(session)) instances.set(session, ++made)
  return session
}

function tell(session: Session, key: string, value: string | null, from: number): void {
  const instance = instances.get(session) ?? 0
  say({ type: 'written', session: session.id, instance, number, key, value, from, to: Date.now() })
}

/** Says that what was written so far is safe, once it is. */
async function acknowledge(session: Session, save: () => Promise<void>): Promise<void> {
  const flushed = { type: 'flushed', instance: instances.get(session) ?? 0, number } as const
  await save()
  say(flushed)
}

async function write(session: Session, random: Random): Promise<void> {
  const at = random.below(5)
  const value = `${name}.${++number}`
  const storage = session.localStorage(SITE)
  const kind = random.below(100)
  if (kind < 35) {
    const from = Date.now()
    session.cookies.set(`c${at}=${value}; Path=/; Max-Age=3600`, SITE)
    tell(session, `cookie c${at}`, value, from)
  } else if (kind < 45) {
    if (!session.cookies.all().some((cookie) => cookie.name === `c${at}`)) return
    const from = Date.now()
    session.cookies.clear({ name: `c${at}` })
    tell(session, `cookie c${at}`, null, from)
  } else if (kind < 55) {
    if ((await storage.get(`i${at}`)) === null) return
    const from = Date.now()
    storage.delete(`i${at}`)
    tell(session, `item i${at}`, null, from)
  } else {
    const key = kind < 62 ? `own ${value}` : `i${at}`
    const from = Date.now()
    storage.set(key, value)
    tell(session, `item ${key}`, value, from)
  }
}

/** The store is away, or the session was just released by another loop: both happen here. */
function forgive(error: unknown): void {
  if (isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE') || isOnejarError(error, 'ONEJAR_CLOSED')) return
  say({ type: 'failed', reason: String((error as Error).stack) })
}

async function writeUntilSettling(random: Random): Promise<void> {
  while (!settling) {
    try {
      const session = await open(random.pick(ids))
      const burst = 1 + random.below(3)
      for (let at = 0; at < burst; at++) await write(session, random)
      const then = random.below(100)
      if (then < 40) await acknowledge(session, () => session.flush())
      else if (then < 43) await acknowledge(session, () => session.release())
    } catch (error) {
      forgive(error)
    }
    await pause(5 + random.below(60))
  }
}

/** Until the store is back: it may be away when this begins. */
async function settle(): Promise<void> {
  for (const id of ids) {
    for (;;) {
      try {
        const session = await open(id)
        await acknowledge(session, () => session.flush())
        break
      } catch (error) {
        forgive(error)
        await pause(50)
      }
    }
  }
}

const random = new Random(Number(seed))
for (const id of ids) await open(id)
say({ type: 'ready' })
let loops: Promise<void>[] = []
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'go') {
    loops = Array.from({ length: 3 }, () => writeUntilSettling(random))
  } else if (line === 'settle') {
    settling = true
    await Promise.all(loops)
    await settle()
    say({ type: 'settled' })
  } else if (line === 'contents') {
    const sessions = await Promise.all(ids.map(async (id) => [id, await contentsOf(await open(id))] as const))
    say({ type: 'contents', sessions: Object.fromEntries(sessions) })
  }
}
await broker.close()
