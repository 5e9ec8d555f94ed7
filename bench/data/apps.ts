import { cursorOf, PRODUCTS, type Product } from './catalogue.ts'

/** One small application: what is bundled for its pages, and what its pages show. */
export interface App {
  readonly name: string
  /** The entry in `clients/`. */
  readonly client: string
  /** The path of the page of an item. */
  path(item: number): string
  readonly extract: Readonly<Record<string, string | { readonly selector: string; readonly all: true }>>
  /** What the page of an item shows. */
  shows(item: number): Readonly<Record<string, string | string[]>>
  /** Whether HTTP can ask for it: what cannot has to stay with the page. */
  readonly replayable: boolean
}

/** As many pages of each are fetched. */
export const ITEMS = 50

const FIELDS = { name: 'h1', price: '.price', stock: '.stock', since: 'time' }
const LIST = { names: { selector: 'h2', all: true }, prices: { selector: '.price', all: true } } as const

const dollars = (amount: number) => amount.toLocaleString('en-US', { style: 'currency', currency: 'USD' })
const day = (date: string) =>
  new Date(date).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })

const productOf = (item: number) => PRODUCTS[item] as Product
function product(item: number) {
  const { name, price, stock, since } = productOf(item)
  return { name, price: dollars(price), stock, since: `Since ${day(since)}` }
}
function list(item: number) {
  const products = PRODUCTS.slice(item * 5, item * 5 + 5)
  return { names: products.map(({ name }) => name), prices: products.map(({ price }) => dollars(price)) }
}

const ofProduct = (name: string, client: string, replayable = true, path?: App['path']): App => ({
  name,
  client,
  path: path ?? ((item) => `/${client}/p/${productOf(item).id}`),
  extract: FIELDS,
  shows: product,
  replayable,
})
const ofList = (name: string, client: string, path: App['path']): App => ({
  name,
  client,
  path,
  extract: LIST,
  shows: list,
  replayable: true,
})

export const APPS: readonly App[] = [
  ofProduct('React, REST', 'react-rest'),
  ofProduct('React, GraphQL with Apollo, and a mutation', 'react-apollo'),
  ofProduct('React, JSON in the query', 'react-json-query'),
  ofProduct('React, Bearer from localStorage', 'react-bearer-stored'),
  ofProduct('Vue, id in the query', 'vue-query', true, (item) => `/vue-query/p?id=${productOf(item).id}`),
  ofProduct('Vue, one list of all', 'vue-whole-list'),
  ofProduct('Vue, data in the page', 'vue-embedded'),
  ofProduct(
    'Lit, a slug that is looked up',
    'lit-slug',
    true,
    (item) => `/lit-slug/p/${productOf(item).slug}`,
  ),
  ofProduct('htmx, fragments of HTML', 'htmx'),
  ofList('Lit, pages by offset', 'lit-offset', (item) => `/lit-offset/list?page=${item + 1}`),
  ofList('Vue, pages by cursor', 'vue-cursor', (item) => `/vue-cursor/feed/${cursorOf(item * 5)}`),
  ofProduct('React, signed URLs', 'react-signed', false),
  ofProduct('React, Bearer in memory only', 'react-bearer-memory'),
  ofProduct('Vue, a stream of events', 'vue-events', false),
  ofProduct('Svelte, REST', 'svelte-rest'),
  ofProduct('Svelte, tRPC in batches, and a mutation', 'svelte-trpc'),
  ofProduct('Svelte, a socket', 'svelte-socket', false),
  ofProduct('Lit, elements with shadow trees', 'lit-element'),
]
