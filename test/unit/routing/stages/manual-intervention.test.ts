import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../../src/core/index.ts'
import { BlockedRequest } from '../../../../src/routing/blocking/blocked-request.ts'
import { manualIntervention } from '../../../../src/routing/stages/manual-intervention.ts'
import { refuseBlocked } from '../../../../src/routing/stages/refuse-blocked.ts'
import type { TimedRequest } from '../../../../src/routing/timed-request.ts'
import { PAGE, routed } from '../../../support/routed.ts'

const blockError = () => new OnejarError('ONEJAR_CAPTCHA', 'a puzzle', { details: { origin: PAGE.origin } })
const request = (own: Partial<TimedRequest> = {}): TimedRequest => ({
  url: PAGE,
  timeoutMs: 10_000,
  identity: undefined,
  deadline: performance.now() + 10_000,
  ...own,
})

/** The stage before a `next` that is blocked so often; a person solves what they are asked for, or not. */
function stage(blocks: number, solves: boolean | undefined, again = true, unshown?: OnejarError) {
  const sent: TimedRequest[] = []
  const underway = () => (solves === undefined ? undefined : Promise.resolve(solves))
  const send = manualIntervention({ underway, notShown: () => unshown })(async (one) => {
    sent.push(one)
    if (sent.length <= blocks) throw new BlockedRequest(blockError(), again ? one : null)
    return routed()
  })
  return { send, sent }
}

describe('the manual intervention stage', () => {
  it('sends a request again when a person has taken care of the block', async () => {
    const { send, sent } = stage(1, true)
    expect((await send(request())).statusCode).toBe(200)
    expect(sent).toHaveLength(2)
  })

  it('begins anew then: what a stage after it had chosen is chosen again', async () => {
    const { send, sent } = stage(1, true)
    await send(request({ startWith: 'page' }))
    expect(sent.map(({ startWith }) => startWith)).toEqual(['page', undefined])
  })

  it.each([
    ['nobody is asked', undefined, true, 1],
    ['nobody took care of it', false, true, 1],
    ['the site may have processed the request', true, false, 1],
    ['the site is not content, however often', true, true, 3],
  ])('fails with the error of the block where %s', async (_name, solves, again, attempts) => {
    const { send, sent } = stage(9, solves, again)
    await expect(send(request())).rejects.toMatchObject({ code: 'ONEJAR_CAPTCHA' })
    expect(sent).toHaveLength(attempts)
  })

  it('says why nobody could be shown the block, where that is so', async () => {
    const unshown = new OnejarError('ONEJAR_BROWSER_FAILED', 'no display')
    const { send } = stage(9, false, true, unshown)
    await expect(send(request())).rejects.toMatchObject({ code: 'ONEJAR_CAPTCHA', cause: unshown })
    await expect(stage(9, false).send(request())).rejects.toMatchObject({ cause: undefined })
  })

  it('waits no longer than the request can', async () => {
    const never = manualIntervention({ underway: () => new Promise(() => {}), notShown: () => undefined })
    const send = never(async (one) => {
      throw new BlockedRequest(blockError(), one)
    })
    await expect(send(request({ deadline: performance.now() }))).rejects.toMatchObject({
      code: 'ONEJAR_TIMEOUT',
    })
  })

  it('passes other errors on', async () => {
    const send = manualIntervention({ underway: () => undefined, notShown: () => undefined })(async () => {
      throw new TypeError('other')
    })
    await expect(send(request())).rejects.toThrow(TypeError)
  })
})

describe('the stage that refuses blocked origins', () => {
  const blocked = { at: (origin: string) => (origin === PAGE.origin ? blockError() : undefined) }

  it('sends nothing to one, and says what to send later', async () => {
    const send = refuseBlocked(blocked)(async () => routed())
    const error = await send(request()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BlockedRequest)
    expect((error as BlockedRequest).next?.url).toBe(PAGE)
  })

  it('lets a request that leaves the browser alone wait for nobody', async () => {
    const send = refuseBlocked(blocked)(async () => routed())
    const error = await send(request({ escalate: false })).catch((thrown: unknown) => thrown)
    expect((error as BlockedRequest).next).toBeNull()
  })

  it('lets the others through', async () => {
    const send = refuseBlocked(blocked)(async () => routed())
    expect((await send(request({ url: new URL('https://other.example/') }))).statusCode).toBe(200)
  })
})
