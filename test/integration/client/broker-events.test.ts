import { expect, it } from 'vitest'
import type { BrokerEvent } from '../../../src/client/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttp2Server, startHttpServer } from '../../support/http-server.ts'

it('one stream has the events of all sessions, each with the session that it is of', async () => {
  await using site = await startHttpServer((_request, response) => response.end('ok'))
  await using wrong = await startHttp2Server((_request, response) => response.end('ok'))
  const broker = await memoryBroker({ onWarning: () => {} })
  const seen: BrokerEvent[] = []
  const stream = (async () => {
    for await (const event of broker.events()) seen.push(event)
  })()
  const alice = await broker.session('alice', { tenant: 'acme' })
  const bob = await broker.session('bob')
  await (await alice.fetch(`${site.origin}/a?secret=1`)).text()
  await (await bob.fetch(`${site.origin}/b`)).text()
  await errorOf(bob.fetch(wrong.origin))
  await alice.release()
  await broker.close()
  await stream

  const of = (id: string) => seen.filter(({ session }) => session?.id === id)
  expect(of('alice').map(({ type }) => type)).toEqual(['session', 'request', 'session'])
  expect(of('alice')[1]).toMatchObject({
    url: `${site.origin}/a`,
    session: { tenant: 'acme', id: 'alice' },
    pseudonym: alice.pseudonym,
  })
  const alerts = seen.filter(({ type }) => type === 'alert')
  expect(alerts).toMatchObject([{ kind: 'security', origin: wrong.origin, pseudonym: bob.pseudonym }])
  expect(of('bob').at(-1)).toMatchObject({ type: 'session', state: 'parked', reason: 'closed' })
  expect(alice.pseudonym).toMatch(/^[\w-]{22}$/)
  expect(alice.pseudonym).not.toBe(bob.pseudonym)
})

it('tells of shared parts once, whatever the number of sessions, and ends with a listener that leaves', async () => {
  await using broker = await memoryBroker({
    onWarning: () => {},
    telemetry: {
      log: {
        debug: () => {},
        warn: () => {},
        error: () => {},
        info: () => {
          throw new Error('canary')
        },
      },
    },
  })
  const events = broker.events()
  await broker.session('a')
  await broker.session('b')
  await broker.session('c')
  await broker.close()
  const seen: BrokerEvent[] = []
  for await (const event of events) seen.push(event)
  expect(seen.filter(({ type }) => type === 'callback')).toMatchObject([{ session: null, pseudonym: null }])
  const left = broker.events()
  await left.return?.()
  expect(await left.next()).toMatchObject({ done: true })
})
