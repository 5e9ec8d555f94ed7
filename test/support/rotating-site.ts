import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startHttpServer, type TestServer } from './http-server.ts'

/** How long a token lets anybody in. A machine that is busy with other tests stands still for some of it. */
const LIFE_MS = Number(process.env['ONEJAR_RUNNER_TOKEN_MS'] ?? 4_000)

/** What became of the tokens of one kind. */
export interface TokenCounts {
  logins: number
  /** Tokens that somebody came with after their time. */
  readonly expired: Set<string>
  /** Tokens that were replaced by a new one. */
  readonly replaced: string[]
  /** Tokens that were replaced before their time. */
  readonly early: string[]
  /** Refresh tokens that were used a second time: the site then locks the account. */
  readonly reused: string[]
}

interface Family {
  readonly counts: TokenCounts
  access: string
  refresh: string
  expiresAt: number
}

/**
 * A site whose tokens live for seconds, and can be replaced once each. In one half (`/cookies`) they are cookies that no
 * script sees; in the other (`/storage`) a script keeps them in localStorage and sends them itself.
 */
export class RotatingSite {
  readonly #server: TestServer
  readonly #families: Readonly<Record<string, Family>>

  private constructor(server: TestServer, families: Readonly<Record<string, Family>>) {
    this.#server = server
    this.#families = families
  }

  static async start(): Promise<RotatingSite> {
    const families = { cookies: newFamily(), storage: newFamily() }
    const server = await startHttpServer((request, response) => {
      answer(families, request, response).catch(() => response.destroy())
    })
    return new RotatingSite(server, families)
  }

  get origin(): string {
    return this.#server.origin
  }

  counts(kind: 'cookies' | 'storage'): TokenCounts {
    return (this.#families[kind] as Family).counts
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}

function newFamily(): Family {
  const counts = { logins: 0, expired: new Set<string>(), replaced: [], early: [], reused: [] }
  return { counts, access: '', refresh: '', expiresAt: 0 }
}

async function answer(
  families: Readonly<Record<string, Family>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, kind = '', what = ''] = (request.url ?? '/').split('/')
  const family = families[kind]
  if (family === undefined) return void response.writeHead(404).end()
  const cookies = Object.fromEntries(
    (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=')),
  )
  if (what === 'app') {
    response.setHeader('content-type', 'text/html')
    response.end(kind === 'cookies' ? COOKIE_APP : STORAGE_APP)
  } else if (what === 'login') {
    family.counts.logins++
    give(kind, family, response)
  } else if (what === 'refresh') {
    const body = await textOf(request)
    const token = kind === 'cookies' ? cookies['refresh'] : (JSON.parse(body) as { refresh: string }).refresh
    if (token !== family.refresh) {
      family.counts.reused.push(String(token))
      return void response.writeHead(401).end()
    }
    family.counts.replaced.push(family.access)
    if (Date.now() < family.expiresAt) family.counts.early.push(family.access)
    give(kind, family, response)
  } else {
    const token =
      kind === 'cookies' ? cookies['access'] : request.headers.authorization?.replace('Bearer ', '')
    if (token === family.access && Date.now() < family.expiresAt) return void response.end('alice')
    if (token === family.access) family.counts.expired.add(token)
    response.writeHead(401).end()
  }
}

function give(kind: string, family: Family, response: ServerResponse): void {
  family.access = randomUUID()
  family.refresh = randomUUID()
  family.expiresAt = Date.now() + LIFE_MS
  const { access, refresh } = family
  if (kind === 'cookies') {
    response.setHeader(
      'set-cookie',
      Object.entries({ access, refresh }).map(([name, value]) => `${name}=${value}; Path=/cookies; HttpOnly`),
    )
    response.setHeader('content-type', 'application/json').end('{}')
  } else response.setHeader('content-type', 'application/json').end(JSON.stringify({ access, refresh }))
}

/** Asks, has the token replaced where it is refused, and asks again, as pages do. */
const app = (ask: string, replace: string) => `<!doctype html><link rel=icon href=data:,><h1></h1><script>
const ask = () => ${ask}
const replace = async () => { ${replace} }
const run = async () => {
  for (let tries = 0; tries < 5; tries++) {
    const answer = await ask()
    if (answer.ok) return answer.text()
    await replace()
  }
  return 'not let in'
}
run().then((text) => { document.querySelector('h1').textContent = text }, (error) => { document.querySelector('h1').textContent = String(error) })
</script>`

const COOKIE_APP = app(
  "fetch('/cookies/me')",
  "const answer = await fetch('/cookies/refresh', { method: 'POST' }); if (!answer.ok) throw new Error('locked')",
)
/** Keeps what it was given in a variable too, as many do: another tab's token is not seen. */
const STORAGE_APP = app(
  "fetch('/storage/me', { headers: { authorization: 'Bearer ' + tokens.access } })",
  `const answer = await fetch('/storage/refresh', { method: 'POST', body: JSON.stringify({ refresh: tokens.refresh }) })
  if (!answer.ok) throw new Error('locked')
  tokens = await answer.json()
  localStorage.setItem('tokens', JSON.stringify(tokens))`,
).replace('<script>', "<script>\nlet tokens = JSON.parse(localStorage.getItem('tokens'))")

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
