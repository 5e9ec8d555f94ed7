import { SharedNotes } from '../../src/test-runner/shared-notes.ts'
import { expect, test } from './fixture.ts'

/** The context is the runner's, and the session is attached to it: what holds for Onejar's own contexts holds here. */

test('a cookie of a response to a page is in the next HTTP request', async ({ page, site, ask }) => {
  await page.goto(site.url({ set: ['nav=1', 'hidden=2; HttpOnly'] }))
  expect(await ask.cookies()).toEqual({ nav: '1', hidden: '2' })
})

test('a cookie of a response over HTTP is in the next document of a page', async ({ page, site, ask }) => {
  await page.goto(site.url())
  await ask.get(site.url({ set: ['http=1; HttpOnly'] }))
  const response = await page.goto(site.echo())
  expect(await response?.text()).toBe('http=1')
})

test('what a script has just written goes with the very next HTTP request', async ({ page, site, ask }) => {
  await page.goto(site.url())
  await page.evaluate(() => {
    document.cookie = 'script=1'
    localStorage.setItem('k', 'v')
  })
  expect(await ask.header()).toBe('script=1')
  expect(await ask.item('k')).toBe('v')
})

test('a deletion on one side is one on the other', async ({ page, context, site, session, ask }) => {
  await page.goto(site.url({ set: ['a=1', 'b=2', 'c=3'] }))
  await page.evaluate(() => {
    document.cookie = 'a=; Max-Age=0'
  })
  expect(await ask.cookies()).toEqual({ b: '2', c: '3' })
  await session.cookies.clear({ name: 'b' })
  expect((await context.cookies()).map(({ name }) => name)).toEqual(['c'])
  await context.clearCookies()
  expect(await ask.header()).toBe('')
  await expect(page).toBeInSync()
})

test('the storage of an origin that no page shows is written and read', async ({ page, site, session }) => {
  await page.goto(site.url({}, { name: 'shop' }))
  await page.evaluate(() => localStorage.setItem('left', '1'))
  await page.goto(site.url({}, { name: 'other' }))
  expect(await session.localStorage(site.origin('shop')).get('left')).toBe('1')
  await session.localStorage(site.origin('shop')).set('left', '2')
  await page.goto(site.url({}, { name: 'shop' }))
  expect(await page.evaluate(() => localStorage.getItem('left'))).toBe('2')
  await expect(session).toBeInSync()
})

test('a frame and a popup are of the session too', async ({ page, context, site, session }) => {
  const frame = site.url({ set: ['framed=1'] })
  await page.goto(site.url({ html: `<iframe src="${frame.replaceAll('"', '&quot;')}"></iframe>` }))
  await expect(session).toHaveCookie('framed', '1')
  const opened = context.waitForEvent('page')
  await page.evaluate((url) => void open(url), site.url({ set: ['popup=1'] }))
  await (await opened).waitForLoadState()
  await expect(session).toHaveCookie('popup', '1')
  await expect(page).toBeInSync()
})

test.describe('a token that a page asks for', () => {
  test.use({ login: { refreshUrl: '**/refresh' } })

  test('is not asked for by a page that is closed while it waits for its turn', async ({
    context,
    site,
    session,
  }) => {
    const url = site.url({ html: '<h1>an application</h1>' })
    const { origin } = new URL(url)
    const turn = Promise.withResolvers<void>()
    const others = new SharedNotes(session).alone(`refreshed by ${origin}/refresh`, () => turn.promise)
    for (let n = 0; n < 3; n++) {
      const page = await context.newPage()
      await page.goto(url)
      const asked = page.waitForRequest((request) => request.method() === 'PUT')
      await page.evaluate(() => {
        const ask = (body: string) => void fetch('/refresh', { method: 'POST', body }).catch(() => {})
        for (let token = 0; token < 20; token++) ask(String(token))
        fetch('/refresh', { method: 'PUT', body: 'the last' }).catch(() => {})
      })
      await asked
      await page.close()
    }
    turn.resolve()
    await others
    expect(site.requests.filter((path) => path.endsWith('/refresh'))).toEqual([])
  })
})
