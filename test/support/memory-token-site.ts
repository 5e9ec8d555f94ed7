import { createHmac, randomBytes } from 'node:crypto'
import { startHttpServer, type TestServer } from './http-server.ts'

/** An application whose access token is a variable of its page, and whose refresh token is a cookie that is good once. */
export interface MemoryTokenSite extends TestServer {
  readonly counts: {
    /** Access tokens that were given for a refresh token. */
    refreshes: number
    /** Refresh tokens that came a second time. */
    spentTwice: number
    /** Requests to the API without a token that is good. */
    refused: number
    /** Documents that were loaded. */
    documents: number
  }
  /** Every access token and refresh token that was given. */
  readonly secrets: string[]
  /** How long an access token lasts from now on, by its own claim; null for one that says nothing. */
  lifeMs: number | null
  /** No token that was given so far is good any more. */
  revoke(): void
  /** The login has ended: no refresh token is good, either. */
  logOut(): void
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const PAGE = `<!doctype html><title>app</title><p id="who">…</p><script>
  let access
  const take = async (answer) => { access = answer.ok ? (await answer.json()).access_token : undefined }
  const refresh = async () => take(await fetch('/token', { method: 'POST' }))
  const ask = (path) => fetch(path, { headers: { authorization: 'Bearer ' + access } })
  async function call(path) {
    let answer = access && (await ask(path))
    if (!answer || answer.status === 401) {
      await refresh()
      if (!access) return 'guest'
      answer = await ask(path)
    }
    return answer.text()
  }
  const show = async () => { document.getElementById('who').textContent = await call('/api/me') }
  const logIn = async () => { await take(await fetch('/login', { method: 'POST' })); await show() }
  const shown = show()
</script>`

export async function startMemoryTokenSite(): Promise<MemoryTokenSite> {
  const key = randomBytes(16)
  const good = new Set<string>()
  const spent = new Set<string>()
  const secrets: string[] = []
  let refresh: string | null = null
  const site = {
    counts: { refreshes: 0, spentTwice: 0, refused: 0, documents: 0 },
    secrets,
    lifeMs: 600_000 as number | null,
    revoke: () => good.clear(),
    logOut: () => {
      good.clear()
      refresh = null
    },
  }
  const access = () => {
    if (site.lifeMs === null) return randomBytes(24).toString('base64url')
    const claims = {
      sub: 'alice',
      jti: randomBytes(9).toString('base64url'),
      exp: (Date.now() + site.lifeMs) / 1000,
    }
    const text = `${part({ alg: 'HS256' })}.${part(claims)}`
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
  }
  const give = () => {
    refresh = randomBytes(24).toString('base64url')
    const token = access()
    good.add(token)
    secrets.push(refresh, token)
    const cookie = `refresh=${refresh}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400`
    return {
      headers: { 'set-cookie': cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: token }),
    }
  }
  const isGood = (header: string | undefined) => {
    const token = header?.replace(/^Bearer /, '') ?? ''
    if (!good.has(token)) return false
    const claims = token.split('.')[1]
    return (
      claims === undefined || JSON.parse(Buffer.from(claims, 'base64url').toString()).exp * 1000 > Date.now()
    )
  }
  const server = await startHttpServer((request, response) => {
    const { url = '/', headers } = request
    if (url === '/login' || url === '/token') {
      const given = /(?:^|; )refresh=([^;]+)/.exec(headers.cookie ?? '')?.[1]
      if (url === '/token') {
        if (given === undefined || given !== refresh) {
          if (given !== undefined && spent.has(given)) site.counts.spentTwice++
          return void response.writeHead(401).end()
        }
        spent.add(given)
        site.counts.refreshes++
      }
      const { headers: sent, body } = give()
      return void response.writeHead(200, sent).end(body)
    }
    if (url.startsWith('/api/')) {
      const isAllowed = isGood(headers.authorization) && !url.startsWith('/api/forbidden')
      if (!isAllowed) site.counts.refused++
      return void response.writeHead(isAllowed ? 200 : 401).end(isAllowed ? 'alice' : 'no')
    }
    if (url === '/favicon.ico') return void response.writeHead(404).end()
    site.counts.documents++
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(PAGE)
  })
  return Object.setPrototypeOf(site, server) as MemoryTokenSite
}
