import { afterEach, beforeEach } from 'vitest'
import type { Broker, BrokerOptions, Session, SessionEvent } from '../../src/index.ts'
import { collect, memoryBroker } from './broker.ts'
import type { DataSite } from './data-site.ts'

/** What the tests of a file about data routes work with, anew for each. */
export interface DataFixture {
  broker: Broker
  session: Session
  /** Of the session, from the start. */
  events: SessionEvent[]
  /** Which the test starts; it is closed at the end. */
  site: DataSite
  /** What happened to data routes, in order. */
  states(): string[]
}

/** Opens a broker with a session before each test, and closes it and the site of the test afterwards. */
export function useDataFixture(options: BrokerOptions = {}): DataFixture {
  const fixture = {
    states: () => fixture.events.flatMap((event) => (event.type === 'data-route' ? [event.state] : [])),
  } as DataFixture
  beforeEach(async () => {
    fixture.broker = await memoryBroker(options)
    fixture.session = await fixture.broker.session('a')
    fixture.events = collect(fixture.session.events())
  })
  afterEach(async () => {
    await fixture.broker.close()
    await fixture.site.close()
  })
  return fixture
}
