import { expect, openTestBroker, test } from './fixture.ts'

test.describe.configure({ timeout: 120_000 })

/** Far below what a request may take, and far above what a busy machine makes of it. */
const SOON_MS = 30_000

async function soon<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('It hangs')), SOON_MS)
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

test('a dialog that nobody answers holds up requests for a bounded time', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url({ set: ['a=1'] }))
  const opened = page.waitForEvent('dialog')
  page.on('dialog', () => {})
  await page.evaluate(() => {
    document.cookie = 'before=1'
    setTimeout(() => {
      localStorage.setItem('k', 'v')
      alert('?')
    })
  })
  const dialog = await opened
  expect(await soon(ask.cookies())).toEqual({ a: '1', before: '1' })
  await soon(ask.get(site.url({ set: ['b=2'] })))
  await soon(session.localStorage(site.origin()).set('api', '1'))
  await dialog.accept()
  expect(await page.evaluate(() => document.cookie)).toBe('a=1; before=1; b=2')
  expect(await session.localStorage(site.origin()).entries()).toEqual(
    expect.arrayContaining([
      ['k', 'v'],
      ['api', '1'],
    ]),
  )
})

test('a print dialog and a debugger statement stop nothing', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(() => {
    setTimeout(() => {
      print()
      // biome-ignore lint/suspicious/noDebugger: a page that has one is what is tested
      debugger
      document.cookie = 'after=1'
      document.title = 'went on'
    })
  })
  await expect.poll(() => page.title()).toBe('went on')
  expect(await soon(ask.cookies())).toEqual({ after: '1' })
})

test('a page that reloads itself for ever holds up nobody, and its writes are read', async ({
  session,
  site,
  ask,
}) => {
  const page = await session.page()
  const html = `<script>
    const n = Number(localStorage.getItem('n')) + 1
    localStorage.setItem('n', n)
    document.cookie = 'n=' + n
    location.reload()
  </script>`
  await page.goto(site.url({ html }), { waitUntil: 'commit' })
  const seen: number[] = []
  for (let round = 0; round < 6; round++) {
    await soon(ask.get(site.url({ set: [`r=${round}`] })))
    const { n, r } = await soon(ask.cookies())
    expect(r).toBe(`${round}`)
    seen.push(Number(n ?? 0))
  }
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  await soon(page.close())
  const { n } = await ask.cookies()
  expect(Number(await ask.item('n'))).toBeGreaterThanOrEqual(Number(n))
})

for (const [how, script] of [
  ['never stops', 'for (;;) {}'],
  ['crashes', 'window.chance = 1'],
] as const) {
  test(`a popup that ${how} before it is watched holds up nobody`, async ({ session, site, ask }) => {
    const page = await session.page()
    await page.goto(site.url({ set: ['a=1'] }))
    const opened = page.context().waitForEvent('page')
    await page.evaluate(
      (url) => {
        window.open(url, '_blank', 'noopener')
      },
      site.url({ html: `<script>${script}</script>` }, { name: `popup-that-${how.replace(' ', '-')}` }),
    )
    const popup = await opened
    if (how === 'crashes') {
      const crashed = popup.waitForEvent('crash')
      popup.goto('chrome://crash').catch(() => {})
      await crashed
    }
    for (let round = 0; round < 3; round++) {
      await soon(ask.get(site.url({ set: [`r=${round}`] })))
      expect(await soon(ask.cookies())).toEqual({ a: '1', r: `${round}` })
    }
    await page.evaluate(() => {
      document.cookie = 'still=read'
    })
    expect(await soon(ask.cookies())).toEqual({ a: '1', r: '2', still: 'read' })
  })
}

test('two hundred frames are all read', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(() => {
    for (let i = 0; i < 200; i++) {
      const frame = document.createElement('iframe')
      frame.srcdoc = `<script>
        localStorage.setItem('f${i}', '1')
        if (${i} < 100) document.cookie = 'f${i}=1'
      </script>`
      document.body.append(frame)
    }
  })
  await expect.poll(() => page.evaluate(() => localStorage.length), { timeout: 60_000 }).toBe(200)
  expect(Object.keys(await soon(ask.cookies()))).toHaveLength(100)
  expect(await soon(session.localStorage(site.origin()).entries())).toHaveLength(200)
})

test('documents of no origin of their own neither see nor change what the page has', async ({
  session,
  site,
  ask,
}) => {
  await session.localStorage(site.origin()).set('secret', 'S')
  const attempt = `<script>
    const seen = []
    try { seen.push(document.cookie); document.cookie = 'opaque=1' } catch {}
    try { seen.push(localStorage.getItem('secret')); localStorage.setItem('opaque', '1') } catch {}
    parent.postMessage(seen.join(), '*')
  </script>`
  const page = await session.page()
  await page.goto(site.url({ set: ['a=1'] }))
  const seen = await page.evaluate(
    ({ attempt, sandboxed }) => {
      const frames = [
        ['srcdoc', attempt, 'allow-scripts'],
        ['src', `data:text/html,${encodeURIComponent(attempt)}`, null],
        ['src', sandboxed, 'allow-scripts'],
      ] as const
      const answers: unknown[] = []
      return new Promise<unknown[]>((resolve) => {
        addEventListener('message', ({ data }) => answers.push(data) === frames.length && resolve(answers))
        for (const [name, value, sandbox] of frames) {
          const frame = document.createElement('iframe')
          if (sandbox !== null) frame.setAttribute('sandbox', sandbox)
          frame.setAttribute(name, value)
          document.body.append(frame)
        }
      })
    },
    { attempt, sandboxed: site.url({ html: attempt, set: ['frame=1'] }) },
  )
  expect(seen).toEqual(['', '', ''])
  // What the network brought into the sandboxed frame is the site's own.
  expect(await soon(ask.cookies())).toEqual({ a: '1', frame: '1' })
  await soon(session.localStorage(site.origin()).set('more', 'M'))
  expect(await session.localStorage(site.origin()).entries()).toEqual([
    ['secret', 'S'],
    ['more', 'M'],
  ])
})

test('a document under a sandboxing policy gets nothing of the origin that it came from', async ({
  session,
  site,
  ask,
}) => {
  await session.localStorage(site.origin()).set('secret', 'S')
  const page = await session.page()
  const headers = { 'content-security-policy': 'sandbox allow-scripts' }
  const html = `<script>
    try { document.title = localStorage.getItem('secret') } catch { document.title = 'refused' }
  </script>`
  await page.goto(site.url({ html, headers, set: ['a=1'] }))
  expect(await page.title()).toBe('refused')
  expect(await soon(ask.cookies())).toEqual({ a: '1' })
  await soon(session.localStorage(site.origin()).set('k', 'v'))
  const other = await session.page()
  await other.goto(site.url())
  expect(await other.evaluate(() => ({ ...localStorage }))).toEqual({ secret: 'S', k: 'v' })
})

test('srcdoc and blob documents write as the page that made them', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  await page.evaluate(() => {
    const script = (name: string) => `<script>
      document.cookie = '${name}=1'
      localStorage.setItem('${name}', '1')
      parent.postMessage('${name}', '*')
    </script>`
    let answers = 0
    return new Promise<void>((resolve) => {
      addEventListener('message', () => {
        if (++answers === 2) resolve()
      })
      const one = document.createElement('iframe')
      one.srcdoc = script('srcdoc')
      const two = document.createElement('iframe')
      two.src = URL.createObjectURL(new Blob([script('blob')], { type: 'text/html' }))
      document.body.append(one, two)
    })
  })
  expect(Object.keys(await soon(ask.cookies())).sort()).toEqual(expect.arrayContaining(['srcdoc']))
  expect((await session.localStorage(site.origin()).entries()).sort()).toEqual([
    ['blob', '1'],
    ['srcdoc', '1'],
  ])
})

test('a page that is isolated from its opener and its frames is kept in sync', async ({
  session,
  site,
  ask,
}) => {
  const headers = {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  }
  const storage = session.localStorage(site.origin())
  await storage.set('record', '1')
  const page = await session.page()
  await page.goto(site.url({}, { name: 'other' }))
  await page.goto(site.url({ headers, set: ['a=1'] }))
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  expect(await page.evaluate(() => localStorage.getItem('record'))).toBe('1')
  await page.evaluate(() => {
    document.cookie = 'b=2'
    localStorage.setItem('page', '1')
  })
  expect(await soon(ask.cookies())).toEqual({ a: '1', b: '2' })
  await storage.set('later', '1')
  expect(await page.evaluate(() => localStorage.getItem('later'))).toBe('1')
  expect(await storage.get('page')).toBe('1')
})

test('what a shared worker’s request brought is sent by the next request', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  const js = `onconnect = ({ ports: [port] }) => {
    port.onmessage = async ({ data }) => { await fetch(data); port.postMessage('done') }
  }`
  await page.evaluate(
    ({ script, target }) =>
      new Promise<void>((resolve) => {
        const { port } = new SharedWorker(script)
        port.onmessage = () => resolve()
        port.postMessage(target)
      }),
    { script: site.url({ js }), target: site.url({ set: ['worker=1; HttpOnly'] }) },
  )
  expect(await soon(ask.cookies())).toEqual({ worker: '1' })
})

test('what a download’s response set is sent by the next request', async ({ session, site, ask }) => {
  const page = await session.page()
  await page.goto(site.url())
  const started = page.waitForEvent('download')
  const headers = { 'content-disposition': 'attachment; filename="file.txt"' }
  await page.evaluate(
    (target) => {
      location.href = target
    },
    site.url({ headers, set: ['download=1'] }),
  )
  await started
  expect(await soon(ask.cookies())).toEqual({ download: '1' })
  await page.evaluate(() => {
    document.cookie = 'after=1'
  })
  expect(await soon(ask.cookies())).toEqual({ download: '1', after: '1' })
})

test('a page that was rendered ahead of its time is in sync when it is shown', async ({
  session,
  site,
  ask,
}) => {
  const storage = session.localStorage(site.origin())
  await storage.set('record', '1')
  const target = site.url({
    html: `<script>localStorage.setItem('ahead', '1'); document.cookie = 'ahead=1'</script>`,
  })
  const rules = JSON.stringify({ prerender: [{ source: 'list', urls: [target], eagerness: 'immediate' }] })
  const page = await session.page()
  await page.goto(site.url({ html: `<script type="speculationrules">${rules}</script>` }))
  const shown = page.waitForEvent('load')
  await page.evaluate((target) => {
    location.href = target
  }, target)
  await shown
  expect(await soon(ask.cookies())).toEqual({ ahead: '1' })
  expect(await soon(storage.get('ahead'))).toBe('1')
  await soon(ask.get(site.url({ set: ['later=1'] })))
  await soon(storage.set('later', '1'))
  expect(await page.evaluate(() => document.cookie)).toBe('ahead=1; later=1')
  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({ ahead: '1', later: '1', record: '1' })
})

test('promises, getters and thenables that a page bends change nothing', async ({ session, site, ask }) => {
  const html = `<script>
    Object.defineProperty(Object.prototype, 'then', { configurable: true, get() { throw new Error('then') } })
    Object.defineProperty(Object.prototype, 'items', { configurable: true, get() { return ['bent', '1'] } })
    Object.defineProperty(Array.prototype, '0', { configurable: true, get() { return 'bent' }, set() {} })
    Promise = class { constructor() { throw new Error('Promise') } }
    localStorage.setItem('k', 'v')
    document.cookie = 'b=2'
  </script>`
  const page = await session.page()
  await page.goto(site.url({ html, set: ['a=1'] }))
  expect(await soon(ask.cookies())).toEqual({ a: '1', b: '2' })
  expect(await soon(session.localStorage(site.origin()).entries())).toEqual([['k', 'v']])
  await soon(session.localStorage(site.origin()).set('k', 'w'))
  expect(await ask.item('k')).toBe('w')
})

test('a browser that stops answering is ended, and the session goes on with a new one', {
  tag: '@own',
}, async ({ site }) => {
  test.setTimeout(90_000)
  const broker = await openTestBroker({ answerTimeoutMs: 6_000 })
  try {
    const session = await broker.session('stopped')
    const page = await session.page()
    await page.goto(site.url({ set: ['a=1'] }))
    expect(await (await session.request(site.echo())).body.text()).toBe('a=1')
    const cdp = await page.context().browser()?.newBrowserCDPSession()
    const { processInfo } = (await cdp?.send('SystemInfo.getProcessInfo')) ?? { processInfo: [] }
    const pid = processInfo.find(({ type }) => type === 'browser')?.id ?? 0
    expect(pid).toBeGreaterThan(1)
    const gone = new Promise((resolve) => page.context().browser()?.once('disconnected', resolve))
    process.kill(pid, 'SIGSTOP')
    const late = await soon(session.request(site.echo(), { timeoutMs: 500 }).catch((error) => error.code))
    expect(late).toBe('ONEJAR_TIMEOUT')
    await soon(gone)
    expect(await (await soon(session.request(site.echo()))).body.text()).toBe('a=1')
    const next = await session.page()
    expect(await (await next.goto(site.echo()))?.text()).toBe('a=1')
    expect(() => process.kill(pid, 0)).toThrow()
  } finally {
    await soon(broker.close())
  }
})
