import { startHttpServer, type TestServer } from './http-server.ts'

const PAGE = `<!doctype html><link rel=icon href=data:,><h1></h1><button>Log in</button><script>
const show = async () => { document.querySelector('h1').textContent = await (await fetch('/me')).text() }
document.querySelector('button').onclick = async () => {
  await fetch('/login', { method: 'POST' })
  localStorage.setItem('last', 'alice')
  await show()
}
show()
</script>`

/** A site with accounts: a page with a button that logs in by an HttpOnly cookie, and what says who is there. */
export class AccountSite {
  readonly #server: TestServer
  #logins = 0
  readonly #open = new Set<string>()

  private constructor(server: TestServer) {
    this.#server = server
  }

  static async start(): Promise<AccountSite> {
    let site: AccountSite | undefined
    const server = await startHttpServer((request, response) => {
      const [path, kept] = [request.url, /sid=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '']
      if (path === '/login') site?.logIn((line) => response.setHeader('set-cookie', line))
      else if (path === '/logout') {
        site?.logOut(kept)
        response.setHeader('set-cookie', 'sid=; Max-Age=0; Path=/')
      } else if (path === '/me') return void response.end(site?.isIn(kept) ? 'alice' : 'nobody')
      response.setHeader('content-type', 'text/html').end(PAGE)
    })
    site = new AccountSite(server)
    return site
  }

  get origin(): string {
    return this.#server.origin
  }

  url(path: string): string {
    return new URL(path, this.origin).href
  }

  logIn(set: (line: string) => void): void {
    const sid = `s${++this.#logins}`
    this.#open.add(sid)
    set(`sid=${sid}; Path=/; HttpOnly`)
  }

  logOut(sid: string): void {
    this.#open.delete(sid)
  }

  isIn(sid: string): boolean {
    return this.#open.has(sid)
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}
