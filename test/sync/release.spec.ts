import { expect, test } from './fixture.ts'

test.describe.configure({ timeout: 120_000 })

test('sessionStorage is there again before the first script of a page after the session was parked', async ({
  broker,
  site,
}) => {
  const first = await broker.session('parked session storage')
  const page = await first.page()
  await page.goto(site.url())
  await page.evaluate(() => {
    sessionStorage.setItem('step', '3')
    sessionStorage.setItem('__proto__', 'odd')
  })
  const other = await first.page()
  await other.goto(site.url({}, { name: 'other' }))
  await other.evaluate(() => sessionStorage.setItem('other', 'yes'))
  await first.release()

  const again = await broker.session('parked session storage')
  const next = await again.page()
  const html = `<script>document.title = sessionStorage.getItem('step') + sessionStorage.getItem('__proto__')</script>`
  await next.goto(site.url({ html }))
  expect(await next.title()).toBe('3odd')
  expect(await next.evaluate(() => sessionStorage.length)).toBe(2)
  expect(await next.evaluate(() => history.length)).toBeLessThanOrEqual(2)
  await next.goto(site.url({}, { name: 'other' }))
  expect(await next.evaluate(() => Object.entries({ ...sessionStorage }))).toEqual([['other', 'yes']])
  await next.goto(site.url({}, { name: 'third' }))
  expect(await next.evaluate(() => sessionStorage.length)).toBe(0)
  await next.goto(site.url())
  await next.evaluate(() => sessionStorage.clear())
  await again.release()

  const last = await broker.session('parked session storage')
  const page3 = await last.page()
  await page3.goto(site.url())
  expect(await page3.evaluate(() => sessionStorage.length)).toBe(0)
  await last.release()
})

test('sessionStorage of pages that were left or closed is kept, and an empty tab does not undo it', async ({
  broker,
  site,
}) => {
  const first = await broker.session('left session storage')
  const page = await first.page()
  const put = (value: string) => page.evaluate((value) => sessionStorage.setItem('k', value), value)
  await page.goto(site.url())
  await put('left')
  await page.goto(site.url({}, { name: 'other' }))
  await put('open')
  const closed = await first.page()
  await closed.goto(site.url({}, { name: 'third' }))
  await closed.evaluate(() => sessionStorage.setItem('k', 'closed'))
  await closed.close()
  const empty = await first.page()
  await empty.goto(site.url({}, { name: 'other' }))
  await first.release()

  const again = await broker.session('left session storage')
  const next = await again.page()
  const seen: (string | null)[] = []
  for (const name of ['shop', 'other', 'third']) {
    await next.goto(site.url({}, { name }))
    seen.push(await next.evaluate(() => sessionStorage.getItem('k')))
  }
  expect(seen).toEqual(['left', 'open', 'closed'])
  await again.release()
})

test('IndexedDB databases are there again after the session was parked', async ({ broker, site }) => {
  const first = await broker.session('parked databases')
  const page = await first.page()
  await page.goto(site.url())
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const open = indexedDB.open('app', 3)
        open.onupgradeneeded = () => {
          const store = open.result.createObjectStore('tokens', { keyPath: 'id' })
          store.createIndex('by-kind', 'kind')
          store.add({ id: 1, kind: 'refresh', token: 'T', at: new Date(0) })
        }
        open.onsuccess = () => {
          open.result.close()
          resolve()
        }
        open.onerror = reject
      }),
  )
  await page.goto(site.url({}, { name: 'other' }))
  await first.release()

  const again = await broker.session('parked databases')
  const next = await again.page()
  await next.goto(site.url())
  const read = () =>
    new Promise((resolve, reject) => {
      const open = indexedDB.open('app')
      open.onerror = reject
      open.onsuccess = () => {
        const { version } = open.result
        const request = open.result
          .transaction('tokens')
          .objectStore('tokens')
          .index('by-kind')
          .get('refresh')
        request.onsuccess = () => resolve({ version, ...request.result, at: request.result.at.getTime() })
      }
    })
  expect(await next.evaluate(read)).toEqual({ version: 3, id: 1, kind: 'refresh', token: 'T', at: 0 })
  await next.goto(site.url({}, { name: 'other' }))
  expect(await next.evaluate(() => indexedDB.databases())).toEqual([])
  await again.release()
})

test('a tab that crashed does not hold up the parking, and the others are kept', async ({ broker, site }) => {
  const first = await broker.session('crashed tab')
  const put = () => sessionStorage.setItem('k', 'v')
  const page = await first.page()
  await page.goto(site.url())
  await page.evaluate(put)
  const crashing = await first.page()
  for (const name of ['other', 'third']) {
    await crashing.goto(site.url({}, { name }))
    await crashing.evaluate(() => localStorage.setItem('l', 'v'))
  }
  const crashed = crashing.waitForEvent('crash')
  crashing.goto('chrome://crash').catch(() => {})
  await crashed
  const startedAt = performance.now()
  await first.release()
  expect(performance.now() - startedAt).toBeLessThan(4000)

  const again = await broker.session('crashed tab')
  const next = await again.page()
  await next.goto(site.url())
  expect(await next.evaluate(() => sessionStorage.getItem('k'))).toBe('v')
  await next.goto(site.url({}, { name: 'third' }))
  expect(await next.evaluate(() => localStorage.getItem('l'))).toBe('v')
  await again.release()
})
