import { describe, expect, it } from 'vitest'
import type { LoadedDocument } from '../../../src/browsing/index.ts'
import { Classifier } from '../../../src/challenge/index.ts'
import { OnejarError, systemClock } from '../../../src/core/index.ts'
import type { Via } from '../../../src/http/index.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { BlockedRequest } from '../../../src/routing/blocking/blocked-request.ts'
import { Escalation, type EscalationOptions } from '../../../src/routing/escalation.ts'
import { EventHub } from '../../../src/routing/index.ts'
import { OriginState } from '../../../src/routing/origin-state.ts'
import type { Outcome } from '../../../src/routing/outcome.ts'
import type { TimedRequest } from '../../../src/routing/timed-request.ts'
import { PAGE, type RoutedParts, routed, verdictOf } from '../../support/routed.ts'

type Given = Outcome | RoutedParts

const challenged = (parts: RoutedParts = {}): Outcome => {
  const response = routed({ status: 403, kind: 'js-challenge', ...parts })
  return { kind: 'challenged', response, verdict: verdictOf(parts.kind ?? 'js-challenge') }
}
const failed = (error: unknown): Outcome => ({ kind: 'failed', error })

const DOCUMENT: LoadedDocument = {
  url: PAGE,
  statusCode: 200,
  statusText: 'OK',
  headers: {},
  body: Buffer.from('from the browser'),
  verdict: verdictOf('ok'),
  afterChallenge: true,
  sentCookie: '',
}

interface Fakes {
  readonly http?: readonly Given[]
  readonly 'page-fetch'?: readonly Given[]
  readonly page?: readonly Given[]
  /** What a solve brings; an error rejects. Default: nothing but a new record. */
  readonly solve?: LoadedDocument | Error | null
  readonly answerFromSolve?: boolean
}

/** An escalation over transports that give these outcomes, one a call. */
function ladder(fakes: Fakes = {}) {
  const calls: string[] = []
  /** Why each request went by its transport. */
  const whys: (string | undefined)[] = []
  const events = new EventHub()
  const seen: string[] = []
  events.tap((event) => seen.push(event.type), true)
  const record = new SessionRecord({ writer: 'test', clock: systemClock })
  const classifier = new Classifier()
  const state = new OriginState({ record, classifier, events, clock: systemClock, through: () => 'direct' })
  const transport = (via: Via) => {
    const outcomes = [...(fakes[via] ?? [])]
    return {
      via,
      send: async ({ why }: TimedRequest): Promise<Outcome> => {
        calls.push(via)
        whys.push(why)
        const given = outcomes.shift()
        if (!given) throw new Error(`${via} was asked more often than the test allows`)
        return 'response' in given || 'error' in given || 'verdict' in given
          ? (given as Outcome)
          : { kind: 'response', response: routed({ via, ...given }) }
      },
      renew: () => void calls.push('renew'),
    }
  }
  const solver = {
    underway: () => undefined,
    clearedSince: () => false,
    noteLoop: () => void calls.push('loop'),
    solve: async () => {
      calls.push('solve')
      if (fakes.solve instanceof Error) throw fakes.solve
      return fakes.solve ?? null
    },
  }
  const reuse = {
    isUnproven: () => false,
    settled: () => {},
    isAnswer: async () => true,
    insteadOfReplay: async () => fakes.answerFromSolve ?? false,
  }
  const blocking = {
    block: async (url: URL) => {
      calls.push('block')
      return new OnejarError('ONEJAR_BLOCKED', 'refused', { details: { origin: url.origin } })
    },
  }
  const options = {
    state,
    http: transport('http'),
    pageFetch: transport('page-fetch'),
    page: transport('page'),
    solver,
    rooms: { wait: async () => void calls.push('wait') },
    renewer: { used: () => void calls.push('used') },
    reuse,
    blocking,
    maxResponseBytes: 0,
  } as unknown as EscalationOptions
  const escalation = new Escalation(options)
  const send = (own: Partial<TimedRequest> = {}) =>
    escalation.send({
      url: PAGE,
      timeoutMs: 10_000,
      identity: undefined,
      deadline: performance.now() + 10_000,
      ...own,
    })
  return { send, calls, whys, seen, state, events }
}

describe('an escalation', () => {
  it('is one request over HTTP where the site answers', async () => {
    const { send, calls, seen } = ladder({ http: [{}] })
    expect((await send()).via).toBe('http')
    expect(calls).toEqual(['http', 'used'])
    expect(seen).toEqual([])
  })

  it('solves a challenge, and proves over HTTP that it helped', async () => {
    const { send, calls, seen } = ladder({ http: [challenged(), {}] })
    expect((await send()).statusCode).toBe(200)
    expect(calls).toEqual(['http', 'solve', 'http'])
    expect(seen).toEqual(['challenge', 'drop-back'])
  })

  it('fetches in a page after two solves that did not help, and learns that the origin needs that', async () => {
    const { send, calls, state } = ladder({
      http: [challenged(), challenged(), challenged()],
      'page-fetch': [{}],
    })
    expect((await send()).via).toBe('page-fetch')
    expect(calls).toEqual(['http', 'solve', 'http', 'solve', 'http', 'page-fetch'])
    expect(state.routes.transport(PAGE.origin)).toBe('page-fetch')
  })

  it('says of each request why it goes by its transport', async () => {
    const { send, whys } = ladder({
      http: [challenged(), challenged(), challenged()],
      'page-fetch': [{}, {}],
    })
    await send()
    await send()
    expect(whys).toEqual([
      'HTTP costs least, and nothing speaks against it',
      'a browser has passed the challenge, and HTTP costs least',
      'a browser has passed the challenge, and HTTP costs least',
      'the clearance works in the browser only',
      'learned before: the clearance works in the browser only',
    ])
  })

  it('reports a request that failed, with the code of its error and why it was sent so', async () => {
    const { send, events } = ladder({ http: [failed(new OnejarError('ONEJAR_TIMEOUT', 'too late'))] })
    const heard = events.listen()
    await expect(send({ method: 'POST' })).rejects.toThrow('too late')
    expect((await heard.next()).value).toMatchObject({
      type: 'request-failed',
      method: 'POST',
      url: PAGE.href,
      via: 'http',
      code: 'ONEJAR_TIMEOUT',
      reason: 'HTTP costs least, and nothing speaks against it',
    })
  })

  it('learns nothing from a fetch in a page that the site failed to answer', async () => {
    const http = [challenged(), challenged(), challenged()]
    const { send, state } = ladder({ http, 'page-fetch': [{ status: 503, kind: 'error' }] })
    expect((await send()).statusCode).toBe(503)
    expect(state.routes.transport(PAGE.origin)).toBe('http')
  })

  it('begins with the transport that the origin is known to need', async () => {
    const fetching = ladder({ 'page-fetch': [{}] })
    fetching.state.routes.learn(PAGE.origin, 'page-fetch', 'a test')
    await fetching.send()
    expect(fetching.calls).toEqual(['page-fetch'])
    const navigating = ladder({ page: [{}] })
    navigating.state.routes.learn(PAGE.origin, 'page', 'a test')
    await navigating.send()
    expect(navigating.calls).toEqual(['page'])
  })

  it('opens the page anew when it is challenged, then navigates, and learns that', async () => {
    const { send, calls, state } = ladder({
      'page-fetch': [challenged({ via: 'page-fetch' }), challenged({ via: 'page-fetch' })],
      page: [{}],
    })
    state.routes.learn(PAGE.origin, 'page-fetch', 'a test')
    expect((await send()).via).toBe('page')
    expect(calls).toEqual(['page-fetch', 'renew', 'page-fetch', 'page'])
    expect(state.routes.transport(PAGE.origin)).toBe('page')
  })

  it('learns of a fetch that a page refuses, and not of one that went wrong', async () => {
    for (const [code, learned] of [
      ['ONEJAR_PAGE_FETCH_REFUSED', 'page'],
      ['ONEJAR_NETWORK', 'page-fetch'],
    ] as const) {
      const { send, state } = ladder({ 'page-fetch': [failed(new OnejarError(code, 'no'))], page: [{}] })
      state.routes.learn(PAGE.origin, 'page-fetch', 'a test')
      expect((await send()).via).toBe('page')
      expect(state.routes.transport(PAGE.origin)).toBe(learned)
    }
  })

  it.each(['ONEJAR_TIMEOUT', 'ONEJAR_ABORTED', 'ONEJAR_ROBOTS_DISALLOWED', 'ONEJAR_PROXY_FAILED'] as const)(
    'ends with %s of a fetch in a page: a navigation would not do better',
    async (code) => {
      const { send, state } = ladder({ 'page-fetch': [failed(new OnejarError(code, 'no'))] })
      state.routes.learn(PAGE.origin, 'page-fetch', 'a test')
      await expect(send()).rejects.toMatchObject({ code })
    },
  )

  it('navigates for no POST: a page that is challenged is a loop, which pauses the solving', async () => {
    const http = [challenged(), challenged(), challenged()]
    const again = challenged({ via: 'page-fetch' })
    const { send, calls } = ladder({ http, 'page-fetch': [again, challenged({ via: 'page-fetch' })] })
    await expect(send({ method: 'POST' })).rejects.toMatchObject({ code: 'ONEJAR_CHALLENGE_LOOP' })
    expect(calls.slice(-2)).toEqual(['page-fetch', 'loop'])
  })

  it('sends no POST again that was challenged with a success', async () => {
    const response = { ...routed({ kind: 'js-challenge', method: 'POST' }) }
    const plain = { ...verdictOf('js-challenge'), evidence: PLAIN }
    const { send, calls } = ladder({ http: [{ kind: 'challenged', response, verdict: plain }] })
    await expect(send({ method: 'POST' })).rejects.toMatchObject({ code: 'ONEJAR_CHALLENGE_UNSOLVED' })
    expect(calls).toEqual(['http'])
  })

  it('blocks at a refusal, and says what to send when a person has taken care of it', async () => {
    const response = routed({ status: 403, kind: 'block' })
    const refused: Outcome = {
      kind: 'refused',
      url: PAGE,
      verdict: verdictOf('block'),
      response,
      screenshot: null,
    }
    const { send, calls } = ladder({ http: [refused] })
    const error = await send().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BlockedRequest)
    expect((error as BlockedRequest).next?.url).toBe(PAGE)
    expect(calls).toEqual(['http', 'block'])
  })

  it('is blocked by what a solve met', async () => {
    const met = new OnejarError('ONEJAR_CAPTCHA', 'a puzzle', { details: { origin: PAGE.origin } })
    const { send } = ladder({ http: [challenged()], solve: met })
    await expect(send()).rejects.toBeInstanceOf(BlockedRequest)
  })

  it('returns a challenge to a request that leaves the browser alone', async () => {
    const { send, calls } = ladder({ http: [challenged()] })
    expect((await send({ escalate: false })).statusCode).toBe(403)
    expect(calls).toEqual(['http'])
  })

  it('waits in line as often as it takes, and solves afterwards', async () => {
    const room = challenged({ status: 503, kind: 'waiting-room' })
    const again = challenged({ status: 503, kind: 'waiting-room' })
    const { send, calls } = ladder({ http: [room, again, challenged(), {}] })
    await send()
    expect(calls).toEqual(['http', 'wait', 'http', 'wait', 'http', 'solve', 'http'])
  })

  it('takes what the browser got in place of a replay, where that is wanted', async () => {
    const { send, calls, seen } = ladder({ http: [challenged()], solve: DOCUMENT, answerFromSolve: true })
    const response = await send()
    expect(await response.body.text()).toBe('from the browser')
    expect(calls).toEqual(['http', 'solve'])
    expect(seen).toContain('request')
  })

  it('takes it too where the replay is lost, and not where the deadline ends it', async () => {
    const lost = ladder({
      http: [challenged(), failed(new OnejarError('ONEJAR_NETWORK', 'reset'))],
      solve: DOCUMENT,
    })
    expect(await (await lost.send()).body.text()).toBe('from the browser')
    const late = ladder({
      http: [challenged(), failed(new OnejarError('ONEJAR_TIMEOUT', 'late'))],
      solve: DOCUMENT,
    })
    await expect(late.send()).rejects.toMatchObject({ code: 'ONEJAR_TIMEOUT' })
  })

  it('gives what may be the page where no browser can look, and says so', async () => {
    const nowhere = new OnejarError('ONEJAR_BROWSER_NOT_FOUND', 'none')
    const doubtful = ladder({ http: [challenged({ status: 200, body: 'perhaps' })], solve: nowhere })
    expect(await (await doubtful.send()).body.text()).toBe('perhaps')
    expect(doubtful.seen).toContain('unverified')
    const plain = ladder({ http: [challenged()], solve: nowhere })
    await expect(plain.send()).rejects.toMatchObject({ code: 'ONEJAR_BROWSER_NOT_FOUND' })
  })

  it('renders in a page whatever is known of the origin', async () => {
    const { send, calls } = ladder({ page: [{}] })
    await send({ render: true })
    expect(calls).toEqual(['page'])
  })
})

/** Evidence that leaves no doubt. */
const PLAIN = [
  { signal: 'header', verdict: 'js-challenge', where: 'header', vendor: 'a vendor', weight: 10, excerpt: '' },
] as never
