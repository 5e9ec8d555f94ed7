import { createServer, type Server } from 'node:http'
import type { Browser, BrowserContext } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromStorageState, toStorageState } from '../../../src/record/codecs/storage-state.ts'
import { StampClock } from '../../../src/record/stamp.ts'
import { launchChromium } from '../../support/launch-chromium.ts'

const SET_COOKIES = [
  'plain=1',
  'secure=1; Secure; HttpOnly; Path=/a',
  '__Host-h=1; Secure; Path=/; SameSite=Strict',
  'part=1; Secure; SameSite=None; Partitioned; Path=/',
  'age=1; Max-Age=1000; SameSite=Lax',
  'utf=\xc3\xbc; Path=/',
  'quoted="a b"; Path=/',
  'nameless; Path=/',
]

let browser: Browser
let server: Server
let origin: string

beforeAll(async () => {
  browser = await launchChromium()
  server = createServer((request, response) => {
    if (request.url === '/set') response.setHeader('set-cookie', SET_COOKIES)
    response.setHeader('content-type', 'text/html').end('<p>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  origin = `http://localhost:${address.port}`
})

afterAll(async () => {
  await browser?.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const stateOf = (context: BrowserContext) => context.storageState({ indexedDB: true })

/** What a page sees of the storage of this origin. */
async function seen(context: BrowserContext): Promise<unknown> {
  const page = await context.newPage()
  await page.goto(`${origin}/see`)
  return page.evaluate(async () => {
    const opened = indexedDB.open('db')
    await new Promise((resolve, reject) => {
      opened.onsuccess = resolve
      opened.onerror = reject
    })
    const request = opened.result.transaction('things').objectStore('things').get(1)
    await new Promise((resolve, reject) => {
      request.onsuccess = resolve
      request.onerror = reject
    })
    return { local: Object.entries(localStorage).sort(), thing: request.result }
  })
}

describe('Playwright’s storage state', () => {
  it('goes from a real context through Onejar into another one, and is the same there', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${origin}/set`)
    await page.evaluate(async () => {
      localStorage.setItem('token', '{"a":"ü\ud800"}')
      localStorage.setItem('__proto__', '')
      const opened = indexedDB.open('db')
      opened.onupgradeneeded = () => opened.result.createObjectStore('things')
      await new Promise((resolve) => {
        opened.onsuccess = resolve
      })
      const transaction = opened.result.transaction('things', 'readwrite')
      transaction.objectStore('things').put({ made: 'here' }, 1)
      await new Promise((resolve) => {
        transaction.oncomplete = resolve
      })
      opened.result.close()
    })
    await context.addCookies([{ name: 'wide', value: 'x', domain: '.example.com', path: '/', expires: -1 }])
    const before = await stateOf(context)
    const inPage = await seen(context)
    expect(before.cookies).toHaveLength(9)

    const clock = new StampClock('test', { now: () => Date.now() } as ConstructorParameters<
      typeof StampClock
    >[1])
    const state = fromStorageState(JSON.stringify(before), { tick: () => clock.tick() })
    expect(state.problems).toEqual([])
    expect(state.cookies.map(({ name, hostOnly }) => [name, hostOnly])).toContainEqual(['wide', false])
    const exported = toStorageState(state)
    expect(exported.losses).toEqual([])

    const other = await browser.newContext({ storageState: exported.state })
    const after = await stateOf(other)
    expect(byKey(after.cookies)).toEqual(byKey(before.cookies))
    expect(after.origins).toEqual(before.origins)
    expect(await seen(other)).toEqual(inPage)
    await context.close()
    await other.close()
  })
})

function byKey<Item extends { name: string; domain: string }>(cookies: readonly Item[]): Item[] {
  const key = (cookie: Item) => `${cookie.domain} ${cookie.name}`
  return [...cookies].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
