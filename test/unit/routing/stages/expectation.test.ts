import { describe, expect, it } from 'vitest'
import { expectation } from '../../../../src/routing/stages/expectation.ts'
import type { TimedRequest } from '../../../../src/routing/timed-request.ts'
import { PAGE, type RoutedParts, routed } from '../../../support/routed.ts'

/** The stage before a `next` that answers HTTP and the page with these. */
function stage(http: RoutedParts, page: RoutedParts = {}) {
  const sent: string[] = []
  const learned: string[] = []
  const forgotten: string[] = []
  const routes = {
    isStale: () => true,
    forget: (route: string) => void forgotten.push(route),
    learn: (route: string, via: string) => void learned.push(`${route} ${via}`),
  }
  const send = expectation(routes)(async ({ startWith = 'http' }) => {
    sent.push(startWith)
    return startWith === 'page' ? routed({ via: 'page', body: 'page', ...page }) : routed(http)
  })
  const deadline = performance.now() + 10_000
  const request = { url: PAGE, timeoutMs: 10_000, identity: undefined, deadline }
  return { send: (own: Partial<TimedRequest>) => send({ ...request, ...own }), sent, learned, forgotten }
}

const TEXT = { expect: { text: 'orders' } }

describe('the expectation stage', () => {
  it('returns a response that holds what is expected, with its body, and forgets that its route needed a page', async () => {
    const { send, sent, forgotten } = stage({ body: 'my orders' })
    const response = await send(TEXT)
    expect(await response.body.text()).toBe('my orders')
    expect(sent).toEqual(['http'])
    expect(forgotten).toEqual(['https://shop.example/orders'])
  })

  it('asks a page for what HTTP does not give, and learns that the route needs one', async () => {
    const { send, sent, learned } = stage({ body: 'loading' })
    const response = await send(TEXT)
    expect(response.via).toBe('page')
    expect(sent).toEqual(['http', 'page'])
    expect(learned).toEqual(['https://shop.example/orders page'])
  })

  it.each([
    ['does more than read', { method: 'POST' }],
    ['leaves the browser alone', { escalate: false }],
  ])('fails a request that %s', async (_name, own) => {
    const { send, sent } = stage({ body: 'loading' })
    await expect(send({ ...TEXT, ...own })).rejects.toMatchObject({ code: 'ONEJAR_EXPECTATION_FAILED' })
    expect(sent).toEqual(['http'])
  })

  it.each<[string, RoutedParts]>([
    ['an error of the site', { status: 503, kind: 'error', body: 'no' }],
    ['a status that is no success', { status: 404, body: 'no' }],
    ['what is asked of the session', { kind: 'unauthorised', body: 'log in' }],
    ['a document of a page, which was looked at there', { via: 'page', body: 'no' }],
  ])('returns %s as it is', async (_name, http) => {
    const { send, sent } = stage(http)
    expect(await (await send(TEXT)).body.text()).toBe(http.body)
    expect(sent).toEqual(['http'])
  })

  it('looks at nothing where nothing is expected', async () => {
    const { send } = stage({ body: 'anything' })
    expect(await (await send({})).body.text()).toBe('anything')
  })
})
