import { NO_PREFERENCES } from '../../compliance/index.ts'
import type { RoutedResponse, Send } from '../../routing/index.ts'
import type { SessionEngine } from './session-engine.ts'
import type { SessionParts } from './session-parts.ts'
import { sessionPipeline } from './session-pipeline.ts'

/**
 * Sends over HTTP and gives what comes, whatever it is: a challenge and a CAPTCHA page too. The response is judged, and
 * nothing follows from that: the session is not blocked. Where it is blocked already it refuses, as everywhere.
 */
export function plainSend(session: SessionParts, engine: SessionEngine): Send {
  const { services, network, cookieSource, events } = session
  const { classifier, clock } = services
  const { robots, preferences, resilience, router, browser, faults } = engine
  const inspect = {
    needsPeek: classifier.needsPeek.bind(classifier),
    peekBytes: classifier.peekBytes,
    peekBytesFor: classifier.peekBytesFor.bind(classifier),
    wantsMore: classifier.wantsMore.bind(classifier),
    widePeekBytes: classifier.widePeekBytes,
    early: classifier.early.bind(classifier),
    judge: (...[head, peek, complete]: Parameters<typeof classifier.judge>) =>
      classifier.judge(head, peek, complete, clock.now()),
  }
  const send: Send = async (request) => {
    const refusal = router.blocked(request.url)
    if (refusal !== undefined) throw refusal
    await browser.live()?.pull()
    const startedAt = performance.now()
    try {
      const response = await network.transport.send({ ...request, cookies: cookieSource, inspect })
      await browser.live()?.push()
      const { method, statusCode, url, verdict } = response
      events.emit({
        type: 'request',
        at: clock.now(),
        method,
        url: url.origin + url.pathname,
        via: 'http',
        status: statusCode,
        ms: performance.now() - startedAt,
        verdict: verdict?.kind ?? 'ok',
        reason: 'the caller keeps it to HTTP',
      })
      return Object.assign(response, {
        via: 'http' as const,
        solved: false,
        preferences: NO_PREFERENCES,
      }) as RoutedResponse
    } catch (error) {
      faults.onTransportError(error)
      throw error
    }
  }
  return sessionPipeline(session, { robots, preferences, resilience }, send)
}
