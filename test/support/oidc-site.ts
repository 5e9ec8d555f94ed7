import { generateKeyPairSync, randomBytes } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Provider from 'oidc-provider'
import { rolldown } from 'rolldown'

/** An application, an OpenID provider and an API, each of an origin of its own on one site. */
export interface OidcSite {
  readonly app: string
  readonly api: string
  /** Access tokens that were given, by code or by refresh token. */
  readonly tokens: string[]
  /** Requests to the API without a token that is good. */
  readonly counts: { refused: number }
  /** No access token that was given so far is good any more. */
  revoke(): void
  close(): Promise<void>
}

export interface OidcSiteOptions {
  /** The client library of the page: a file in `oidc/`. */
  readonly client: 'auth0-spa' | 'oidc-client-ts'
  /** Whether access tokens are JSON web tokens, which say when they end. */
  readonly jwt: boolean
  /** Whether the page has a refresh token in its memory. */
  readonly refreshTokens?: boolean
}

export async function startOidcSite({
  client,
  jwt,
  refreshTokens = false,
}: OidcSiteOptions): Promise<OidcSite> {
  const bundle = await bundled(client)
  const [app, api, provider] = [http.createServer(), http.createServer(), http.createServer()]
  const servers = [app, api, provider]
  for (const server of servers) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const [appAt, apiAt, providerAt] = servers.map(originOf) as [string, string, string]
  const issuer = `${providerAt}/`
  const tokens: string[] = []
  const counts = { refused: 0 }
  const revoked = new Set<string>()

  const oidc = openProvider(issuer, { app: appAt, api: apiAt, jwt })
  oidc.on('grant.success', ({ body }) => {
    if (body?.access_token) tokens.push(body.access_token)
  })
  const callback = oidc.callback()
  provider.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response)
    if (request.method === 'POST') {
      return void oidc.interactionFinished(request, response, { login: { accountId: 'alice' } })
    }
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<form method="post"><button>Log in</button></form>')
  })

  const settings = JSON.stringify({ issuer, api: apiAt, refreshTokens })
  app.on('request', ({ url }, response) => {
    if (url === '/app.js') {
      return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundle)
    }
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(`<!doctype html><title>app</title><p id="who"></p>
      <script type="application/json" id="settings">${settings}</script><script type="module" src="/app.js"></script>`)
  })

  api.on('request', async ({ method, headers }, response) => {
    const cors = { 'access-control-allow-origin': appAt, 'access-control-allow-headers': 'authorization' }
    if (method === 'OPTIONS') return void response.writeHead(204, cors).end()
    const given = headers.authorization?.replace(/^Bearer /, '') ?? ''
    const isKnown = jwt ? tokens.includes(given) : (await oidc.AccessToken.find(given))?.accountId === 'alice'
    const isGood = isKnown && !revoked.has(given)
    if (!isGood) counts.refused++
    response.writeHead(isGood ? 200 : 401, cors).end(isGood ? 'alice' : 'no')
  })

  const close = async () => {
    for (const server of servers) {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
  }
  const revoke = () => {
    for (const token of tokens) revoked.add(token)
  }
  return { app: appAt, api: apiAt, tokens, counts, revoke, close }
}

function openProvider(
  issuer: string,
  { app, api, jwt }: { app: string; api: string; jwt: boolean },
): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }
  const format = jwt ? 'jwt' : 'opaque'
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'spa',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [app, `${app}/callback`, `${app}/silent`],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    routes: { authorization: '/authorize', token: '/oauth/token' },
    findAccount: (_ctx: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    clientBasedCORS: () => true,
    rotateRefreshToken: true,
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    // Nobody is asked for consent.
    loadExistingGrant: async (ctx: {
      oidc: { provider: Provider; client: { clientId: string }; session: { accountId: string } }
    }) => {
      const { clientId } = ctx.oidc.client
      const grant = new ctx.oidc.provider.Grant({ clientId, accountId: ctx.oidc.session.accountId })
      grant.addOIDCScope('openid profile email offline_access')
      grant.addResourceScope(api, 'openid profile email')
      await grant.save()
      return grant
    },
    ttl: { AccessToken: 600, Grant: 3600, IdToken: 600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
    features: {
      devInteractions: { enabled: false },
      webMessageResponseMode: { enabled: true, ack: 'individual-draft-01' },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid profile email',
          accessTokenFormat: format,
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })
}

async function bundled(client: string): Promise<string> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, 'oidc', `${client}.js`),
    platform: 'browser',
    logLevel: 'silent',
  })
  try {
    const { output } = await bundle.generate({ format: 'esm' })
    return output[0].code
  } finally {
    await bundle.close()
  }
}

function originOf(server: http.Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
