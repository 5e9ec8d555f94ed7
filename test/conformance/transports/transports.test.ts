import { Classifier } from '../../../src/challenge/index.ts'
import { systemClock } from '../../../src/core/index.ts'
import { HttpTransport } from '../../../src/http/index.ts'
import { EventHub, TokenBindings, TokenSources } from '../../../src/routing/index.ts'
import { OriginState } from '../../../src/routing/origin-state.ts'
import { SessionHttpTransport } from '../../../src/routing/transports/http.ts'
import { PageTransport } from '../../../src/routing/transports/page.ts'
import { PageFetchTransport } from '../../../src/routing/transports/page-fetch.ts'
import { openLocalBrowser } from '../../support/local-browser.ts'
import { describeTransport } from './kit.ts'

/** A record and a browser on it, with what transports share. */
async function openParts() {
  const local = await openLocalBrowser()
  const { record } = local
  const events = new EventHub()
  const clock = systemClock
  const state = new OriginState({
    record,
    classifier: new Classifier(),
    events,
    clock,
    through: () => 'direct',
  })
  const bindings = new TokenBindings(record, new TokenSources(record), events, clock)
  const limits = { browser: local.browser, state, clock, solveTimeoutMs: 20_000, maxResponseBytes: 0 }
  return { ...local, bindings, limits, clock, state }
}

describeTransport('HTTP', async () => {
  const { access, record, bindings, clock, state, settle, close } = await openParts()
  const http = new HttpTransport()
  const transport = new SessionHttpTransport({
    browser: access,
    bindings,
    clock,
    state,
    cookies: {
      header: (url) => record.cookieHeader(url),
      receive: (lines, url, context, date) =>
        void record.receive(lines, url, context, { name: 'http' }, date),
    },
    identity: () => undefined,
    onTransportError: () => {},
    http: () => http,
    refresher: { refresh: async () => false, mayTry: () => false, isInVain: () => true, noteVain: () => {} },
    logins: { ended: () => undefined, used: () => {} },
  })
  return {
    transport,
    record,
    settle,
    close: async () => {
      await http.close()
      await close()
    },
  }
})

describeTransport('a fetch in a page', async () => {
  const { record, bindings, limits, settle, close } = await openParts()
  return { transport: new PageFetchTransport({ ...limits, bindings }), record, settle, close }
})

describeTransport('a page that navigates', async () => {
  const { record, limits, settle, close } = await openParts()
  return { transport: new PageTransport({ ...limits, screenshot: true }), record, settle, close }
})
