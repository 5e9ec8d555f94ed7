// Logs in again whenever the site asks for that, once for all requests: node log-in-again.mjs [SITE]
// The credentials: export ONEJAR_CRED_SHOP_USERNAME=alice ONEJAR_CRED_SHOP_PASSWORD=secret
import { openBroker } from 'onejar'

const site = process.argv[2] ?? 'http://127.0.0.1:8080'
const broker = await openBroker({
  store: 'memory',
  reauthenticate: async ({ session, url, credentials }) => {
    const who = await credentials('shop')
    if (who === null) throw new Error('there are no credentials for shop')
    const body = new URLSearchParams({ name: who.username.reveal(), password: who.password.reveal() })
    const response = await session.fetch(new URL('/login', url), { method: 'POST', body, redirect: 'manual' })
    if (response.status >= 400) throw new Error(`the login answered ${response.status}`)
    console.log('logged in')
  },
})
try {
  const session = await broker.session('alice')
  for (const _ of [1, 2]) {
    const response = await session.fetch(`${site}/api/private`) // a 401 is never seen here
    console.log(response.status, await response.json())
  }
} finally {
  await broker.close()
}
