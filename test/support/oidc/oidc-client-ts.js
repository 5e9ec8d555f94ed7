import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts'

const { origin, pathname } = location
const settings = JSON.parse(document.getElementById('settings').textContent)
const manager = new UserManager({
  authority: settings.issuer,
  client_id: 'spa',
  redirect_uri: `${origin}/callback`,
  silent_redirect_uri: `${origin}/silent`,
  scope: 'openid',
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  automaticSilentRenew: false,
})

async function show(user) {
  const headers = { authorization: `Bearer ${user?.access_token}` }
  const answer = user && (await fetch(`${settings.api}/me`, { headers }))
  document.getElementById('who').textContent = answer?.ok ? await answer.text() : 'guest'
}

window.logIn = () => manager.signinRedirect()
if (pathname === '/silent') {
  await manager.signinSilentCallback()
} else if (pathname === '/callback') {
  const user = await manager.signinRedirectCallback()
  history.replaceState(null, '', '/home')
  await show(user)
} else {
  await show(await manager.signinSilent().catch(() => null))
}
