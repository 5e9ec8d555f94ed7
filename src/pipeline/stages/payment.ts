import {
  MAX_PAYMENT_BYTES,
  NO_PRICE,
  type PaymentDemand,
  paymentOfBody,
  paymentOfHeaders,
} from '../../compliance/index.ts'
import { ignore, OnejarError, safeUrl } from '../../core/index.ts'
import { assertTime } from '../../http/index.ts'
import { discard, type RoutedResponse, type RouteRequest, type Stage } from '../../routing/index.ts'

/**
 * Makes an error of a 402, with the price that the site names. Nothing is ever paid, and no header says what somebody would pay.
 *
 * @param note - keeps it in the audit trail
 */
export function payment(note: (url: URL, demand: PaymentDemand) => void): Stage {
  return (next) => (request) =>
    next(request).then((response) =>
      response.statusCode === 402 ? refused(response, request, note) : response,
    )
}

async function refused(
  response: RoutedResponse,
  request: RouteRequest,
  note: (url: URL, demand: PaymentDemand) => void,
): Promise<never> {
  const deadline = performance.now() + request.timeoutMs
  const demand = await demanded(response, () => assertTime(request, deadline))
  note(response.url, demand)
  throw paymentError(response.url, demand)
}

async function demanded(response: RoutedResponse, over: () => void): Promise<PaymentDemand> {
  const said = paymentOfHeaders(response.headers)
  const type = String(response.headers['content-type'] ?? '')
  if (said !== null || !/\bjson\b/i.test(type)) {
    discard(response)
    return said ?? NO_PRICE
  }
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      over()
      size += chunk.length
      if (size > MAX_PAYMENT_BYTES) break
      chunks.push(chunk)
    }
  } catch {
    // A body that breaks off names no price.
  }
  response.body.on('error', ignore).destroy()
  const demand = size > MAX_PAYMENT_BYTES ? null : paymentOfBody(Buffer.concat(chunks).toString('utf8'))
  return demand ?? NO_PRICE
}

function paymentError(url: URL, demand: PaymentDemand): OnejarError {
  const { protocol, offers, error } = demand
  const [offer] = offers
  const price = offer === undefined ? 'and names no price' : `and asks for ${offer.amount} ${offer.currency}`
  return new OnejarError('ONEJAR_PAYMENT_REQUIRED', `${safeUrl(url)} wants to be paid (402) ${price}`, {
    details: { status: 402, origin: url.origin, protocol, offers, error },
  })
}
