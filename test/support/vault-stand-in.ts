import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, startHttpServer, startHttpsServer, type TestServer } from './http-server.ts'

/**
 * A stand-in for HashiCorp Vault, not Vault: what its documentation says of AppRole login, tokens (look-up, renewal,
 * revocation) and the KV engine, version 2, and as much of it as a test needs.
 *
 * @see https://developer.hashicorp.com/vault/api-docs
 */
export class VaultStandIn implements AsyncDisposable {
  /** What was asked, as `METHOD path`. */
  readonly asked: string[] = []
  /** Tokens that are let in, and their lease in seconds; 0 for one that does not end. */
  readonly tokens = new Map<string, number>([['root-token', 0]])
  readonly revoked: string[] = []
  namespace: string | undefined
  roleId = 'the-role'
  secretId = 'the-secret-id'
  leaseSeconds = 3_600
  /** Called for each request before it is answered: true when it has answered. */
  onRequest: (path: string, response: ServerResponse) => boolean | Promise<boolean> = () => false
  readonly #secrets = new Map<string, { data: Record<string, unknown> | null; version: number }>()
  readonly #waiting: { readonly what: string; readonly done: () => void }[] = []
  #server!: TestServer
  #tokens = 0

  static async start(tls = false): Promise<VaultStandIn> {
    const vault = new VaultStandIn()
    const start = tls ? startHttpsServer : startHttpServer
    vault.#server = await start((request, response) => void vault.#answer(request, response))
    return vault
  }

  get address(): string {
    return this.#server.origin
  }

  /** Writes a new version; null deletes it. */
  put(path: string, data: Record<string, unknown> | null): void {
    this.#secrets.set(path, { data, version: (this.#secrets.get(path)?.version ?? 0) + 1 })
  }

  count(what: string): number {
    return this.asked.filter((one) => one === what).length
  }

  /** Resolves with the next request of this kind. */
  next(what: string): Promise<void> {
    return new Promise((done) => this.#waiting.push({ what, done }))
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/v1\//, '')
    const what = `${request.method} ${path}`
    const text = (await readBody(request)).toString()
    this.asked.push(what)
    if (!(await this.onRequest(path, response))) {
      const [status, body] = this.#route(request, path, text)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.what === what) waiting.done()
      else this.#waiting.push(waiting)
    }
  }

  #route(request: IncomingMessage, path: string, text: string): readonly [status: number, body?: unknown] {
    if (request.headers['x-vault-namespace'] !== this.namespace)
      return [404, { errors: ['no handler for route "secret/data". route entry not found.'] }]
    if (request.method === 'POST' && path === 'auth/approle/login') {
      const body = JSON.parse(text) as { role_id: string; secret_id: string }
      if (body.role_id !== this.roleId || body.secret_id !== this.secretId)
        return [400, { errors: ['invalid role or secret ID'] }]
      const token = `login-token-${++this.#tokens}`
      this.tokens.set(token, this.leaseSeconds)
      return [200, { auth: { client_token: token, ...this.#lease(token), accessor: 'accessor' } }]
    }
    const token = String(request.headers['x-vault-token'])
    if (!this.tokens.has(token)) return [403, { errors: ['permission denied'] }]
    if (path === 'auth/token/lookup-self') {
      const { lease_duration: ttl, renewable } = this.#lease(token)
      return [200, { data: { id: token, ttl, renewable } }]
    }
    if (path === 'auth/token/renew-self')
      return [200, { auth: { client_token: token, ...this.#lease(token) } }]
    if (path === 'auth/token/revoke-self') {
      this.tokens.delete(token)
      this.revoked.push(token)
      return [204, undefined]
    }
    const secret = this.#secrets.get(path.replace(/^secret\/data\//, ''))
    if (!path.startsWith('secret/data/') || secret === undefined) return [404, { errors: [] }]
    const metadata = {
      created_time: '2026-01-01T00:00:00Z',
      deletion_time: secret.data === null ? '2026-01-02T00:00:00Z' : '',
      destroyed: false,
      version: secret.version,
    }
    return [secret.data === null ? 404 : 200, { data: { data: secret.data, metadata } }]
  }

  #lease(token: string) {
    const seconds = this.tokens.get(token) ?? 0
    return { lease_duration: seconds, renewable: seconds > 0 }
  }
}
