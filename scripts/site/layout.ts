import { escapeHtml } from './escape-html.ts'
import type { Heading } from './render-markdown.ts'

export interface MenuEntry {
  readonly target: string
  readonly title: string
}

export interface MenuSection {
  readonly title: string
  readonly isForMaintainers: boolean
  readonly entries: readonly MenuEntry[]
}

export interface Layout {
  readonly title: string
  readonly target: string
  readonly html: string
  readonly headings: readonly Heading[]
  readonly menu: readonly MenuSection[]
}

/** A whole page. Everything it needs is beside it, so that it works from a disk, too. */
export function layout({ title, target, html, headings, menu }: Layout): string {
  const contents = headings.filter(({ depth }) => depth === 2)
  const here = menu.find(({ entries }) => entries.some((entry) => entry.target === target))
  const note = here?.isForMaintainers
    ? '<p class="note">For those who change Onejar. Who uses it needs none of this.</p>'
    : ''
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Onejar</title>
<link rel="stylesheet" href="site.css">
<header><a class="home" href="index.html">Onejar</a>
<form role="search"><input id="search" type="search" placeholder="Search" aria-label="Search" autocomplete="off"></form>
<a class="to-menu" href="#menu">Menu</a></header>
<div class="found" id="found" role="region" aria-label="Search results" hidden></div>
<div class="columns">
<main>${note}
${html}</main>
${contents.length > 2 ? `<aside aria-label="On this page"><b>On this page</b>${listOf(contents.map(({ id, text }) => ({ target: `#${id}`, title: text })))}</aside>` : ''}
<nav id="menu" aria-label="Pages">${menu.map((section) => menuSection(section, target)).join('')}</nav>
</div>
<script src="search-index.js"></script><script src="search.js"></script>
</html>
`
}

function menuSection({ title, entries, isForMaintainers }: MenuSection, target: string): string {
  const list = listOf(entries, target)
  if (!isForMaintainers) return `<b>${escapeHtml(title)}</b>${list}`
  const isOpen = entries.some((entry) => entry.target === target)
  return `<details${isOpen ? ' open' : ''}><summary>${escapeHtml(title)}</summary>${list}</details>`
}

function listOf(entries: readonly MenuEntry[], target?: string): string {
  const items = entries.map((entry) => {
    const current = entry.target === target ? ' aria-current="page"' : ''
    return `<li><a href="${escapeHtml(entry.target)}"${current}>${escapeHtml(entry.title)}</a></li>`
  })
  return `<ul>${items.join('')}</ul>`
}
