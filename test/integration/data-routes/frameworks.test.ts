import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AppServer, startAppServer } from '../../../bench/data/app-server.ts'
import { APPS, type App } from '../../../bench/data/apps.ts'
import type { Broker, Session } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'

let server: AppServer
let broker: Broker
let session: Session
beforeAll(async () => {
  server = await startAppServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(() => broker.close())

const app = (client: string) => APPS.find((one) => one.client === client) as App

describe('data routes of applications built with frameworks', () => {
  // The others are in the bench: npm run bench:data.
  it.each(['react-apollo', 'lit-offset', 'htmx', 'react-bearer-stored', 'svelte-trpc', 'lit-element'])(
    'take the data of %s',
    async (client) => {
      const { path, extract, shows } = app(client)
      const via = []
      // The price of the third is between those before: one beyond a bound would have its page looked at.
      for (const item of [7, 10, 8, 30]) {
        const response = await session.fetch(server.origin + path(item), { extract })
        expect(await response.json()).toEqual(shows(item))
        via.push(response.via)
      }
      // The last one is the first price above a thousand: whether there is a comma, a page may have to say.
      expect(via.slice(0, 3)).toEqual(['page', 'page', 'http'])
      expect(server.writes.others).toBe(0)
    },
  )

  it.each([
    ['svelte-socket', 'socket'],
    ['vue-events', 'events'],
  ])('leave what comes by %s to the page, and discover says why', async (client, kind) => {
    const { path, extract, shows } = app(client)
    for (const item of [0, 1, 2, 3, 4]) {
      const response = await session.fetch(server.origin + path(item), { extract })
      expect([response.via, await response.json()]).toEqual(['page', shows(item)])
    }
    const { requests, missing } = await session.discover(server.origin + path(5), { want: extract })
    expect(missing).toEqual(Object.keys(extract))
    expect(requests).toMatchObject([{ replayable: false, why: expect.stringContaining(kind) }])
  })
})
