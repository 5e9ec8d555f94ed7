import { expect, it } from 'vitest'
import { ownBrowserBroker } from '../../support/broker.ts'
import { openDisplay } from '../../support/display.ts'
import { startHttpServer } from '../../support/http-server.ts'

it('shows its pages in a window, and their cookies are the session’s', async () => {
  await using display = await openDisplay()
  await using server = await startHttpServer((request, response) => {
    response.setHeader('set-cookie', 'seen=1; Path=/')
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>A page for people</title>${request.headers.cookie ?? 'nobody'}`)
  })
  await using broker = await ownBrowserBroker({
    browser: { headless: false, env: { DISPLAY: display.name } },
    identity: undefined,
  })
  const session = await broker.session('headed')
  const page = await session.page()
  await page.goto(server.origin)
  await display.window('A page for people')
  expect(await (await session.fetch(server.origin)).text()).toContain('seen=1')
  expect(await page.evaluate(() => navigator.userAgent)).not.toContain('Headless')
})
