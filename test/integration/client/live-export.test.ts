import { describe, expect, it } from 'vitest'
import { IDENTITY, memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const site = () =>
  startHttpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>page</p>')
  })

/** Keeps a value in a database of the page. */
const KEEP = `(value) => new Promise((resolve, reject) => {
  const asked = indexedDB.open('app', 1)
  asked.onupgradeneeded = () => asked.result.createObjectStore('tokens')
  asked.onerror = () => reject(asked.error)
  asked.onsuccess = () => {
    const change = asked.result.transaction('tokens', 'readwrite')
    change.objectStore('tokens').put(value, 'key')
    change.oncomplete = () => { asked.result.close(); resolve() }
  }
})`

describe('an export of an open session', () => {
  it('has the sessionStorage and the databases of its pages as they are now, and disturbs none', async () => {
    await using server = await site()
    await using broker = await memoryBroker({ identity: IDENTITY })
    const session = await broker.session('a')
    const page = await session.page()
    await page.goto(server.origin)
    await page.evaluate(() => {
      sessionStorage.setItem('token', 'T1')
      Object.assign(globalThis, { here: true })
    })
    await page.evaluate(`(${KEEP})('D1')`)
    const first = JSON.parse((await session.export('json')).text)
    expect(first.origins).toMatchObject([{ origin: server.origin, sessionStorage: [['token', 'T1']] }])
    expect(JSON.stringify(first.origins[0].indexedDB)).toContain('D1')

    await page.evaluate(() => sessionStorage.setItem('token', 'T2'))
    await page.evaluate(`(${KEEP})('D2')`)
    const { text, losses } = await session.export('json')
    expect(JSON.parse(text).origins[0].sessionStorage).toEqual([['token', 'T2']])
    expect(text).toContain('D2')
    expect(losses).toEqual([])
    expect(await page.evaluate(() => Reflect.get(globalThis, 'here'))).toBe(true)
    expect(page.context().pages()).toHaveLength(1)

    // What a page has taken away is not in it, though it was there when the session was exported before.
    await page.evaluate(() => sessionStorage.clear())
    expect(JSON.parse((await session.export('json')).text).origins[0].sessionStorage).toEqual([])

    const state = await session.export('playwright')
    expect(JSON.stringify(state.storageState)).toContain('D2')
  })

  it('lists what a tab keeps for an origin that it has left', async () => {
    await using server = await site()
    await using other = await site()
    await using broker = await memoryBroker({ identity: IDENTITY })
    const session = await broker.session('a')
    const page = await session.page()
    await page.goto(server.origin)
    await page.evaluate(() => sessionStorage.setItem('token', 'T1'))
    await page.goto(other.origin)
    await page.evaluate(() => sessionStorage.setItem('token', 'T2'))
    const { text, losses } = await session.export('json')
    expect(text).toContain('T2')
    expect(losses).toMatchObject([{ what: 'sessionStorage', count: 1, names: [server.origin] }])
    await session.release()
    const parked = await (await broker.session('a')).export('json')
    expect(parked.text).toContain('T1')
    expect(parked.losses).toEqual([])
  })
})
