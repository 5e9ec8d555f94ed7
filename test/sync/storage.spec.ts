import { expect, test, writeWithoutEnd } from './fixture.ts'

test('an item is there before the first inline script of the page', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  await storage.set('token', 'from-record')
  const page = await session.page()
  const html = `<script>window.first = localStorage.getItem('token'); localStorage.setItem('seen', window.first)</script>`
  await page.goto(site.url({ html }))
  expect(await page.evaluate(() => (window as unknown as { first: string }).first)).toBe('from-record')
  expect(await storage.get('seen')).toBe('from-record')
})

test('a write in a page is read at once, and a write to the record is in the page at once', async ({
  session,
  site,
}) => {
  const storage = session.localStorage(site.origin())
  const page = await session.page()
  await page.goto(site.url())
  for (let i = 0; i < 20; i++) {
    await page.evaluate((n) => {
      for (let j = 0; j < 20; j++) localStorage.setItem(`k${j}`, String(n))
    }, i)
    expect(await storage.get('k0')).toBe(String(i))
    expect(await storage.get('k19')).toBe(String(i))
    await storage.set('back', String(i))
    expect(await page.evaluate(() => localStorage.getItem('back'))).toBe(String(i))
  }
})

test('removal and clear are seen on the other side', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(() => {
    for (const key of ['a', 'b', 'c']) localStorage.setItem(key, key)
  })
  await page.evaluate(() => localStorage.removeItem('a'))
  expect(Object.fromEntries(await storage.entries())).toEqual({ b: 'b', c: 'c' })
  await storage.delete('b')
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['c'])
  await page.evaluate(() => localStorage.clear())
  expect(await storage.entries()).toEqual([])
  await storage.set('d', 'd')
  await storage.clear()
  expect(await page.evaluate(() => localStorage.length)).toBe(0)
})

test('open tabs see a write of the record without a reload, with a storage event', async ({
  session,
  site,
}) => {
  const pages = [await session.page(), await session.page()]
  for (const page of pages) {
    await page.goto(site.url())
    await page.evaluate(() => {
      const seen = window as unknown as { told?: Promise<unknown> }
      seen.told = new Promise((resolve) => {
        addEventListener('storage', ({ key, oldValue, newValue, storageArea, url }) =>
          resolve({ key, oldValue, newValue, same: storageArea === localStorage, url: new URL(url).origin }),
        )
      })
    })
  }
  await session.localStorage(site.origin()).set('token', 'new')
  for (const page of pages) {
    const event = await page.evaluate(() => (window as unknown as { told?: Promise<unknown> }).told)
    expect(event).toEqual({ key: 'token', oldValue: null, newValue: 'new', same: true, url: site.origin() })
    expect(await page.evaluate(() => localStorage.getItem('token'))).toBe('new')
  }
})

test('several tabs of one origin write in turn, and the last word stands', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  const tabs = [await session.page(), await session.page(), await session.page()]
  for (const tab of tabs) await tab.goto(site.url())
  for (let i = 0; i < 30; i++) {
    const tab = tabs[i % tabs.length]
    await tab?.evaluate((n) => localStorage.setItem('turn', String(n)), i)
    expect(await storage.get('turn')).toBe(String(i))
  }
})

test('what one tab wrote, every tab of its origin shows after the next barrier', async ({
  session,
  site,
}) => {
  const first = await session.page()
  const second = await session.page()
  for (const page of [first, second]) await page.goto(site.url())
  const storage = session.localStorage(site.origin())
  const shown = () => second.evaluate(() => localStorage.getItem('k'))
  for (let round = 0; round < 150; round++) {
    await first.evaluate((value) => localStorage.setItem('k', value), `${round}`)
    expect(await storage.get('k')).toBe(`${round}`)
    expect(await shown()).toBe(`${round}`)
  }
  const popup = first.waitForEvent('popup')
  const script = `localStorage.setItem('k', 'popup'); close()`
  await first.evaluate((target) => void window.open(target), site.url({ html: `<script>${script}</script>` }))
  await popup
  await expect.poll(() => storage.get('k')).toBe('popup')
  expect(await shown()).toBe('popup')
})

test('a tab takes back the value it had before another tab changed it', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  const one = await session.page()
  const two = await session.page()
  for (const tab of [one, two]) await tab.goto(site.url())
  for (let i = 0; i < 15; i++) {
    await one.evaluate(() => localStorage.setItem('k', 'A'))
    expect(await storage.get('k')).toBe('A')
    await two.evaluate(() => localStorage.setItem('k', 'B'))
    expect(await storage.get('k')).toBe('B')
  }
})

test('a page that is closed at once after a write has written', async ({ session, site, ask }) => {
  const storage = session.localStorage(site.origin())
  for (let i = 0; i < 5; i++) {
    const page = await session.page()
    await page.goto(site.url())
    await page.evaluate((n) => {
      localStorage.setItem('last', String(n))
      document.cookie = `last=${n}`
    }, i)
    await page.close()
    expect(await ask.cookies()).toEqual({ last: String(i) })
    expect(await storage.get('last')).toBe(String(i))
  }
})

test('a page that never stops writing has written all or nothing when it is closed', async ({
  session,
  site,
  ask,
}) => {
  for (let round = 0; round < 5; round++) {
    const page = await session.page()
    await page.goto(site.url())
    await writeWithoutEnd(page)
    await page.close()
    const { n } = await ask.cookies()
    expect(Number(n)).toBeGreaterThan(0)
    expect(await ask.item('n')).toBe(n)
  }
})

test('a page that closes itself at once after a write has written', async ({ session, site, ask }) => {
  const opener = await session.page()
  await opener.goto(site.url())
  for (let i = 0; i < 5; i++) {
    const [popup] = await Promise.all([
      opener.waitForEvent('popup'),
      opener.evaluate((url) => {
        window.open(url)
      }, site.url()),
    ])
    await popup.waitForLoadState()
    const closed = popup.waitForEvent('close')
    await popup
      .evaluate((n) => {
        localStorage.setItem('self', String(n))
        document.cookie = `self=${n}`
        window.close()
      }, i)
      .catch(() => {})
    await closed
    expect(await ask.cookies()).toEqual({ self: String(i) })
    expect(await ask.item('self')).toBe(String(i))
  }
})

test('a popup starts with what the record holds, and what it writes is read', async ({
  session,
  site,
  ask,
}) => {
  const opener = await session.page()
  await opener.goto(site.url())
  await session.localStorage(site.origin('other')).set('seed', 'other')
  const html = `<script>localStorage.setItem('copy', localStorage.getItem('seed')); document.cookie = 'pop=1'</script>`
  const [popup] = await Promise.all([
    opener.waitForEvent('popup'),
    opener.evaluate(
      (url) => {
        window.open(url)
      },
      site.url({ html }, { name: 'other' }),
    ),
  ])
  await popup.waitForLoadState()
  expect(await ask.item('copy', 'other')).toBe('other')
  expect(await ask.cookies('other')).toEqual({ pop: '1' })
})

test('a navigation to another origin right after a write loses nothing', async ({ session, site, ask }) => {
  const page = await session.page()
  for (let i = 0; i < 4; i++) {
    await page.goto(site.url())
    const away = page.waitForURL(`${site.origin('other')}/**`)
    await page.evaluate(
      ({ n, url }) => {
        localStorage.setItem('leaving', String(n))
        for (let j = 0; j < 10; j++) document.cookie = `c${j}=${n}`
        location.href = url
      },
      { n: i, url: site.url({}, { name: 'other' }) },
    )
    expect(await ask.cookies()).toMatchObject({ c0: String(i), c9: String(i) })
    expect(await ask.item('leaving')).toBe(String(i))
    await away
    expect(await ask.item('leaving')).toBe(String(i))
  }
})

test('a reload, and a write while the page loads', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  const page = await session.page()
  const html = `<script>localStorage.setItem('loads', String(1 + Number(localStorage.getItem('loads'))))</script>`
  await page.goto(site.url({ html }))
  for (let i = 2; i < 7; i++) {
    await page.reload()
    expect(await storage.get('loads')).toBe(String(i))
  }
  await storage.set('loads', '100')
  await page.reload()
  expect(await storage.get('loads')).toBe('101')
})

test('a frame of the same site writes its own origin', async ({ session, site, ask }) => {
  const html = `<script>localStorage.setItem('framed', '1')</script>`
  const page = await session.page()
  await page.goto(site.url({ html: `<iframe src='${site.url({ html }, { name: 'www.shop' })}'></iframe>` }))
  expect(await ask.item('framed', 'www.shop')).toBe('1')
  const frame = page.frames()[1]
  for (let i = 0; i < 10; i++) {
    await frame?.evaluate((n) => localStorage.setItem('framed', String(n)), i)
    expect(await ask.item('framed', 'www.shop')).toBe(String(i))
    await session.localStorage(site.origin('www.shop')).set('given', String(i))
    expect(await frame?.evaluate(() => localStorage.getItem('given'))).toBe(String(i))
  }
})

test('a frame is seeded before its first script', async ({ session, site, ask }) => {
  await session.localStorage(site.origin('www.shop')).set('token', 'T')
  const html = `<script>localStorage.setItem('first', String(localStorage.getItem('token')))</script>`
  const page = await session.page()
  await page.goto(site.url({ html: `<iframe src='${site.url({ html }, { name: 'www.shop' })}'></iframe>` }))
  expect(await ask.item('first', 'www.shop')).toBe('T')
})

test('keys and values of every kind of text come through', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  const items: [string, string][] = [
    ['', 'empty key'],
    ['empty value', ''],
    ['line\nfeed', 'a\r\nb'],
    ['nul\0', '\0'],
    ['lone \ud800', 'lone \udc00 surrogate'],
    ['emoji 🍪', '🍪'.repeat(50)],
    ['__proto__', 'x'],
    ['length', '3'],
    ['getItem', 'shadowed'],
    ['quotes', `'"\`\\`],
    ['long', 'x'.repeat(100_000)],
  ]
  for (const [key, value] of items) await storage.set(key, value)
  const page = await session.page()
  await page.goto(site.url())
  const inPage = await page.evaluate(
    (keys) => keys.map((key) => Storage.prototype.getItem.call(localStorage, key)),
    items.map(([key]) => key),
  )
  expect(inPage).toEqual(items.map(([, value]) => value))
  await page.evaluate((pairs) => {
    for (const [key, value] of pairs) Storage.prototype.setItem.call(localStorage, `p${key}`, value)
  }, items)
  for (const [key, value] of items) expect(await storage.get(`p${key}`), key.slice(0, 20)).toBe(value)
})

test('a write to the record does not hide what the page wrote just before', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  const page = await session.page()
  await page.goto(site.url())
  for (let i = 0; i < 10; i++) {
    await page.evaluate((n) => localStorage.setItem('from-page', String(n)), i)
    await storage.set('from-record', String(i))
    expect(await storage.get('from-page')).toBe(String(i))
    expect(await storage.get('from-record')).toBe(String(i))
  }
})

test('the last word of the API stands against what a page wrote just before', async ({ session, site }) => {
  const storage = session.localStorage(site.origin())
  const page = await session.page()
  await page.goto(site.url())
  await storage.set('k', 'old')
  const write = () =>
    page.evaluate(() => {
      localStorage.setItem('k', 'page')
      localStorage.setItem('unread', '1')
    })
  const shown = () => page.evaluate(() => ({ ...localStorage }))

  await write()
  await storage.set('k', 'old')
  expect(await shown()).toEqual({ k: 'old', unread: '1' })
  expect(await storage.entries()).toEqual([
    ['k', 'old'],
    ['unread', '1'],
  ])
  await storage.delete('unread')
  await write()
  await storage.delete('unread')
  expect([await storage.get('k'), await storage.get('unread')]).toEqual(['page', null])
  await write()
  await storage.clear()
  expect([await shown(), await storage.entries()]).toEqual([{}, []])
})

test('popups that write and are gone at once have written', async ({ session, site, ask }) => {
  const opener = await session.page()
  await opener.goto(site.url())
  for (let i = 0; i < 5; i++) {
    const html = `<script>localStorage.setItem('brief', '${i}'); document.cookie = 'brief=${i}'; window.close()</script>`
    const [popup] = await Promise.all([
      opener.waitForEvent('popup'),
      opener.evaluate(
        (url) => {
          window.open(url, '_blank', 'noopener')
        },
        site.url({ html }, { name: 'other' }),
      ),
    ])
    if (!popup.isClosed()) await popup.waitForEvent('close')
    expect(await ask.item('brief', 'other')).toBe(String(i))
    expect(await ask.cookies('other')).toEqual({ brief: String(i) })
  }
})

test('a document that a service worker serves is seeded as well', async ({ session, site }) => {
  const html = `<script>document.title = localStorage.getItem('token')</script>`
  const worker = `
    self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
    self.addEventListener('fetch', (event) => {
      if (event.request.mode === 'navigate')
        event.respondWith(new Response(${JSON.stringify(html)}, { headers: { 'content-type': 'text/html' } }))
    })`
  const storage = session.localStorage(site.origin())
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(
    async (url) => {
      await navigator.serviceWorker.register(url, { scope: '/' })
      await navigator.serviceWorker.ready
    },
    site.url({ js: worker }),
  )
  for (let i = 0; i < 3; i++) {
    await page.goto(site.url({}, { name: 'other' }))
    await storage.set('token', String(i))
    await page.goto(site.url())
    expect(await page.title()).toBe(String(i))
  }
})

test('a document that comes back from the back-forward cache knows what the record was given meanwhile', async ({
  session,
  site,
}) => {
  const storage = session.localStorage(site.origin())
  const page = await session.page()
  await page.goto(site.url())
  await page.goto(site.url({}, { name: 'other' }))
  await storage.set('token', 'meanwhile')
  await page.goBack()
  expect(await page.evaluate(() => localStorage.getItem('token'))).toBe('meanwhile')
  await page.evaluate(() => localStorage.setItem('token', 'back'))
  expect(await storage.get('token')).toBe('back')
})

test('a frame of the page’s own site inside a foreign one neither sees nor changes the site’s storage', async ({
  session,
  site,
}) => {
  const storage = session.localStorage(site.origin())
  await storage.set('own', 'mine')
  const script = `<script>try { parent.parent.postMessage(localStorage.getItem('own'), '*'); localStorage.setItem('own', 'theirs') }
    catch { parent.parent.postMessage('denied', '*') }</script>`
  const middle = site.url(
    { html: `<iframe src='${site.url({ html: script })}'></iframe>` },
    { name: 'other' },
  )
  const html = `<script>addEventListener('message', ({ data }) => { document.title = 'frame: ' + data })</script>
    <iframe src='${middle}'></iframe>`
  const page = await session.page()
  await page.goto(site.url({ html }))
  await expect(page).toHaveTitle(/frame: (denied|null)/)
  expect(await storage.get('own')).toBe('mine')
  expect(await page.evaluate(() => localStorage.getItem('own'))).toBe('mine')
})

test('foreign frames that come and go cost no look-ups', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await ask.header()
  const pages = page.context().pages().length
  for (let i = 0; i < 3; i++) {
    await page.evaluate(
      (target) =>
        new Promise<void>((resolve) => {
          const frame = document.createElement('iframe')
          frame.onload = () => {
            frame.remove()
            resolve()
          }
          frame.src = target
          document.body.append(frame)
        }),
      site.url({}, { name: `foreign${i}` }),
    )
  }
  await ask.header()
  expect(page.context().pages().length, 'no page was opened to look anything up').toBe(pages)
})
