import { expect, test } from './fixture.ts'

/** What a page does to the platform to see or to bend what is done inside of it. Runs before anything else in it. */
const HOSTILE = `<script>
  const caught = (what) => { document.title = 'caught ' + what }
  const { getOwnPropertyDescriptor } = Object
  const spy = (owner, name) => {
    const own = getOwnPropertyDescriptor(owner, name)
    if (!own || !own.configurable) return
    const wrap = (inner) => inner && function () { caught(name); return 'poisoned' }
    Object.defineProperty(owner, name, own.value
      ? { configurable: true, value: wrap(own.value) }
      : { configurable: true, get: wrap(own.get), set: wrap(own.set) })
  }
  for (const name of ['getItem', 'setItem', 'removeItem', 'key', 'clear', 'length']) spy(Storage.prototype, name)
  for (const name of ['parse', 'stringify']) spy(JSON, name)
  for (const name of ['get', 'set', 'delete', 'has', 'forEach']) { spy(Map.prototype, name); spy(WeakMap.prototype, name) }
  for (const name of ['push', 'map', 'filter', 'concat', 'join']) spy(Array.prototype, name)
  spy(Document.prototype, 'cookie')
  spy(window, 'localStorage')
  spy(Object, 'getOwnPropertyDescriptor')
  spy(performance, 'timeOrigin')
  for (const name of ['__onejar', 'origin', 'version', 'items', 'state', 'known', 'text', 'count', 'value', 'result']) {
    if (name in window && name !== 'origin') continue
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      get() { return undefined },
      set() { caught('setter ' + name) },
    })
  }
</script>
<form name="cookie"></form><img name="cookie"><iframe name="localStorage" srcdoc=""></iframe>
<form id="origin"></form><a id="__onejar"></a><a id="JSON"></a><a id="performance"></a>
<form name="defaultView"></form><form name="documentElement"></form>`

test('a page that redefines the platform neither sees nor bends the sync of its own origin', async ({
  session,
  site,
  ask,
}) => {
  const storage = session.localStorage(site.origin())
  await storage.set('before', 'B')
  const page = await session.page()
  await page.goto(site.url({ html: HOSTILE, set: ['a=1; HttpOnly', 'b=2'] }))
  expect(await ask.header()).toBe('a=1; b=2')
  expect(await storage.entries()).toEqual([['before', 'B']])
  await storage.set('after', 'A')
  await ask.get(site.url({ set: ['c=3'] }))
  expect(await storage.entries()).toHaveLength(2)
  expect(await ask.header()).toBe('a=1; b=2; c=3')
  expect(await page.title()).toBe('site')
  await page.goto(site.url({ html: `${HOSTILE}<script>JSON.stringify(1)</script>` }))
  expect(await page.title(), 'the spies work').toBe('caught stringify')
})

test('a page that clobbers document.cookie still has its cookies flushed', async ({ session, site, ask }) => {
  const html = `<form name="cookie"></form><script>
    const write = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').set
    window.write = (text) => write.call(document, text)
  </script>`
  const page = await session.page()
  await page.goto(site.url({ html }))
  for (let i = 0; i < 10; i++) {
    await page.evaluate((n) => {
      for (let j = 0; j < 30; j++) (window as unknown as { write(text: string): void }).write(`c${j}=${n}`)
    }, i)
    expect(await ask.cookies()).toMatchObject({ c0: String(i), c29: String(i) })
  }
})

test('nothing of the sync can be found from a page', async ({ session, site }) => {
  const page = await session.page()
  const clean = await session.page()
  await page.goto(site.url())
  const names = () => {
    const found: string[] = []
    for (let owner: object | null = window; owner; owner = Object.getPrototypeOf(owner))
      found.push(...Reflect.ownKeys(owner).map(String))
    return found.filter((name) => !/^\d+$/.test(name)).sort()
  }
  const before = await page.evaluate(names)
  await session.localStorage(site.origin()).set('k', 'v')
  await session.localStorage(site.origin()).get('k')
  expect(await page.evaluate(names)).toEqual(before)
  expect(before.filter((name) => /onejar|cdp/i.test(name))).toEqual([])
  expect(await page.evaluate(() => window.length)).toBe(0)
  expect(await page.evaluate(() => window.opener)).toBeNull()
  await clean.goto('about:blank')
})

test('a page changes nothing outside its own origin', async ({ session, site, ask }) => {
  const victim = site.origin('victim')
  await session.localStorage(victim).set('secret', 'canary')
  await ask.get(site.url({ set: ['sid=canary'] }, { name: 'victim' }))
  const forged = JSON.stringify(`${victim}\nsecret`)
  const html = `<script>
    document.cookie = 'sid=forged; Domain=victim.localhost'
    document.cookie = 'sid=forged; Domain=localhost'
    localStorage.setItem(${forged}, 'forged')
    localStorage.setItem('origin', '${victim}')
    Object.defineProperty(self, 'origin', { get: () => '${victim}', configurable: true })
    document.domain = 'localhost'
  </script>`
  const page = await session.page()
  await page.goto(site.url({ html }, { name: 'evil' }))
  expect(await ask.header('victim')).toBe('sid=canary')
  expect(await session.localStorage(victim).entries()).toEqual([['secret', 'canary']])
  expect(await ask.item(`${victim}\nsecret`, 'evil')).toBe('forged')
})

test('a flood of storage events and items holds up nobody and changes nothing', async ({
  session,
  site,
  ask,
}) => {
  const html = `<script>
    let i = 0
    const flood = () => {
      for (let n = 0; n < 50; n++) dispatchEvent(new StorageEvent('storage', { key: 'k', newValue: 'fake', storageArea: localStorage }))
      localStorage.setItem('noise', String(i++))
      setTimeout(flood)
    }
    flood()
  </script>`
  const page = await session.page()
  await page.goto(site.url({ html }))
  const storage = session.localStorage(site.origin())
  for (let i = 0; i < 10; i++) {
    await storage.set('k', String(i))
    expect(await page.evaluate(() => localStorage.getItem('k'))).toBe(String(i))
    expect(await storage.get('k')).toBe(String(i))
    await ask.get(site.url({ set: [`c=${i}`] }))
    expect(await ask.cookies()).toEqual({ c: String(i) })
  }
})

test('a page that never yields holds up the session for a bounded time only', async ({
  session,
  site,
  ask,
}) => {
  const page = await session.page()
  await page.goto(site.url({}, { name: 'busy' }))
  await page.evaluate(() => {
    setTimeout(() => {
      for (;;);
    })
  })
  await ask.get(site.url({ set: ['a=1'] }))
  const startedAt = performance.now()
  expect(await ask.header()).toBe('a=1')
  expect(performance.now() - startedAt).toBeLessThan(6000)
})

test('values of one origin are in nothing that is sent to a document of another', async ({
  session,
  site,
}) => {
  const page = await session.page()
  const sent: string[] = []
  // Everything that Playwright and the sync say to the browser passes through this one connection.
  const connection = (
    page.context() as unknown as { _connection: { toImpl(client: unknown): { _browser: object } } }
  )._connection.toImpl(page.context())
  const transport = (connection as unknown as { _browser: { _connection: { _transport: Transport } } })
    ._browser._connection._transport
  const send = transport.send.bind(transport)
  transport.send = (message) => {
    sent.push(JSON.stringify(message))
    send(message)
  }
  await session.localStorage(site.origin('alpha')).set('secret', 'canary-alpha')
  await session.localStorage(site.origin('beta')).set('secret', 'canary-beta')
  const frame = `<iframe src='${site.url({}, { name: 'beta' })}'></iframe>`
  await page.goto(site.url({ html: frame }, { name: 'alpha' }))
  const other = await session.page()
  await other.goto(site.url({}, { name: 'gamma' }))
  await page.goto(site.url({}, { name: 'beta' }))
  await session.localStorage(site.origin('alpha')).set('secret', 'canary-alpha-2')
  await other.goto(site.url({}, { name: 'alpha' }))
  transport.send = send
  const withCanary = sent.filter((message) => message.includes('canary'))
  expect(withCanary.length).toBeGreaterThan(0)
  for (const message of withCanary) {
    const own = /canary-(\w+)/.exec(message)?.[1] as string
    const others = ['alpha', 'beta', 'gamma'].filter((name) => name !== own)
    // A value travels as an argument, with the one origin that it is for beside it, which the document checks.
    expect(message).toContain('Runtime.callFunctionOn')
    expect(message).toContain(`${own}.localhost`)
    for (const name of others) expect(message).not.toContain(`${name}.localhost`)
    expect(message).not.toContain('addScriptToEvaluateOnNewDocument')
  }
})

interface Transport {
  send(message: object): void
}
