import { Auth0Client } from '@auth0/auth0-spa-js'

const { origin, pathname, search } = location
const settings = JSON.parse(document.getElementById('settings').textContent)
const client = new Auth0Client({
  domain: settings.issuer.slice(0, -1),
  clientId: 'spa',
  useRefreshTokens: settings.refreshTokens,
  useRefreshTokensFallback: true,
  authorizationParams: { redirect_uri: `${origin}/callback` },
})

async function show() {
  const token = await client.getTokenSilently().catch(() => undefined)
  const answer = token && (await fetch(`${settings.api}/me`, { headers: { authorization: `Bearer ${token}` } }))
  document.getElementById('who').textContent = answer?.ok ? await answer.text() : 'guest'
}

window.logIn = () => client.loginWithRedirect()
if (pathname === '/callback' && search.includes('code=')) {
  await client.handleRedirectCallback()
  history.replaceState(null, '', '/home')
}
await show()
