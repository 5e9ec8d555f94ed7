import type { Page } from 'playwright'
import { isOnejarError, openBroker } from '../../src/index.ts'

// A process that uses a remote browser with several sessions: does what it is told, line by line, and answers with a line.
const [endpoint, site, name, count] = process.argv.slice(2) as [string, string, string, string]
const broker = await openBroker({
  store: 'memory',
  robots: false,
  browser: { cdpEndpoint: endpoint },
  onWarning() {},
})
const sessions = await Promise.all(
  Array.from({ length: Number(count) }, async (_, index) => {
    const id = `${name}${index}`
    const session = await broker.session(id)
    await session.cookies.set(`given=${id}`, site)
    return { id, session, page: undefined as Page | undefined, loads: 0 }
  }),
)
type User = (typeof sessions)[number]

/** One document by a page and one over HTTP; each sets a cookie from the server, the page one from its script, too. */
async function load(user: User): Promise<void> {
  const { id, session } = user
  user.page ??= await session.page()
  const n = user.loads++
  await user.page.goto(`${site}/of/${id}/page/${n}`)
  await user.page.evaluate(([key, value]) => localStorage.setItem(key, value), [`k${n % 5}`, id] as const)
  await (await session.fetch(`${site}/of/${id}/http/${n}`)).text()
  // Now and then the page is a new one, which has to be told from others again.
  if (n % 4 !== 3) return
  await user.page.close()
  user.page = undefined
}

/** Until the browser is gone, then once more: what a caller is told while it is away. */
async function untilLost(user: User): Promise<string> {
  try {
    for (;;) await load(user)
  } catch {}
  user.page = undefined
  const error = await user.session.page().then(
    () => null,
    (reason) => reason,
  )
  return isOnejarError(error) ? error.code : String(error)
}

async function report(user: User) {
  const { id, session } = user
  const cookies = session.cookies.all()
  const items = await session.localStorage(site).entries()
  return {
    id,
    foreign: [...cookies.map(({ value }) => value), ...items.map(([, v]) => v)].filter((v) => v !== id),
  }
}

process.stdout.write('ready\n')
process.stdin.setEncoding('utf8')
let rest = ''
for await (const chunk of process.stdin) {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() as string
  for (const line of lines) {
    const [what, times] = line.split(' ')
    let answer: unknown = null
    if (what === 'load') {
      await Promise.all(
        sessions.map(async (user) => {
          for (let n = 0; n < Number(times); n++) await load(user)
        }),
      )
    } else if (what === 'until-lost') answer = [...new Set(await Promise.all(sessions.map(untilLost)))]
    else if (what === 'report') answer = await Promise.all(sessions.map(report))
    else if (what === 'close') await broker.close()
    process.stdout.write(`${JSON.stringify(answer)}\n`)
    if (what === 'close') process.exit(0)
  }
}
