export interface Product {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly price: number
  readonly stock: string
  readonly since: string
}

const WORDS = [
  'amber',
  'birch',
  'cedar',
  'delft',
  'ember',
  'flint',
  'grove',
  'hazel',
  'indigo',
  'jade',
] as const

/** Products whose fields differ, with what makes formats hard: prices above a thousand, days of one digit, a few states. */
export const PRODUCTS: readonly Product[] = Array.from({ length: 260 }, (_, at) => ({
  id: 1000 + at,
  slug: `${WORDS[at % 10]}-${WORDS[Math.floor(at / 10) % 10]}-${'abc'[Math.floor(at / 100)]}`,
  name: `${WORDS[at % 10]} ${WORDS[(at * 7) % 10]} ${at}`,
  price: Math.round((4.99 + at * 37.31) * 100) / 100,
  stock: ['In stock', 'Sold out', 'A few left'][(at * at) % 3] as string,
  since: new Date(Date.UTC(2020, 0, 1 + at * 9)).toISOString(),
}))

export function productBy(id: string | number | null | undefined): Product | undefined {
  return PRODUCTS.find((product) => String(product.id) === String(id))
}

/** A cursor says nothing of what comes after it. */
export function cursorOf(at: number): string {
  return Buffer.from(`c:${at * 7919}`).toString('base64url')
}
