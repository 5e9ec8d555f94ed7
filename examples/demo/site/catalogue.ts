import { escapeHtml } from '../html.ts'
import { withChecksum } from './checksum.ts'
import { type Item, makeItem } from './item.ts'
import { layout } from './layout.ts'

/** Items on a list page. */
export const ITEMS_PER_LIST = 20

/** How many list pages a shop of that many items has. */
export function listCount(items: number): number {
  return Math.ceil(items / ITEMS_PER_LIST)
}

/** The page of one item, 4 to 8 kB. */
export function itemPage(number: number, items: number): string {
  const item = makeItem(number, items)
  const facts = Object.entries(item.facts)
    .map(([name, value]) => `<tr><th scope="row">${name}</th><td>${escapeHtml(value)}</td></tr>`)
    .join('')
  const reviews = item.reviews
    .map(({ author, stars, text }) => {
      const byline = `<strong>${escapeHtml(author)}</strong> ${'★'.repeat(stars)}${'☆'.repeat(5 - stars)}`
      return `<article class="review"><p>${byline}</p><p>${escapeHtml(text)}</p></article>`
    })
    .join('\n')
  const related = item.related.map((other) => itemLink(makeItem(other, items))).join('\n')
  return layout(
    item.name,
    withChecksum(`<h1>${escapeHtml(item.name)}</h1>
<p class="price">${price(item)}</p>
${item.paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
<h2>Details</h2><table><tbody>${facts}</tbody></table>
<h2>What people say</h2>${reviews}
<h2>Goes well with</h2><ul class="items">${related}</ul>`),
  )
}

/** A page that lists twenty items; `list` counts from 1. */
export function listPage(list: number, items: number): string {
  const first = (list - 1) * ITEMS_PER_LIST + 1
  const last = Math.min(items, first + ITEMS_PER_LIST - 1)
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  const rows = numbers.map((number) => itemLink(makeItem(number, items))).join('\n')
  return layout(
    `Items ${first} to ${last}`,
    withChecksum(`<h1>Items ${first} to ${last} of ${items}</h1>
<ul class="items">${rows}</ul>
<nav>${pagination(list, listCount(items))}</nav>`),
  )
}

/** The page that leads to all list pages. */
export function indexPage(items: number): string {
  const links = Array.from(
    { length: listCount(items) },
    (_, index) => `<li><a href="/catalogue/${index + 1}">Page ${index + 1}</a></li>`,
  )
  return layout(
    'Catalogue',
    withChecksum(`<h1>Catalogue</h1>\n<p>${items} items.</p>\n<ul>${links.join('\n')}</ul>`),
  )
}

function itemLink(item: Item): string {
  const teaser = item.paragraphs[0]?.slice(0, 80) ?? ''
  return `<li><a href="/item/${item.number}">${escapeHtml(item.name)}</a><br>${price(item)}<p>${escapeHtml(teaser)}…</p></li>`
}

function pagination(list: number, lists: number): string {
  const previous = list > 1 ? `<a href="/catalogue/${list - 1}">Previous</a>` : ''
  const next = list < lists ? `<a href="/catalogue/${list + 1}">Next</a>` : ''
  return `${previous} <span>Page ${list} of ${lists}</span> ${next}`
}

function price(item: Item): string {
  return `€ ${(item.priceCents / 100).toFixed(2)}`
}
