import { describe, expect, it } from 'vitest'
import { paymentOfBody, paymentOfHeaders } from '../../../src/compliance/payment.ts'

const v1 = {
  x402Version: 1,
  error: 'X-PAYMENT header is required',
  accepts: [
    {
      scheme: 'exact',
      network: 'base-sepolia',
      maxAmountRequired: '10000',
      asset: '0x036CbD',
      payTo: '0x20',
    },
  ],
}
const v2 = {
  x402Version: 2,
  accepts: [{ scheme: 'exact', network: 'eip155:8453', amount: '3000000', asset: '0x833589', payTo: '0x1' }],
}

describe('the headers of a 402', () => {
  it('name the price of a crawl', () => {
    expect(paymentOfHeaders({ 'crawler-price': 'USD 0.01', 'crawler-error': 'MissingCrawlerPrice' })).toEqual(
      {
        protocol: 'pay-per-crawl',
        offers: [{ amount: '0.01', currency: 'USD', network: null, scheme: null }],
        error: 'MissingCrawlerPrice',
      },
    )
  })

  it.each(['0.01', 'USD', 'USD -1', 'USD 1e3', 'USD 1 2', `USD ${'1'.repeat(100)}`])(
    'name no price with %j',
    (price) => {
      expect(paymentOfHeaders({ 'crawler-price': price })).toBeNull()
    },
  )

  it('may hold what x402 demands', () => {
    const coded = Buffer.from(JSON.stringify(v2)).toString('base64')
    expect(paymentOfHeaders({ 'payment-required': coded })).toEqual({
      protocol: 'x402',
      offers: [{ amount: '3000000', currency: '0x833589', network: 'eip155:8453', scheme: 'exact' }],
      error: null,
    })
    expect(paymentOfHeaders({ 'payment-required': 'A'.repeat(70_000) })).toBeNull()
    expect(paymentOfHeaders({ 'payment-required': '%%%' })).toBeNull()
  })
})

describe('the body of a 402', () => {
  it('is read where it is x402', () => {
    expect(paymentOfBody(JSON.stringify(v1))).toEqual({
      protocol: 'x402',
      offers: [{ amount: '10000', currency: '0x036CbD', network: 'base-sepolia', scheme: 'exact' }],
      error: 'X-PAYMENT header is required',
    })
  })

  it.each(['', 'null', '[]', '{"accepts":[]}', '{"x402Version":"1","accepts":[]}', '{"x402Version":1}'])(
    'says nothing as %s',
    (text) => {
      expect(paymentOfBody(text)).toBeNull()
    },
  )

  it('is bounded, whatever the site writes', () => {
    const accepts = Array.from({ length: 50 }, () => ({
      amount: '9'.repeat(500),
      asset: 'a\n\u0007'.repeat(500),
    }))
    const demand = paymentOfBody(JSON.stringify({ x402Version: 2, accepts, error: {} }))
    expect(demand?.offers).toHaveLength(8)
    for (const { amount, currency } of demand?.offers ?? []) {
      expect(amount).toHaveLength(64)
      expect(currency).toMatch(/^[\x20-\x7e]{128}$/)
    }
    expect(demand?.error).toBeNull()
  })
})
