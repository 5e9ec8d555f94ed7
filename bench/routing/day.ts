import type { SessionEvent } from '../../src/index.ts'
import { openQuietBroker } from './crawls.ts'
import type { GatedServer } from './gated-server.ts'

const MINUTE_MS = 60_000

export interface Day {
  readonly requests: number
  readonly visits: number
  /** How many requests had to wait for a solve. */
  readonly challenged: number
  readonly browserSecondsPerThousand: number
}

/**
 * One request per minute for a day, at a site whose clearances last half an hour. The session's clock is set forward, and the
 * site drops a clearance when it would have ended.
 */
export async function simulateDay(server: GatedServer, minutes = 24 * 60): Promise<Day> {
  let now = Date.now()
  const startedAt = now
  await using broker = await openQuietBroker(() => now)
  const session = await broker.session('day')
  const ended: Extract<SessionEvent, { type: 'solve-end' }>[] = []
  const challenges: SessionEvent[] = []
  let begun = 0
  let wake = () => {}
  const listening = (async () => {
    for await (const event of session.events()) {
      if (event.type === 'solve-start') begun++
      if (event.type === 'challenge') challenges.push(event)
      if (event.type === 'solve-end') ended.push(event)
      wake()
    }
  })()
  await server.reset()
  let given = now
  for (let minute = 0; minute < minutes; minute++) {
    now = startedAt + minute * MINUTE_MS
    await server.setAhead(now - Date.now())
    if (now - given >= 30 * MINUTE_MS) {
      await server.reset()
      given = now
    }
    const before = ended.length
    await (await session.fetch(`${server.origin}/item/${minute}`)).text()
    await new Promise((resolve) => setImmediate(resolve))
    // A solve in the background takes a second, and a minute passes at once here: wait for it.
    while (ended.length < begun) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (ended.length > before) given = now
  }
  await session.release()
  await listening
  const seconds = ended.reduce((sum, { ms }) => sum + ms, 0) / 1000
  return {
    requests: minutes,
    visits: ended.length,
    challenged: challenges.length,
    browserSecondsPerThousand: (seconds * 1000) / minutes,
  }
}
