import { SessionDispatcher, toHttpError } from '../../http/index.ts'
import { SentTokens } from '../../routing/index.ts'
import type { SessionEngine } from './session-engine.ts'
import type { SessionParts } from './session-parts.ts'

/** An undici dispatcher on a session's record: it neither escalates nor passes through the pipeline. */
export function openDispatcher(
  session: SessionParts,
  { tokens, browser, router, robots, attempts, faults }: SessionEngine,
): SessionDispatcher {
  const { network, identity, quarantine, cookieSource, sessionHeaders, config } = session
  // It waits no longer than other requests may.
  const admit = (url: URL) => robots?.admit(url, { url, timeoutMs: config.timeoutMs })
  return new SessionDispatcher({
    get transport() {
      return network.transport
    },
    cookies: cookieSource,
    wire: () => session.traffic.wire,
    sessionHeaders,
    identity: {
      headersFor: (url, context) => identity.headers?.headersFor(url, context) ?? [],
      priorityFor: (context) => identity.headers?.priorityFor(context),
    },
    extraHeaders: (url, own) => (tokens.empty ? undefined : new SentTokens(tokens, own).headersFor(url)),
    before: (url) => {
      session.assertOpen()
      const refusal = quarantine.refusal(url) ?? router.blocked(url)
      if (refusal !== undefined) throw refusal
      if (identity.headers === undefined) {
        return identity
          .load()
          .then(() => admit(url))
          .then(() => browser.pull())
      }
      const wait = admit(url)
      if (wait === undefined) return browser.live()?.pull()
      return wait.then(() => browser.live()?.pull())
    },
    after: () => browser.live()?.push(),
    onAnswer:
      attempts &&
      ((url, method, statusCode) => attempts.answered({ url, method, statusCode, via: 'http' }, 1, 0)),
    onError: (error, url) => {
      const fault = toHttpError(error, url)
      attempts?.failed({ url }, 'http', fault, 0)
      faults.onTransportError(fault)
    },
  })
}
