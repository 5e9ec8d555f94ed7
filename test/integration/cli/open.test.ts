import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Display, openDisplay } from '../../support/display.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { openLink } from '../../support/person.ts'
import { RemoteBrowser } from '../../support/remote-browser.ts'
import { CliHome } from './run-cli.ts'

/** A login as it is: a cookie that ends with the browser, one that stays, and storage of each kind. */
const LOGIN = `<!doctype html><title>log in</title><h1>Welcome</h1><script>
  document.cookie = 'stays=1; Max-Age=600'
  localStorage.setItem('local', '1')
  sessionStorage.setItem('tab', '1')
  const opening = indexedDB.open('db', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('store')
  opening.onsuccess = () => {
    const writing = opening.result.transaction('store', 'readwrite')
    writing.objectStore('store').put('value', 'key')
    writing.oncomplete = () => (document.title = 'logged in')
  }
</script>`

let home: CliHome
let display: Display
let site: TestServer
/** How often the site was asked for its page. */
let asked: number
beforeAll(async () => {
  display = await openDisplay()
})
afterAll(() => display[Symbol.asyncDispose]())
beforeEach(async () => {
  home = new CliHome()
  asked = 0
  site = await startHttpServer((request, response) => {
    if (request.url === '/') asked++
    const page =
      request.url === '/late' ? "<script>setTimeout(() => (document.cookie = 'late=1'), 500)</script>" : LOGIN
    response.setHeader('content-type', 'text/html').setHeader('set-cookie', 'ends=1').end(page)
  })
})
afterEach(async ({ task }) => {
  await site.close()
  home.remove()
  if (task.result?.state !== 'fail') return
  // The window that it may have left is not the next one's: it ends with its display.
  await display[Symbol.asyncDispose]()
  display = await openDisplay()
})

const shown = async (id = 'alice') =>
  JSON.parse((await home.run(['sessions', 'show', id, '--json'])).out) as {
    cookies: { name: string }[]
    storage: { area: string; key: string }[]
    indexedDB: string[]
  }
const names = ({ cookies }: Awaited<ReturnType<typeof shown>>) => cookies.map(({ name }) => name).sort()
const open = (...flags: string[]) =>
  home.run(['open', site.origin, '--session', 'alice', ...flags], { env: { DISPLAY: display.name } })

describe('onejar open', { timeout: 120_000 }, () => {
  it('keeps everything that the pages have, when the person closes the window', async () => {
    const running = open()
    await display.window('logged in')
    await display.closeWindow(running)
    const { code, out } = await running
    expect([code, out]).toEqual([0, 'alice is kept, with 2 cookies\n'])
    const session = await shown()
    expect(names(session)).toEqual(['ends', 'stays'])
    expect(session.storage.map(({ area, key }) => `${area} ${key}`).sort()).toEqual([
      'local local',
      'session tab',
    ])
  })

  it('keeps what was done until Ctrl-C', async () => {
    const { child, ended } = home.start(['open', site.origin, '--session', 'alice'], {
      env: { DISPLAY: display.name },
    })
    await display.window('logged in')
    child.kill('SIGINT')
    const { code, out } = await ended
    expect([code, out]).toEqual([130, 'alice is kept, with 2 cookies\n'])
    const session = await shown()
    expect(names(session)).toEqual(['ends', 'stays'])
    expect(session.storage).toHaveLength(2)
  })

  it('opens a profile, whose login comes into the session, and stays when its browser is closed', async () => {
    const args = ['open', site.origin, '--session', 'alice', '--profile', home.file('profile'), '--json']
    // In a process of its own: others look at the session meanwhile.
    const { ended } = home.start(args, { env: { DISPLAY: display.name } })
    await display.window('logged in')
    // A cookie that ends with the browser is in no profile, and localStorage is not at once: they are read while the window is open.
    const read = async () => {
      const { cookies, storage } = await shown()
      return [...cookies.map(({ name }) => name), ...storage.map(({ key }) => key)]
    }
    await expect.poll(read).toEqual(expect.arrayContaining(['ends', 'local']))
    await display.closeWindow(ended)
    const { code, out } = await ended
    expect([code, JSON.parse(out)]).toEqual([0, { session: 'alice', cookies: 2, unblocked: false }])
    const session = await shown()
    expect(names(session)).toEqual(['ends', 'stays'])
    expect(session.storage).toContainEqual(expect.objectContaining({ area: 'local', key: 'local' }))
    expect(asked).toBe(1)
  })

  it('takes a tab of a browser that runs, and leaves the browser as it is', async () => {
    await using browser = await RemoteBrowser.start()
    const running = home.run(['open', site.origin, '--session', 'alice', '--cdp', browser.endpoint], {
      env: { DISPLAY: '' },
    })
    const tabs = async () =>
      (await (await fetch(`${browser.endpoint}/json`)).json()) as { id: string; title: string }[]
    await expect
      .poll(async () => (await tabs()).map(({ title }) => title), { timeout: 60_000 })
      .toContain('logged in')
    const tab = (await tabs()).find(({ title }) => title === 'logged in')
    await fetch(`${browser.endpoint}/json/close/${tab?.id}`)
    expect((await running).code).toBe(0)
    expect((await tabs()).length).toBeGreaterThan(0)
    const session = await shown()
    expect(names(session)).toEqual(['ends', 'stays'])
    expect(session.storage).toContainEqual(expect.objectContaining({ area: 'local', key: 'local' }))
  })

  it('keeps what a site sets in a tab while it is open, for a browser that ends with its last tab', async () => {
    await using browser = await RemoteBrowser.start()
    // In a process of its own: others look at the session meanwhile.
    const { ended } = home.start(
      ['open', `${site.origin}/late`, '--session', 'alice', '--cdp', browser.endpoint],
      { env: { DISPLAY: '' } },
    )
    await expect.poll(async () => names(await shown())).toContain('late')
    await browser.kill()
    const { code, out } = await ended
    expect([code, out]).toEqual([0, 'alice is kept, with 2 cookies\n'])
    expect(names(await shown())).toEqual(['ends', 'late'])
  })

  it('shows the page to a person elsewhere, by a link, and keeps the session when they are done', async () => {
    const people = await launchChromium()
    const { child, ended } = home.start(['open', site.origin, '--session', 'alice', '--link', '--json'], {
      env: { DISPLAY: '' },
    })
    try {
      const [line] = (await once(child.stdout as Readable, 'data')) as [Buffer]
      const { url } = JSON.parse(line.toString()) as { url: string }
      const person = await openLink(people, url)
      await person.sees()
      await person.page.getByRole('button', { name: 'Done' }).click()
      const { code, out } = await ended
      expect([code, JSON.parse(out.trim().split('\n').at(-1) as string)]).toEqual([
        0,
        { session: 'alice', cookies: 2, unblocked: false },
      ])
      expect(names(await shown())).toEqual(['ends', 'stays'])
    } finally {
      await people.close()
      child.kill()
    }
  })

  it('says that there is no display, and what to do', async () => {
    const { code, err } = await home.run(['open', site.origin, '--session', 'alice'], {
      env: { DISPLAY: '', WAYLAND_DISPLAY: '' },
    })
    expect(code).toBe(101)
    expect(err).toContain('display')
    expect(err).toContain('--link')
  })

  it.each([
    [['--cdp', 'http://127.0.0.1:1', '--profile', '/tmp/none'], '--cdp takes a browser as it runs'],
    [['--port', '1'], 'are for --link'],
    [['--profile', '/tmp/none', '-x', 'http://127.0.0.1:1'], '--profile has its own proxy'],
  ])('refuses %j', async (flags, words) => {
    const { code, err } = await open(...flags)
    expect([code, err]).toEqual([2, expect.stringContaining(words)])
  })
})
