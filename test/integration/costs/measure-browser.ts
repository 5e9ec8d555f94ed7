import { openBroker, type Session } from '../../../src/index.ts'
import { IDENTITY } from '../../support/broker.ts'
import { CdpFilter } from '../../support/cdp-filter.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RemoteBrowser } from '../../support/remote-browser.ts'
import type { Counts } from './compare-costs.ts'

const TIMES = 3
const TABS = 10
const AT_ONCE = 8

/** DevTools commands that a browser gets, Playwright's own included, by what they are sent for. */
export async function measureBrowser(): Promise<Counts> {
  await using remote = await RemoteBrowser.start()
  await using filter = await CdpFilter.start(remote.address, () => 'pass')
  await using site = await startHttpServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Shop</title><p>Hello.</p>')
  })
  await using broker = await openBroker({
    store: 'memory',
    identity: IDENTITY,
    robots: false,
    // A busy machine may leave a command unanswered for longer than a user would wait.
    browser: { cdpEndpoint: filter.url, answerTimeoutMs: 100_000 },
  })
  const counts: Record<string, number> = {}
  /** The fewest of several times: now and then a read is made once more. */
  const count = async (name: string, work: (time: number) => Promise<unknown>) => {
    const each: number[] = []
    for (let time = 0; time < TIMES; time++) {
      const before = filter.asked.length
      await work(time)
      each.push(filter.asked.length - before)
    }
    counts[`DevTools commands: ${name}`] = Math.min(...each)
  }

  const session = await broker.session('tabs')
  const open = async (tabs: number) => {
    for (let n = 0; n < tabs; n++) await (await session.page()).goto(site.origin)
  }
  const barrier = () => session.localStorage(site.origin).get('nothing')
  await open(1)
  await count('a barrier with one page', barrier)
  await count('a request with one page open', () => ask(session, site.origin))
  await count('a cookie into an open context', (time) =>
    session.cookies.set(`pushed=${time}; Path=/`, site.origin),
  )
  await count(`${AT_ONCE} requests at once with one page open`, () =>
    Promise.all(Array.from({ length: AT_ONCE }, () => ask(session, site.origin))),
  )
  await count('a cookie into an open context, and a barrier that waits with it', (time) =>
    Promise.all([session.cookies.set(`shared=${time}; Path=/`, site.origin), barrier()]),
  )
  await open(TABS - 1)
  await count(`a barrier with ${TABS} pages`, barrier)
  await session.release()

  await using gate = await startGate('cookie')
  await count('a solve in a session without a context, to its release', async (time) => {
    const solving = await broker.session(`solving-${time}`)
    await ask(solving, gate.origin)
    await solving.release()
  })
  await count('a rendered page in a session without a context, to its release', async (time) => {
    const rendering = await broker.session(`rendering-${time}`)
    await (await rendering.fetch(site.origin, { render: true })).text()
    await rendering.release()
  })
  return counts
}

async function ask(session: Session, url: string): Promise<void> {
  await (await session.fetch(url)).text()
}
