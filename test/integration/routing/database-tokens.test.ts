import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

/** An application that keeps its token in IndexedDB, and whose worker reads it there and sends it. */
const DATABASE = `const open = () => new Promise((done) => {
    const request = indexedDB.open('auth', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('users', { keyPath: 'name' })
    request.onsuccess = () => done(request.result)
  })
  const run = async (mode, work) => {
    const database = await open()
    const request = work(database.transaction('users', mode).objectStore('users'))
    return new Promise((done) => { request.onsuccess = () => { database.close(); done(request.result) } })
  }
  const read = () => run('readonly', (users) => users.get('me'))
  const write = (token) => run('readwrite', (users) => users.put({ name: 'me', since: new Date(), session: { token } }))`
const PAGE = `<!doctype html><title>app</title><p>…</p><script>
  const worker = new Worker('/worker.js')
  const shown = new Promise((done) => { worker.onmessage = ({ data }) => { document.querySelector('p').textContent = data; done(data) } })
  worker.postMessage('show')
</script>`
const WORKER = `${DATABASE}
  const ask = async () => fetch('/api/me', { headers: { authorization: 'Bearer ' + (await read())?.session.token } })
  onmessage = async () => {
    let answer = await ask()
    if (answer.status === 401) {
      await write(await (await fetch('/token', { method: 'POST' })).text())
      answer = await ask()
    }
    postMessage(await answer.text())
  }`

/** The same, but that it only puts the new token away: it is used with the next question of the user's. */
const SPARING_WORKER = WORKER.replace(/answer = await ask\(\)\n {4}}/, '}')

let server: TestServer
let worker: string
let good: string
let count: { documents: number; tokens: number; refused: number }
let folder: ReturnType<typeof temporaryFolder>
let broker: Broker
let session: Session
const open = async () => {
  broker = await memoryBroker({ store: { target: `sqlite:${folder.path}/store.db`, encryption: 'off' } })
  session = await broker.session('a')
}
beforeEach(async () => {
  good = ''
  worker = WORKER
  count = { documents: 0, tokens: 0, refused: 0 }
  server = await startHttpServer(({ url = '', headers }, response) => {
    if (url === '/token') {
      good = `tok-${++count.tokens}-7f3a9c1e5b2d8460`
      return void response.end(good)
    }
    if (url.startsWith('/api/')) {
      const isGood = good !== '' && headers.authorization === `Bearer ${good}`
      if (!isGood) count.refused++
      return void response.writeHead(isGood ? 200 : 401).end(isGood ? 'alice' : 'no')
    }
    if (url === '/worker.js') return void response.setHeader('content-type', 'text/javascript').end(worker)
    if (url !== '/') return void response.writeHead(404).end()
    count.documents++
    response.setHeader('content-type', 'text/html').end(PAGE)
  })
  folder = temporaryFolder()
  await open()
})
afterEach(async () => {
  await broker.close()
  await server.close()
  folder[Symbol.dispose]()
})

const get = async () => (await session.fetch(`${server.origin}/api/me`)).status
/** The application is used as a user would, until its token is known. */
async function use() {
  const page = await session.page()
  await page.goto(server.origin)
  await page.evaluate('shown')
  await expect
    .poll(
      async () => {
        await page.evaluate("worker.postMessage('show')")
        return get()
      },
      { timeout: 30_000 },
    )
    .toBe(200)
  await page.close()
}
const reopen = async () => {
  await broker.close()
  await open()
}

describe('a token that an application keeps in IndexedDB and its worker sends', { timeout: 90_000 }, () => {
  it('is there in a process that is started anew, without a page', async () => {
    await use()
    await reopen()
    const { documents } = count
    expect(session.tokenBindings.list()).toMatchObject([
      {
        header: 'authorization',
        template: 'Bearer {}',
        source: {
          kind: 'memory',
          kept: {
            origin: server.origin,
            database: 'auth',
            store: 'users',
            key: 'me',
            path: ['session', 'token'],
          },
        },
      },
    ])
    expect([await get(), await get(), count.documents]).toEqual([200, 200, documents])
  })

  it('is renewed by its page where the site has refused it, and the new one is kept', async () => {
    await use()
    await reopen()
    good = 'none'
    const { documents, tokens, refused } = count
    expect([await get(), count.documents, count.tokens]).toEqual([200, documents + 1, tokens + 1])
    // By HTTP once, and by the page's worker.
    expect(count.refused).toBe(refused + 2)
    await reopen()
    expect([await get(), count.documents, count.tokens]).toEqual([200, documents + 1, tokens + 1])
  })

  it('is found where the page that renewed it has put it, though nothing was sent with it yet', async () => {
    await use()
    await reopen()
    good = 'none'
    worker = SPARING_WORKER
    expect(SPARING_WORKER).not.toBe(WORKER)
    const { documents, tokens } = count
    expect([await get(), count.documents, count.tokens]).toEqual([200, documents + 1, tokens + 1])
  })
})
