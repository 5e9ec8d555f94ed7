import { expect, it } from 'vitest'
import type { LoadReply } from '../../../src/browsing/index.ts'
import { PageTransport, type PageTransportOptions } from '../../../src/routing/transports/page.ts'

const nothing: LoadReply = { kind: 'failed', why: 'time', verdict: null, at: null, screenshot: null }
const state: PageTransportOptions['state'] = {
  waitingRoom: () => {},
  sent: () => {},
  judge: {} as PageTransportOptions['state']['judge'],
}

it.each([
  ['the caller', 40, 20_000, 'ONEJAR_TIMEOUT'],
  ['a solve', 20_000, 40, 'ONEJAR_CHALLENGE_UNSOLVED'],
])(
  'fails by the time of %s where a page showed nothing in it',
  async (_, timeoutMs, solveTimeoutMs, code) => {
    // A load gives up as soon as its time is over, which may be a little before the caller's own.
    const browser = { load: async () => nothing }
    const page = new PageTransport({ browser, state, solveTimeoutMs, screenshot: false, maxResponseBytes: 0 })
    const url = new URL('https://shop.example/never')
    const outcome = await page.send({
      url,
      timeoutMs,
      deadline: performance.now() + timeoutMs,
      identity: undefined,
    })
    expect(outcome).toMatchObject({ kind: 'failed', error: { code } })
  },
)
