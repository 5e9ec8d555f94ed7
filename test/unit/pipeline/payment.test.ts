import { describe, expect, it } from 'vitest'
import { MAX_PAYMENT_BYTES, type PaymentDemand } from '../../../src/compliance/index.ts'
import { streamedBody } from '../../../src/http/index.ts'
import { payment } from '../../../src/pipeline/stages/payment.ts'
import { errorOf } from '../../support/broker.ts'
import { ahead, aRequest, aResponse, textOf, URL_ASKED } from './a-request.ts'

const X402 = {
  x402Version: 1,
  accepts: [{ scheme: 'exact', network: 'base', maxAmountRequired: '10', asset: '0xA' }],
}
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

async function demandOf(response: ReturnType<typeof aResponse>, own: object = {}) {
  const noted: [string, PaymentDemand][] = []
  const stage = payment((url, demand) => noted.push([url.href, demand]))
  const error = await errorOf(ahead(stage, response).send(aRequest(own)))
  return { error, noted }
}

describe('an answer that wants to be paid', () => {
  it('is no concern of other statuses', async () => {
    const stage = payment(() => expect.unreachable('nothing is to be paid'))
    const { send } = ahead(stage, aResponse(200, { headers: { 'crawler-price': 'USD 1' } }), aResponse(403))
    expect(await textOf(await send(aRequest()))).toBe('body')
    expect((await send(aRequest())).statusCode).toBe(403)
  })

  it('is an error with the price of its headers, which is noted; its body is not read', async () => {
    let read = 0
    const unread = streamedBody(
      (async function* () {
        read++
        yield Buffer.from('{}')
      })(),
      {},
    )
    const headers = { 'crawler-price': 'usd 0.01', 'crawler-error': 'missing-price', ...JSON_TYPE }
    const { error, noted } = await demandOf(aResponse(402, { headers, body: unread }))
    const offers = [{ amount: '0.01', currency: 'USD', network: null, scheme: null }]
    expect(error).toMatchObject({
      code: 'ONEJAR_PAYMENT_REQUIRED',
      message: expect.stringMatching(
        /^http:\/\/shop\.example\/orders wants to be paid \(402\) and asks for 0\.01 USD/,
      ),
      details: {
        status: 402,
        origin: URL_ASKED.origin,
        protocol: 'pay-per-crawl',
        offers,
        error: 'missing-price',
      },
    })
    expect(noted).toEqual([[URL_ASKED.href, { protocol: 'pay-per-crawl', offers, error: 'missing-price' }]])
    expect(read).toBe(0)
  })

  it('has the price of a JSON body where the headers name none', async () => {
    const { error } = await demandOf(aResponse(402, { headers: JSON_TYPE }, JSON.stringify(X402)))
    expect(error.details).toMatchObject({
      protocol: 'x402',
      offers: [{ amount: '10', currency: '0xA', network: 'base', scheme: 'exact' }],
    })
  })

  it.each([
    ['is no JSON by its type', {}, JSON.stringify(X402)],
    ['is broken', JSON_TYPE, '{'],
    ['is something else', JSON_TYPE, '{"price":1}'],
    ['is larger than is read', JSON_TYPE, JSON.stringify({ ...X402, fill: ' '.repeat(MAX_PAYMENT_BYTES) })],
  ])('names no price where its body %s', async (_what, headers, text) => {
    const { error, noted } = await demandOf(aResponse(402, { headers }, text))
    expect(error).toMatchObject({
      code: 'ONEJAR_PAYMENT_REQUIRED',
      message: expect.stringContaining('and names no price'),
      details: { protocol: null, offers: [] },
    })
    expect(noted).toHaveLength(1)
  })

  it('names no price where its body breaks off, and does not hold the caller', async () => {
    const broken = streamedBody(
      (async function* () {
        yield Buffer.from('{"x402Version":1,')
        throw new Error('reset')
      })(),
      JSON_TYPE,
    )
    const { error } = await demandOf(aResponse(402, { headers: JSON_TYPE, body: broken }))
    expect(error).toMatchObject({ code: 'ONEJAR_PAYMENT_REQUIRED', details: { offers: [] } })
  })
})
