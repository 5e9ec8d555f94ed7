import { expect, openTestBroker, test, writeWithoutEnd } from './fixture.ts'
import { killBrowser } from './kill-browser.ts'

test.describe.configure({ timeout: 120_000 })

test('a session that was released and opened again in a new context starts where it ended', {
  tag: '@own',
}, async ({ broker, site }) => {
  const first = await broker.session('returning')
  const page = await first.page()
  await page.goto(site.url({ set: ['a=1; HttpOnly; Max-Age=600'] }))
  await page.evaluate(() => localStorage.setItem('k', 'v'))
  await first.release()
  const again = await broker.session('returning')
  const next = await again.page()
  const response = await next.goto(site.echo())
  expect(await response?.text()).toBe('a=1')
  expect(await next.evaluate(() => localStorage.getItem('k'))).toBe('v')
  await again.release()
})

test('a session that is released while its page never stops writing keeps one moment of it', {
  tag: '@own',
}, async ({ broker, site }) => {
  const first = await broker.session('restless')
  const page = await first.page()
  await page.goto(site.url())
  await writeWithoutEnd(page)
  await first.release()
  const again = await broker.session('restless')
  const cookie = again.cookies.all().find(({ name }) => name === 'n')
  expect(Number(cookie?.value)).toBeGreaterThan(0)
  expect(await again.localStorage(site.origin()).get('n')).toBe(cookie?.value)
  await again.release()
})

test('a browser that is killed leaves the record whole, and a new one continues', { tag: '@own' }, async ({
  site,
}) => {
  const broker = await openTestBroker()
  try {
    const session = await broker.session('crashed')
    const page = await session.page()
    await page.goto(site.url({ set: ['nav=1', 'hidden=1; HttpOnly'] }))
    await page.evaluate(() => {
      localStorage.setItem('k', 'v')
      document.cookie = 'script=1'
    })
    // The barrier makes it the record's: what was acknowledged must survive.
    const before = await (await session.request(site.echo())).body.text()
    expect(before).toBe('nav=1; hidden=1; script=1')
    await killBrowser(page)
    expect(await (await session.request(site.echo())).body.text()).toBe(before)
    const next = await session.page()
    const response = await next.goto(site.echo())
    expect(await response?.text()).toBe(before)
    expect(await next.evaluate(() => localStorage.getItem('k'))).toBe('v')
    await next.evaluate(() => {
      document.cookie = 'after=1'
    })
    expect(await (await session.request(site.echo())).body.text()).toBe(`${before}; after=1`)
  } finally {
    await broker.close()
  }
})

test('a renderer that crashes does not stop the session', async ({ session, site, ask }) => {
  const page = await session.page()
  const other = await session.page()
  await page.goto(site.url({ set: ['a=1'] }))
  await other.goto(site.url({}, { name: 'other' }))
  await page.evaluate(() => {
    document.cookie = 'b=2'
    localStorage.setItem('k', 'v')
  })
  expect(await ask.cookies()).toEqual({ a: '1', b: '2' })
  const crashed = page.waitForEvent('crash')
  page.goto('chrome://crash').catch(() => {})
  await crashed
  await ask.get(site.url({ set: ['c=3'] }))
  expect(await ask.cookies()).toEqual({ a: '1', b: '2', c: '3' })
  expect(await ask.item('k')).toBe('v')
  await other.goto(site.url())
  expect(await other.evaluate(() => document.cookie)).toBe('a=1; b=2; c=3')
  expect(await other.evaluate(() => localStorage.getItem('k'))).toBe('v')
})

test('a context that its user closed is no loss', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url({ set: ['a=1'] }))
  expect(await ask.cookies()).toEqual({ a: '1' })
  await page.context().close()
  await ask.get(site.url({ set: ['b=2'] }))
  const next = await session.page()
  const response = await next.goto(site.echo())
  expect(await response?.text()).toBe('a=1; b=2')
})

test('two sessions in one browser share nothing', async ({ broker, session, site }) => {
  const other = await broker.session('neighbour')
  const [mine, theirs] = [await session.page(), await other.page()]
  await mine.goto(site.url({ set: ['mine=1'] }))
  await mine.evaluate(() => localStorage.setItem('mine', '1'))
  await theirs.goto(site.url({ set: ['theirs=1'] }))
  expect(await theirs.evaluate(() => document.cookie)).toBe('theirs=1')
  expect(await other.localStorage(site.origin()).entries()).toEqual([])
  expect(await (await other.request(site.echo())).body.text()).toBe('theirs=1')
  expect(await (await session.request(site.echo())).body.text()).toBe('mine=1')
  await other.release()
})

test('a session whose pages are all closed answers without the browser, and wakes up for the next page', async ({
  session,
  site,
  ask,
}) => {
  for (let i = 0; i < 3; i++) {
    const page = await session.page()
    await page.goto(site.url({ set: [`p${i}=1`] }))
    await page.evaluate((n) => localStorage.setItem(`k${n}`, '1'), i)
    await page.close()
    expect(await ask.cookies()).toHaveProperty(`p${i}`)
    await ask.get(site.url({ set: [`h${i}=1`] }))
    await session.localStorage(site.origin()).set(`s${i}`, '1')
    const next = await session.page()
    const response = await next.goto(site.echo())
    expect(await response?.text()).toBe(await ask.header())
    expect(await next.evaluate((n) => localStorage.getItem(`s${n}`), i)).toBe('1')
    expect(await next.evaluate((n) => localStorage.getItem(`k${n}`), i)).toBe('1')
    await next.close()
  }
})
