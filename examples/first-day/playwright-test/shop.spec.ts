// One changed import: `page`, `context`, `request` and `session` share cookies and storage.
import { expect, test } from 'onejar/test'

test('who logs in over HTTP is logged in in the page', async ({ page, session, baseURL }) => {
  const body = new URLSearchParams({ name: 'alice', password: 'secret' })
  await session.fetch(`${baseURL}/login`, { method: 'POST', body })
  await page.goto('/account')
  await expect(page.getByRole('heading')).toHaveText('Hello')
  await expect(session).toHaveCookie('sid')
})

test('what a page stores, a request has', async ({ page, request, session, baseURL }) => {
  await page.goto('/login')
  await page.getByLabel('Name').fill('alice')
  await page.getByRole('button').click()
  await page.waitForURL('**/account')
  expect((await request.get('/api/orders')).status()).toBe(200)
  expect((await session.fetch(`${baseURL}/api/orders`)).status).toBe(200)
})
