import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Declarations } from '../lib/declarations.ts'
import { withDeclarations } from '../lib/emit-declarations.ts'
import { apiPage } from './api-page.ts'
import { escapeHtml } from './escape-html.ts'
import { layout, type MenuSection } from './layout.ts'
import { listPages, type SourcePage } from './list-pages.ts'
import { SECTIONS } from './pages.ts'
import { type Rendered, renderMarkdown, targetOfFile } from './render-markdown.ts'
import { type SearchEntry, searchEntries, searchScript } from './search-index.ts'

export interface Site {
  /** HTML by file name. */
  readonly pages: ReadonlyMap<string, string>
  readonly script: string
}

const API = 'API'

/** @throws Error for a link that leads nowhere, and a page that no section has */
export function buildSite(root: string): Site {
  const sources = [...listPages(root), ...apiPages(root)]
  const menu = menuOf(sources)
  const pages = new Map<string, string>()
  const entries: SearchEntry[] = []
  const files = new Set<string>()
  for (const { file, target, title, text } of sources) {
    const {
      html,
      headings,
      files: linked,
    }: Rendered = renderMarkdown(text, file, { root, pages: sources.map((source) => source.file) })
    if (pages.has(target)) throw new Error(`Two pages would be ${target}`)
    pages.set(target, layout({ title, target, html, headings, menu }))
    entries.push(...searchEntries(target, title, html))
    for (const name of linked) files.add(name)
  }
  for (const file of files) {
    const code = escapeHtml(readFileSync(join(root, file), 'utf8'))
    const html = `<h1>${escapeHtml(file)}</h1>\n<pre><code>${code}</code></pre>`
    pages.set(
      targetOfFile(file),
      layout({ title: file, target: targetOfFile(file), html, headings: [], menu }),
    )
  }
  return { pages, script: searchScript(entries) }
}

function apiPages(root: string): SourcePage[] {
  return withDeclarations(root, (subpaths) => {
    const declarations = new Declarations()
    return subpaths.map(({ specifier, entry }): SourcePage => {
      const target = `api-${specifier.replace('/', '-')}.html`
      const text = apiPage(specifier, declarations, entry)
      const file = `docs/${target.replace('.html', '.md')}`
      return { file, target, title: specifier, section: API, isForMaintainers: false, text }
    })
  })
}

function menuOf(sources: readonly SourcePage[]): MenuSection[] {
  const titles = SECTIONS.map(({ title }) => title)
  const users = SECTIONS.filter(({ isForMaintainers }) => !isForMaintainers).length
  titles.splice(users, 0, API)
  return titles.map((title) => {
    const own = sources.filter(({ section }) => section === title)
    const isForMaintainers = own.some((source) => source.isForMaintainers)
    return { title, isForMaintainers, entries: own.map(({ target, title }) => ({ target, title })) }
  })
}
