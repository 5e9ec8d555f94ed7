import { indexPage, itemPage, listCount, listPage } from '../site/catalogue.ts'
import { verifiedChecksum } from '../site/checksum.ts'
import { ORDER_PAGES, ordersPage } from '../site/orders.ts'

/** A page to fetch, and the check that the right one was returned. */
export interface Target {
  readonly path: string
  /** Whether it is part of the API, which requires a token. */
  readonly api: boolean
  correct(body: string): boolean
}

/** All pages of the shop: the index, the list pages, the items, and the pages of the orders API. */
export function targetsOf(items: number): Target[] {
  return [
    page('/catalogue', indexPage(items)),
    ...count(listCount(items)).map((list) => page(`/catalogue/${list}`, listPage(list, items))),
    ...itemTargets(items, items),
    ...count(ORDER_PAGES).map((number) => orders(number, items)),
  ]
}

/** The first items of the shop. */
export function itemTargets(first: number, items: number): Target[] {
  return count(first).map((number) => page(`/item/${number}`, itemPage(number, items)))
}

/** A page is right when its content matches its checksum, and the checksum is that of the requested page. */
function page(path: string, source: string): Target {
  const wanted = verifiedChecksum(source)
  return { path, api: false, correct: (body) => wanted !== null && verifiedChecksum(body) === wanted }
}

function orders(number: number, items: number): Target {
  const wanted = JSON.stringify(ordersPage(number, items))
  return { path: `/api/orders?page=${number}`, api: true, correct: (body) => body === wanted }
}

function count(to: number): number[] {
  return Array.from({ length: to }, (_, index) => index + 1)
}
