import { describe, expect, it } from 'vitest'
import { openEventStream } from '../../support/event-stream.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { openService } from '../../support/service.ts'

const site = () =>
  startHttpServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><p>a page')
  })

describe('events of the service', () => {
  it('show what happens in a session, over its release, and nothing of others', async () => {
    await using server = await site()
    await using service = await openService()
    const ask = (session: string) => service.call('POST', '/v1/fetch', { session, url: server.origin })
    const stream = await openEventStream(`${service.url}/v1/sessions/alice/events`)
    expect(stream.first).toBe(': listening')
    expect((await service.call('GET', '/health')).json.sessions).toBe(0)
    await ask('bob')
    await ask('alice')
    const seen = await stream.until(({ type }) => type === 'request')
    expect(new Set(seen.map(({ session }) => session.id))).toEqual(new Set(['alice']))
    expect(seen.at(-1)).toMatchObject({
      status: 200,
      via: 'http',
      url: `${server.origin}/`,
      pseudonym: expect.any(String),
    })
    await service.call('POST', '/v1/sessions/alice/release')
    const parked = await stream.until(({ type, state }) => type === 'session' && state === 'parked')
    expect(parked.at(-1)).toMatchObject({ session: { tenant: 'default', id: 'alice' } })
    await ask('alice')
    await stream.until(({ type }) => type === 'request')
    stream.close()
  })

  it('end with the service, which waits for no reader', async () => {
    const service = await openService()
    const stream = await openEventStream(`${service.url}/v1/events`)
    await service.close()
    expect(await stream.next()).toBeNull()
  })

  it('can be followed again after the last reader has left', async () => {
    await using server = await site()
    await using service = await openService()
    for (let round = 0; round < 3; round++) {
      const stream = await openEventStream(`${service.url}/v1/events`)
      await service.call('POST', '/v1/fetch', { session: 'alice', url: server.origin })
      await stream.until(({ type }) => type === 'request')
      stream.close()
    }
  })
})
