import { describe, expect, it } from 'vitest'
import { NO_PRICE, paymentOfBody, paymentOfHeaders } from '../../../src/compliance/payment.ts'

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

  it.each([
    [' usd  12345678901234567890.5 ', 'USD', '12345678901234567890.5'],
    ['EUR 2', 'EUR', '2'],
  ])('name a price as %j', (price, currency, amount) => {
    expect(paymentOfHeaders({ 'crawler-price': [price, 'USD 9'] })?.offers).toEqual([
      { amount, currency, network: null, scheme: null },
    ])
  })

  it.each(['1 USD 2', 'xUSD 1', 'USD 1.', 'US 1', 'USD 1.2.3', `USD 0.${'1'.repeat(21)}`])(
    'name no price with %j either',
    (price) => {
      expect(paymentOfHeaders({ 'crawler-price': price })).toBeNull()
    },
  )

  it('may hold what x402 demands, in so many bytes', () => {
    const long = (bytes: number) => Buffer.from(JSON.stringify(v2).padEnd((bytes / 4) * 3)).toString('base64')
    expect(paymentOfHeaders({ 'payment-required': long(64 * 1024) })?.offers).toHaveLength(1)
    expect(paymentOfHeaders({ 'payment-required': long(64 * 1024 + 4) })).toBeNull()
  })

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

  it('has amounts in digits or as a number, and leaves out what has none', () => {
    const accepts = [
      null,
      7,
      'text',
      { asset: 'without' },
      { amount: '' },
      { amount: {} },
      { amount: 12.5 },
      { amount: 'a\u0000\u0001b' },
    ]
    const body = JSON.stringify({ x402Version: 2, accepts }).replace('12.5', '1e999')
    const named = (amount: string) => ({ amount, currency: '', network: null, scheme: null })
    expect(paymentOfBody(body)?.offers).toEqual([named('a?b')])
    expect(paymentOfBody(body.replace('1e999', '12.5'))?.offers).toEqual([named('12.5'), named('a?b')])
  })

  it('names no price where it has none', () => {
    expect(NO_PRICE).toEqual({ protocol: null, offers: [], error: null })
    expect(paymentOfBody('"text"')).toBeNull()
  })

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
