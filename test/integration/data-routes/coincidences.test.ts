import { describe, expect, it } from 'vitest'
import { useDataFixture } from '../../support/data-fixture.ts'
import { startDataSite } from '../../support/data-site.ts'

const on = useDataFixture()

interface Item {
  readonly name: string
  readonly [member: string]: unknown
}
type Kind = [what: string, member: (isLater: boolean) => object, price: string]

/** What decides of the price is the same on the first two pages, and another one on the fourth. */
const KINDS: Kind[] = [
  ['a quantity', (isLater) => ({ qty: isLater ? 3 : 1 }), 'd.price * d.qty'],
  ['what is added', (isLater) => ({ costs: { ship: isLater ? 5 : 0 } }), 'd.price + d.costs.ship'],
  ['a lower price', (isLater) => ({ sale: isLater ? 7 : null }), 'd.sale ?? d.price'],
  ['a member that few have', (isLater) => (isLater ? { gone: true } : {}), `d.gone ? '-' : d.price`],
  ['a text before it', (isLater) => ({ of: isLater ? '€' : '$' }), 'd.of + d.price'],
]

describe('what two pages have in common by chance', () => {
  it.each(KINDS)('has a page looked at where it is another one: %s', async (_, member, price) => {
    const dataOf = (id: number): Item => ({ name: `Chair ${id}`, price: 500 - id * 10, ...member(id === 4) })
    const shown = new Function('d', `return String(${price})`) as (data: Item) => string
    on.site = await startDataSite(
      `const d = await (await fetch('/api/' + id)).json()
      show({ name: d.name, price: String(${price}), stock: '' })`,
      ({ pathname }) => dataOf(Number(pathname.split('/').at(-1))),
    )
    const vias: string[] = []
    for (const id of [1, 2, 3, 4, 5]) {
      const response = await on.session.fetch(`${on.site.origin}/p/${id}`, {
        extract: { name: 'h1', price: '.price' },
      })
      expect(await response.json()).toEqual({ name: `Chair ${id}`, price: shown(dataOf(id)) })
      vias.push(response.via)
    }
    expect(vias.slice(0, 4)).toEqual(['page', 'page', 'http', 'page'])
  })

  it('has a page looked at where it leaves elements of a list out', async () => {
    const dataOf = (id: number) =>
      ['Oak', 'Ash', 'Elm'].map((name, at) => ({ name: `${name} ${id}`, hidden: id === 3 && at === 1 }))
    on.site = await startDataSite(
      `const { items } = await (await fetch('/api/' + id)).json()
      document.body.innerHTML = items.filter((one) => !one.hidden).map((one) => '<li>' + one.name).join('')`,
      ({ pathname }) => ({ items: dataOf(Number(pathname.split('/').at(-1))) }),
    )
    for (const id of [1, 2, 3, 4]) {
      const response = await on.session.fetch(`${on.site.origin}/p/${id}`, {
        extract: { names: { selector: 'li', all: true } },
      })
      const names = dataOf(id).flatMap(({ name, hidden }) => (hidden ? [] : [name]))
      expect(await response.json()).toEqual({ names })
    }
  })

  it('has a page looked at where a list is longer than those before', async () => {
    const dataOf = (id: number) =>
      Array.from({ length: id < 3 ? 2 : 4 }, (_, at) => `Chair ${id} of ${'abcd'[at]}`)
    on.site = await startDataSite(
      `const all = await (await fetch('/api/' + id)).json()
      document.body.innerHTML = all.slice(0, 3).map((one) => '<li>' + one).join('')`,
      ({ pathname }) => dataOf(Number(pathname.split('/').at(-1))),
    )
    for (const id of [1, 2, 3, 4]) {
      const response = await on.session.fetch(`${on.site.origin}/p/${id}`, {
        extract: { names: { selector: 'li', all: true } },
      })
      expect(await response.json()).toEqual({ names: dataOf(id).slice(0, 3) })
    }
  })

  it('costs no more than a few looks where pages show the same', async () => {
    on.site = await startDataSite(`show(await (await fetch('/api/' + id)).json())`, ({ pathname }) => {
      const id = Number(pathname.split('/').at(-1))
      return {
        name: `Chair ${id}`,
        price: id,
        stock: '',
        kind: id < 3 ? 'a' : 'b',
        [`key${'xyzuvw'[id]}`]: 1,
      }
    })
    const vias: string[] = []
    for (const id of [1, 2, 3, 4, 5]) {
      const response = await on.session.fetch(`${on.site.origin}/p/${id}`, { extract: { name: 'h1' } })
      vias.push(response.via)
    }
    expect(vias).toEqual(['page', 'page', 'page', 'http', 'http'])
  })
})
