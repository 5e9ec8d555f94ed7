import { expect, parseHeader, test } from './fixture.ts'

const fromPage = () => fetch('/echo').then((response) => response.text())

test('what HTTP was given, the page sends with its first request', async ({ session, site, ask }) => {
  await ask.get(site.url({ set: ['a=1; Path=/', 'b=2; HttpOnly', 'c=3; Max-Age=60; SameSite=Strict'] }))
  const page = await session.page()
  const response = await page.goto(site.echo())
  expect(await response?.text()).toBe('a=1; b=2; c=3')
  expect(await page.evaluate(() => document.cookie)).toBe('a=1; c=3')
})

test('what HTTP was given, an open page sees at once', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  for (let i = 0; i < 10; i++) {
    await ask.get(site.url({ set: [`n=${i}`, `h${i}=x; HttpOnly`] }))
    expect(parseHeader(await page.evaluate(() => document.cookie))).toEqual({ n: String(i) })
    const sent = parseHeader(await page.evaluate(fromPage))
    expect(sent).toMatchObject({ n: String(i), [`h${i}`]: 'x' })
  }
})

test('what a script set, the next HTTP request sends', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  for (let i = 0; i < 10; i++) {
    await page.evaluate((n) => {
      for (let j = 0; j < 20; j++) document.cookie = `c${j}=${n}`
    }, i)
    const sent = await ask.cookies()
    for (let j = 0; j < 20; j++) expect(sent[`c${j}`]).toBe(String(i))
  }
})

test('what cookieStore set and deleted, the next HTTP request knows', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(() => cookieStore.set('a', '1').then(() => cookieStore.set('b', '2')))
  expect(await ask.cookies()).toEqual({ a: '1', b: '2' })
  await page.evaluate(() => cookieStore.delete('a'))
  expect(await ask.cookies()).toEqual({ b: '2' })
})

test('what the browser was given over the network, the next HTTP request sends', async ({
  session,
  site,
  ask,
}) => {
  const page = await session.page()
  await page.goto(site.url({ set: ['nav=1; HttpOnly; Path=/', 'two=2'] }))
  expect(await ask.cookies()).toEqual({ nav: '1', two: '2' })
  await page.evaluate((url) => fetch(url), site.url({ set: ['fetched=1; HttpOnly'] }))
  expect(await ask.cookies()).toMatchObject({ fetched: '1' })
  await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest()
        request.onload = resolve
        request.open('GET', url)
        request.send()
      }),
    site.url({ set: ['xhr=1', 'nav=; Max-Age=0'] }),
  )
  expect(await ask.cookies()).toEqual({ two: '2', fetched: '1', xhr: '1' })
})

test('a deletion on either side is one on the other', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url({ set: ['a=1', 'b=2', 'c=3', 'a=sub; Path=/sub'] }))
  await page.evaluate(() => {
    document.cookie = 'a=; Max-Age=0'
  })
  expect(await ask.cookies()).toEqual({ b: '2', c: '3' })
  await ask.get(site.url({ set: ['b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'] }))
  expect(await page.evaluate(fromPage)).toBe('c=3')
  await session.cookies.clear({ name: 'c' })
  expect(await page.evaluate(fromPage)).toBe('')
  expect(await ask.cookies('shop', '/sub')).toEqual({ a: 'sub' })
})

test('an HttpOnly cookie goes over and back, and no script sees it', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url({ set: ['from-page=1; HttpOnly'] }))
  await ask.get(site.url({ set: ['from-http=1; HttpOnly'] }))
  expect(await page.evaluate(() => document.cookie)).toBe('')
  expect(await page.evaluate(fromPage)).toBe('from-page=1; from-http=1')
  expect(session.cookies.all().map(({ httpOnly }) => httpOnly)).toEqual([true, true])
})

test('an expiry is the same on both sides', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await ask.get(site.url({ set: ['http=1; Max-Age=3600'] }))
  await page.evaluate(async () => {
    const at = new Date(Math.floor(Date.now() / 1000) * 1000 + 7_200_000)
    document.cookie = `page=1; Expires=${at.toUTCString()}`
    localStorage.setItem('at', String(at.getTime()))
  })
  await ask.header()
  const [http, script] = session.cookies.all()
  const held = await page.context().cookies(site.origin())
  const inBrowser = held.find(({ name }) => name === 'http')?.expires ?? 0
  expect(Math.abs(inBrowser * 1000 - (http?.expiresAt ?? 0))).toBeLessThan(1)
  expect(script?.expiresAt).toBe(Number(await ask.item('at')))
})

test('a cookie that is about to expire is gone on both sides', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await ask.get(site.url({ set: ['brief=1; Max-Age=1', 'stays=1'] }))
  expect(parseHeader(await page.evaluate(() => document.cookie))).toHaveProperty('stays')
  await page.waitForFunction(() => !document.cookie.includes('brief'))
  // The two clocks are one, but the expiry has a fraction of a millisecond.
  await expect.poll(() => ask.header()).toBe('stays=1')
})

test('a cookie set twice in a row on alternating sides ends as the last one said', async ({
  session,
  site,
  ask,
}) => {
  const page = await session.page()
  await page.goto(site.url())
  for (let i = 0; i < 20; i++) {
    if (i % 2 === 0) await ask.get(site.url({ set: [`turn=${i}`] }))
    else
      await page.evaluate((n) => {
        document.cookie = `turn=${n}`
      }, i)
    expect(await ask.header()).toBe(`turn=${i}`)
    expect(await page.evaluate(fromPage)).toBe(`turn=${i}`)
  }
})

test('a page with a document that is no document, and an empty answer', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await page.goto(site.url({ status: 204, set: ['empty=1'] })).catch(() => {})
  expect(await ask.cookies()).toEqual({ empty: '1' })
  await page.evaluate((url) => fetch(url), site.url({ status: 204, set: ['again=1'] }))
  expect(await ask.cookies()).toEqual({ empty: '1', again: '1' })
})

test('a load that is broken off has set its cookies', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await page.goto(site.url({ hang: true, set: ['half=1'] }), { waitUntil: 'commit' })
  expect(await ask.cookies()).toEqual({ half: '1' })
  await page.evaluate(() => window.stop())
  expect(await ask.cookies()).toEqual({ half: '1' })
})

test('a fetch that is broken off after its headers has set its cookies', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(
    async (url) => {
      const controller = new AbortController()
      await fetch(url, { signal: controller.signal })
      controller.abort()
    },
    site.url({ hang: true, set: ['cut=1'] }),
  )
  expect(await ask.cookies()).toEqual({ cut: '1' })
})

test('each hop of a redirect sets and sends', async ({ session, site, ask }) => {
  const last = site.echo()
  const middle = site.url({ to: last, set: ['two=2'] })
  const page = await session.page()
  const response = await page.goto(site.url({ to: middle, set: ['one=1'] }))
  expect(await response?.text()).toBe('one=1; two=2')
  expect(await ask.header()).toBe('one=1; two=2')
  const http = await ask.get(site.url({ to: site.url({ to: last, set: ['four=4'] }), set: ['three=3'] }))
  expect(http).toBe('one=1; two=2; three=3; four=4')
  expect(await page.evaluate(fromPage)).toBe(http)
})

test('a cookie that a frame of the same site set, and none that a foreign frame tried to', async ({
  session,
  site,
  ask,
}) => {
  const write = `<script>document.cookie = 'framed=1; Domain=shop.localhost'; document.cookie = 'own=1'</script>`
  const inner = site.url({ html: write }, { name: 'www.shop' })
  const foreign = site.url({ html: `<script>document.cookie = 'foreign=1'</script>` }, { name: 'other' })
  const page = await session.page()
  await page.goto(site.url({ html: `<iframe src='${inner}'></iframe><iframe src='${foreign}'></iframe>` }))
  expect(await ask.cookies()).toEqual({ framed: '1' })
  expect(await ask.cookies('www.shop')).toEqual({ framed: '1', own: '1' })
  expect(await ask.cookies('other')).toEqual({})
  for (let i = 0; i < 5; i++) {
    await page
      .frames()
      .find((frame) => frame.url().startsWith(site.origin('www.shop')))
      ?.evaluate((n) => {
        for (let j = 0; j < 20; j++) document.cookie = `in${j}=${n}`
      }, i)
    expect(await ask.cookies('www.shop')).toMatchObject({ in0: String(i), in19: String(i) })
  }
})

test('a service worker sets and sends', async ({ session, site, ask }) => {
  const worker = `
    self.addEventListener('install', () => self.skipWaiting())
    self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
    self.addEventListener('message', async (event) => {
      if (event.data.cookie) await cookieStore.set(event.data.cookie, '1')
      if (event.data.url) await fetch(event.data.url)
      event.source.postMessage(await (await fetch('/echo')).text())
    })`
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(
    async (url) => {
      await navigator.serviceWorker.register(url, { scope: '/' })
      await new Promise<void>((resolve) => {
        if (navigator.serviceWorker.controller) resolve()
        else navigator.serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true })
      })
    },
    site.url({ js: worker }),
  )
  const tell = (message: { cookie?: string; url?: string }) =>
    page.evaluate(
      (data) =>
        new Promise((resolve) => {
          navigator.serviceWorker.addEventListener('message', (event) => resolve(event.data), { once: true })
          navigator.serviceWorker.controller?.postMessage(data)
        }),
      message,
    )
  await tell({ cookie: 'worked' })
  expect(await ask.cookies()).toEqual({ worked: '1' })
  await tell({ url: site.url({ set: ['fetched=1; HttpOnly'] }) })
  expect(await ask.cookies()).toEqual({ worked: '1', fetched: '1' })
  await ask.get(site.url({ set: ['http=1'] }))
  expect(await tell({})).toBe('worked=1; fetched=1; http=1')
})

test('cookies of two sites and of a parent domain stay where they belong', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url({ set: ['wide=1; Domain=shop.localhost', 'narrow=1'] }, { name: 'www.shop' }))
  await page.goto(site.url({ set: ['else=1'] }, { name: 'other' }))
  expect(await ask.cookies()).toEqual({ wide: '1' })
  expect(await ask.cookies('www.shop')).toEqual({ wide: '1', narrow: '1' })
  expect(await ask.cookies('other')).toEqual({ else: '1' })
})

test('fifty cookies from either side arrive in their order', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await ask.get(site.url({ set: Array.from({ length: 50 }, (_, i) => `h${i}=${i}`) }))
  const expected = Array.from({ length: 50 }, (_, i) => `h${i}=${i}`).join('; ')
  expect(await page.evaluate(fromPage)).toBe(expected)
  await page.evaluate(() => {
    for (let i = 0; i < 50; i++) document.cookie = `p${i}=${i}`
  })
  const all = await page.evaluate(fromPage)
  expect(await ask.header()).toBe(all)
})

test('the last word of the API stands against what a page wrote just before', async ({
  session,
  site,
  ask,
}) => {
  const page = await session.page()
  await page.goto(site.url({ set: ['a=old'] }))
  await ask.header()
  const write = (count: number) =>
    page.evaluate((count) => {
      for (let i = 0; i < count; i++) document.cookie = `x${i}=1`
      document.cookie = 'a=page'
      document.cookie = 'unread=1'
    }, count)
  const seen = async () => [await ask.header(), await page.evaluate(() => document.cookie)].map(namesAndA)

  // The record's value does not change by this, and the page's is on its way.
  for (let round = 0; round < 20; round++) {
    await write(0)
    await session.cookies.set('a=old; Path=/', site.origin())
    expect(await seen()).toEqual(['a=old unread', 'a=old unread'])
    await write(40)
    await session.cookies.set(`a=${round}; Path=/`, site.origin())
    await session.cookies.set('unread=; Max-Age=0; Path=/', site.origin())
    expect(await seen()).toEqual([`a=${round}`, `a=${round}`])
    await write(40)
    await session.cookies.clear()
    expect(await seen()).toEqual(['', ''])
    await session.cookies.set('a=old; Path=/', site.origin())
  }
})

/** `a` with its value and `unread` if they are there. */
function namesAndA(header: string): string {
  const cookies = parseHeader(header)
  return [cookies['a'] === undefined ? '' : `a=${cookies['a']}`, cookies['unread'] ? 'unread' : '']
    .filter((part) => part !== '')
    .join(' ')
}
