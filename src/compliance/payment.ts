/** What a site asks for, as it says it. Nothing of it has been checked, and nothing is ever paid. */
export interface PriceOffer {
  /** The amount as the site writes it: `0.01`, or a number of the asset's smallest units. 64 characters at most. */
  readonly amount: string
  /** `USD`, or the asset's address or name. 128 characters at most. */
  readonly currency: string
  /** The network of an x402 offer, such as `eip155:8453`; null for others. */
  readonly network: string | null
  /** The scheme of an x402 offer, such as `exact`; null for others. */
  readonly scheme: string | null
}

/** What a 402 says. */
export interface PaymentDemand {
  /** How it says it: Cloudflare's pay per crawl, x402, or neither. */
  readonly protocol: 'pay-per-crawl' | 'x402' | null
  /** 8 at most; empty where no price is named. */
  readonly offers: readonly PriceOffer[]
  /** The site's own code for what is missing (`crawler-error`), or null. */
  readonly error: string | null
}

/** Of a body so much is read. */
export const MAX_PAYMENT_BYTES = 64 * 1024
const MAX_OFFERS = 8

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** What the headers of a 402 say; null where a body may say more. */
export function paymentOfHeaders(headers: Headers): PaymentDemand | null {
  const error = shown(first(headers['crawler-error']), 64)
  const price = /^\s*([A-Za-z]{3})\s+(\d{1,20}(?:\.\d{1,20})?)\s*$/.exec(
    first(headers['crawler-price']) ?? '',
  )
  if (price !== null) {
    const [, currency = '', amount = ''] = price
    const offer = { amount, currency: currency.toUpperCase(), network: null, scheme: null }
    return { protocol: 'pay-per-crawl', offers: [offer], error }
  }
  const coded = first(headers['payment-required'])
  if (coded === undefined || coded.length > MAX_PAYMENT_BYTES) return null
  return paymentOfBody(Buffer.from(coded, 'base64').toString('utf8'))
}

/** What an x402 body says (versions 1 and 2); null for what is none. */
export function paymentOfBody(text: string): PaymentDemand | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof json !== 'object' || json === null) return null
  const { x402Version, accepts, error } = json as Readonly<Record<string, unknown>>
  if (typeof x402Version !== 'number' || !Array.isArray(accepts)) return null
  const offers = accepts.slice(0, MAX_OFFERS).flatMap((entry: unknown): PriceOffer[] => {
    if (typeof entry !== 'object' || entry === null) return []
    const offer = entry as Readonly<Record<string, unknown>>
    const amount = shown(offer['amount'] ?? offer['maxAmountRequired'], 64)
    if (amount === null) return []
    return [
      {
        amount,
        currency: shown(offer['asset'], 128) ?? '',
        network: shown(offer['network'], 64),
        scheme: shown(offer['scheme'], 64),
      },
    ]
  })
  return { protocol: 'x402', offers, error: shown(error, 64) }
}

/** The demand of a site that names no price. */
export const NO_PRICE: PaymentDemand = { protocol: null, offers: [], error: null }

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

/** A site's word, printable and bounded; null for what is no text. */
function shown(value: unknown, max: number): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string' || value === '') return null
  return value.replace(/[^\x20-\x7e]+/g, '?').slice(0, max)
}
