import { type OnejarError, openBroker } from '../../src/index.ts'
import { IDENTITY } from './broker.ts'
import { BrowserRental } from './browser-rental.ts'
import { startGate } from './gates.ts'

/** How many browsers are rented, and how many sessions live in each. */
const BROWSERS = 3
const SESSIONS = 3

export interface RoundsReport {
  /** What went wrong, a line each; none is what is wanted. */
  readonly faults: readonly string[]
  readonly rounds: number
  readonly leases: number
  /** Leases that came to their end because their browser was killed. */
  readonly killed: number
  /** The most browsers that were rented at a time. */
  readonly peak: number
}

/**
 * In each round every session meets a challenge at once, and when all their browsers have asked for its page, one of the three is
 * killed (SIGKILL, the whole process group). Each order that a session sends has to arrive once, with the session's own cookie.
 *
 * @param onRound - called after each round
 */
export async function killRounds(
  rounds: number,
  onRound: (round: number) => void = () => {},
): Promise<RoundsReport> {
  await using rental = await BrowserRental.start(BROWSERS)
  const faults: string[] = []
  let killed = 0
  let round = 0
  /** Sessions whose browser has asked for the page in this round. */
  let arrived = new Set<string>()
  let struck = Promise.withResolvers<void>()
  const strike = async () => {
    const victim = rental.out[round % rental.out.length]
    killed++
    await victim?.browser.kill()
    struck.resolve()
  }
  await using gate = await startGate('cookie', {
    intercept: (request, response) => {
      const who = /who=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
      const { 'x-session': sender = who } = request.headers
      if (who === undefined || sender !== who)
        faults.push(`round ${round}: ${sender} came with the cookie of ${who}`)
      const isPage = request.headers['sec-fetch-dest'] === 'document'
      if (!isPage || arrived.size === SESSIONS || who === undefined) return false
      arrived.add(who)
      if (arrived.size === SESSIONS) strike().catch((error) => faults.push(String(error)))
      // None of them is answered before one has been killed; the others ask again.
      struck.promise.then(() => {
        const headers = { 'content-type': 'text/html', 'cache-control': 'no-store' }
        response
          .writeHead(403, headers)
          .end('<!doctype html><title>One moment</title><script>location.reload()</script>')
      })
      return true
    },
  })
  const broker = await openBroker({
    store: 'memory',
    identity: IDENTITY,
    robots: false,
    browser: { endpoint: rental.endpoint, maxEndpoints: BROWSERS, maxSolves: SESSIONS },
    onWarning: ({ reason }) => faults.push(`warning: ${reason}`),
  })
  const url = gate.on('localhost')
  const sessions = await Promise.all(
    Array.from({ length: SESSIONS }, async (_, at) => {
      const session = await broker.session(`s${at}`)
      await session.cookies.set(`who=s${at}`, url)
      return session
    }),
  )
  for (round = 1; round <= rounds; round++) {
    gate.revoke()
    gate.passed.length = 0
    arrived = new Set()
    struck = Promise.withResolvers<void>()
    await Promise.all(
      sessions.map(async (session) => {
        const order = `order ${round} of ${session.id}`
        try {
          const headers = { 'x-session': session.id }
          const response = await session.fetch(url, {
            method: 'POST',
            body: order,
            headers,
            timeoutMs: 120_000,
          })
          if (response.status !== 200) faults.push(`round ${round}: ${session.id} got ${response.status}`)
        } catch (error) {
          faults.push(`round ${round}: ${session.id}: ${(error as OnejarError).code ?? error}`)
        }
        const times = gate.passed.filter((passed) => passed === `POST ${order}`).length
        if (times !== 1) faults.push(`round ${round}: the order of ${session.id} arrived ${times} times`)
      }),
    )
    if (rental.leases.some(({ releases }) => releases > 1)) faults.push(`round ${round}: released twice`)
    if (killed !== round) faults.push(`round ${round}: ${killed} were killed until now`)
    onRound(round)
  }
  await broker.close()
  for (const [at, { releases }] of rental.leases.entries())
    if (releases !== 1) faults.push(`lease ${at} was given back ${releases} times`)
  if (rental.peak > BROWSERS) faults.push(`${rental.peak} browsers were rented at a time`)
  return { faults, rounds, leases: rental.leases.length, killed, peak: rental.peak }
}
