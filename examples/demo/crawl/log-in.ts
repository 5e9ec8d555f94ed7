import { DEMO_ACCOUNT } from '../site/accounts.ts'
import type { CrawlSession } from './session.ts'

/**
 * Logs in as a person would, in a page of the session. The browser passes the gate, the form is filled in, and the page stays
 * open until the site's script has got the token and used it.
 */
export async function logIn(session: CrawlSession, origin: string): Promise<void> {
  const page = await session.page()
  try {
    await page.goto(`${origin}/login`)
    await page.getByLabel('User').fill(DEMO_ACCOUNT.user)
    await page.getByLabel('Password').fill(DEMO_ACCOUNT.password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Logged in.').waitFor()
  } finally {
    await page.close()
  }
}

/** The Authorization header that the site's own script would send: its token is in localStorage, as JSON. */
export async function authorization(session: CrawlSession, origin: string): Promise<string> {
  const auth = await session.localStorage(origin).get('auth')
  if (auth === null) throw new Error('the session holds no token: the login did not reach its record')
  return `Bearer ${(JSON.parse(auth) as { token: string }).token}`
}
