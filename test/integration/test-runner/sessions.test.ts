import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { RunnerProject, type RunReport } from '../../support/runner-project.ts'

const CONFIG = `import { defineConfig, devices } from '@playwright/test'

export default defineConfig({
  workers: 1,
  timeout: 60_000,
  use: { launchOptions: JSON.parse(process.env.LAUNCH_OPTIONS), baseURL: process.env.SITE },
  projects: [
    { name: 'plain', testMatch: ['shared.spec.ts', 'scopes.spec.ts'] },
    { name: 'state', testMatch: 'state.spec.ts', use: { storageState: 'state.json' } },
    { name: 'phone', testMatch: 'device.spec.ts', use: devices['Pixel 7'] },
    { name: 'named', testMatch: 'named.spec.ts', use: { sessionName: 'alice', brokerOptions: { store: 'sessions.db' } } },
    { name: 'webkit', testMatch: 'webkit.spec.ts', use: { browserName: 'webkit' } },
  ],
})
`

/** What a user's tests say; each is one of the tests below. */
const SHARED = `import { expect, test } from 'onejar/test'

test('a page, its context, request and session.fetch send the same cookies', async ({ page, context, request, session, baseURL }) => {
  await session.fetch(baseURL + '/set?http=1')
  await page.goto('/set?nav=2')
  await page.evaluate(() => { document.cookie = 'script=3' })
  await request.get('/set?request=4')
  await context.addCookies([{ name: 'context', value: '5', url: baseURL }])
  const names = ['http=1', 'nav=2', 'script=3', 'request=4', 'context=5'].sort()
  const sorted = (header) => header.split('; ').sort()
  expect(sorted(await (await session.fetch(baseURL + '/echo')).text())).toEqual(names)
  expect(sorted(await (await request.get('/echo')).text())).toEqual(names)
  expect(sorted(await (await page.request.get('/echo')).text())).toEqual(names)
  expect(sorted(await (await page.goto('/echo')).text())).toEqual(names)
})

test('a context without a page is read and written all the same', async ({ context, request, session, baseURL }) => {
  await request.get('/set?request=1')
  expect(await (await session.fetch(baseURL + '/echo')).text()).toBe('request=1')
  await session.cookies.set('record=2; Path=/', baseURL)
  expect((await context.cookies()).map(({ name }) => name).sort()).toEqual(['record', 'request'])
  expect(context.pages()).toEqual([])
})

test('the first document has the localStorage of the record, also where the test routes every request', async ({ page, context, session, baseURL }) => {
  const seen = []
  await context.route('**/*', (route) => { seen.push(route.request().url()); return route.continue() })
  await session.localStorage(baseURL).set('theme', 'dark')
  await page.goto('/first')
  await expect(page.locator('h1')).toHaveText('theme=dark')
  expect(seen).toEqual([baseURL + '/first'])
  await page.evaluate(() => localStorage.setItem('theme', 'light'))
  expect(await session.localStorage(baseURL).get('theme')).toBe('light')
})

test('a test sees no page and no request but its own', async ({ page, context, session, baseURL }) => {
  const pages = []
  const urls = []
  context.on('page', (one) => pages.push(one.url()))
  context.on('request', (one) => urls.push(one.url()))
  await session.localStorage(baseURL).set('theme', 'dark')
  await page.goto('/first')
  await page.goto('/second')
  await session.localStorage(baseURL).get('theme')
  const popup = context.waitForEvent('page')
  await page.evaluate(() => void open('/popup'))
  await (await popup).waitForLoadState()
  expect(pages).toHaveLength(1)
  expect(context.pages()).toHaveLength(2)
  expect(urls).toEqual(['/first', '/second', '/popup'].map((path) => baseURL + path))
})

test('a popup starts with what the session holds', async ({ page, context, session, baseURL }) => {
  await page.goto('/opener')
  await session.cookies.set('late=1; Path=/', baseURL)
  const popup = context.waitForEvent('page')
  await page.evaluate(() => void open('/echo'))
  await expect((await popup).locator('body')).toHaveText('late=1')
})

test('session.page() is a page of the same context', async ({ page, session, context }) => {
  const other = await session.page()
  expect(other.context()).toBe(page.context())
  expect(context.pages().map((one) => [page, other].indexOf(one))).toEqual([0, 1])
})

test('a fresh session starts empty', async ({ session, page }) => {
  expect(session.cookies.all()).toEqual([])
  const response = await page.goto('/echo')
  expect(await response.text()).toBe('')
})

test('the matchers wait for what is to come', async ({ page, context, session, baseURL }) => {
  await page.goto('/')
  await page.evaluate(() => setTimeout(() => { document.cookie = 'late=yes'; localStorage.setItem('item', 'there') }, 300))
  await expect(session).toHaveCookie('late', 'yes')
  await expect(page).toHaveCookie('late', /^y/, { url: baseURL })
  await expect(context).toHaveLocalStorageItem(baseURL, 'item', 'there')
  await expect(page).toHaveLocalStorageItem(baseURL, 'item')
  await expect(session).not.toHaveCookie('late', 'no', { timeout: 1 })
  await expect(session).not.toHaveCookie('late', { url: 'http://other.example', timeout: 1 })
  await expect(session).not.toHaveLocalStorageItem(baseURL, 'item', /no/, { timeout: 1 })
  await expect(session).toBeInSync()
})

test('a cookie that does not come is said by name', async ({ session, baseURL }) => {
  await session.cookies.set('sid=abc; Path=/', baseURL)
  await expect(session).toHaveCookie('sid', 'xyz', { timeout: 10 })
})

test('a document that holds something else is said by name', async ({ page, session, context }) => {
  await page.goto('/')
  // Not even a page's storage that nobody can keep in step: one that its script answers for.
  await page.evaluate(() => { Object.entries = () => [['ghost', '1']] })
  await expect(page).toBeInSync({ timeout: 10 })
})

test('what a matcher is given has to be of a session', async ({ browser }) => {
  const other = await browser.newContext()
  await expect(expect(other).toHaveCookie('sid')).rejects.toThrow('expected a session')
  await other.close()
})
`

const SCOPES = `import { expect, test } from 'onejar/test'

test.describe('of a worker', () => {
  test.use({ sessionScope: 'worker' })
  test('leaves something', async ({ page, session, baseURL }) => {
    await page.goto('/set?worker=1')
    await page.evaluate(() => localStorage.setItem('k', 'v'))
  })
  test('finds it', async ({ page, session, baseURL }) => {
    expect(await (await page.goto('/echo')).text()).toBe('worker=1')
    expect(await page.evaluate(() => localStorage.getItem('k'))).toBe('v')
  })
})

test('another one does not', async ({ page }) => {
  expect(await (await page.goto('/echo')).text()).toBe('')
})
`

const STATE = `import { expect, test } from 'onejar/test'

test('the storage state of the project is the session, before any page', async ({ session, request, baseURL }) => {
  expect(await (await session.fetch(baseURL + '/echo')).text()).toBe('stored=1')
  expect(await session.localStorage(baseURL).get('stored')).toBe('yes')
  expect(await (await request.get('/echo')).text()).toBe('stored=1')
})

test('and the page', async ({ page }) => {
  await page.goto('/first')
  expect(await page.evaluate(() => [document.cookie, localStorage.getItem('stored')])).toEqual(['stored=1', 'yes'])
})

test.describe('another one of a group', () => {
  test.use({ storageState: { cookies: [], origins: [] } })
  test('goes before it', async ({ page, session }) => {
    expect(session.cookies.all()).toEqual([])
    expect(await (await page.goto('/echo')).text()).toBe('')
  })
})
`

const DEVICE = `import { expect, test } from 'onejar/test'

test('a device is what it was', async ({ page, isMobile }) => {
  await page.goto('/')
  expect(isMobile).toBe(true)
  expect(await page.evaluate(() => navigator.userAgent)).toContain('Pixel 7')
  expect(await page.evaluate(() => innerWidth)).toBeLessThan(500)
})
`

const NAMED = `import { expect, test } from 'onejar/test'

const idb = (value) => new Promise((resolve, reject) => {
  const open = indexedDB.open('db', 1)
  open.onupgradeneeded = () => open.result.createObjectStore('s')
  open.onerror = reject
  open.onsuccess = () => {
    const store = open.result.transaction('s', value === undefined ? 'readonly' : 'readwrite').objectStore('s')
    const request = value === undefined ? store.get('k') : store.put(value, 'k')
    request.onsuccess = () => resolve(request.result)
    request.onerror = reject
  }
})

test('leaves cookies, storage and databases', async ({ page }) => {
  await page.goto('/set?kept=1')
  await page.evaluate(() => { localStorage.setItem('k', 'v'); sessionStorage.setItem('s', 'w') })
  await page.evaluate(idb, 'in the database')
})

test('finds them in a context of its own', async ({ page, session }) => {
  expect(session.id).toBe('alice')
  expect(await (await page.goto('/echo')).text()).toBe('kept=1')
  expect(await page.evaluate(() => [localStorage.getItem('k'), sessionStorage.getItem('s')])).toEqual(['v', 'w'])
  expect(await page.evaluate(idb, undefined)).toBe('in the database')
})
`

const WEBKIT = `import { test } from 'onejar/test'

test('another browser is refused', async ({ page }) => {})
`

let site: TestServer
let project: RunnerProject
let report: RunReport

beforeAll(async () => {
  site = await startHttpServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://site')
    if (pathname === '/set') response.setHeader('set-cookie', `${search.slice(1)}; Path=/`)
    response.setHeader('content-type', pathname === '/echo' ? 'text/plain' : 'text/html')
    if (pathname === '/echo') response.end(request.headers.cookie ?? '')
    else
      response.end(
        '<!doctype html><meta name=viewport content=width=device-width><link rel=icon href=data:,><h1></h1><script>document.querySelector("h1").textContent = Object.entries({ ...localStorage }).map((item) => item.join("=")).join()</script>',
      )
  })
  const origins = [{ origin: site.origin, localStorage: [{ name: 'stored', value: 'yes' }] }]
  const cookie = { name: 'stored', value: '1', domain: '127.0.0.1', path: '/', expires: -1 }
  const cookies = [{ ...cookie, httpOnly: false, secure: false, sameSite: 'Lax' }]
  project = new RunnerProject({
    'playwright.config.ts': CONFIG,
    'state.json': JSON.stringify({ cookies, origins }),
    'shared.spec.ts': SHARED,
    'scopes.spec.ts': SCOPES,
    'state.spec.ts': STATE,
    'device.spec.ts': DEVICE,
    'named.spec.ts': NAMED,
    'webkit.spec.ts': WEBKIT,
  })
  report = await project.run({ SITE: site.origin, ONEJAR_KEYS: Buffer.alloc(32, 1).toString('base64') })
}, 300_000)

afterAll(async () => {
  project?.[Symbol.dispose]()
  await site?.close()
})

/** Tests that are there to fail, and what they have to say. */
const FAILING: Readonly<Record<string, RegExp>> = {
  'a cookie that does not come is said by name': /a cookie sid with the value xyz[\s\S]*Found: abc/,
  'a document that holds something else is said by name': /the item ghost of http:/,
  'another browser is refused': /shows its pages in Chromium, and this project uses webkit/,
}

const titles = [SHARED, SCOPES, STATE, DEVICE, NAMED, WEBKIT].flatMap((text) =>
  [...text.matchAll(/^ *test\('([^']+)'/gm)].map(([, title]) => title as string),
)

describe('a project with one changed import', () => {
  it.each(titles)('%s', (title) => {
    const outcome = report.outcomes.find((one) => one.title === title)
    const failure = FAILING[title]
    if (failure === undefined) expect(outcome, report.output).toMatchObject({ errors: [], status: 'passed' })
    else expect(outcome?.errors.join(), report.output).toMatch(failure)
  })

  it('keeps named sessions in its store, readable by nobody else', async () => {
    const bytes = await readFile(project.path('sessions.db'))
    expect(bytes.includes('in the database')).toBe(false)
  })
})
