import { checksumOf } from './checksum.ts'
import { makeItem } from './item.ts'
import { SeededRandom } from './random.ts'

/** Pages of the orders API. */
export const ORDER_PAGES = 10

export interface OrdersPage {
  readonly page: number
  readonly pages: number
  readonly orders: readonly { readonly id: string; readonly item: string; readonly cents: number }[]
  /** Of `orders` as JSON. */
  readonly checksum: string
}

/** Ten orders, always the same for a page. */
export function ordersPage(page: number, items: number): OrdersPage {
  const random = new SeededRandom(page * 104_729)
  const orders = Array.from({ length: 10 }, (_, index) => {
    const item = makeItem(random.integer(1, items), items)
    return { id: `A-${page * 100 + index}`, item: item.name, cents: item.priceCents * random.integer(1, 3) }
  })
  return { page, pages: ORDER_PAGES, orders, checksum: checksumOf(JSON.stringify(orders)) }
}
