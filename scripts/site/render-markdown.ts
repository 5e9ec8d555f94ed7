import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { Marked } from 'marked'
import { escapeHtml } from './escape-html.ts'
import { targetOf } from './list-pages.ts'

export interface Heading {
  readonly depth: number
  readonly id: string
  readonly text: string
}

export interface Rendered {
  readonly html: string
  readonly headings: readonly Heading[]
  /** Files of the repository that are no pages and that the page links to: the site shows them as they are. */
  readonly files: readonly string[]
}

/** What a page may link to. */
export interface Links {
  readonly root: string
  /** The Markdown files that the site has a page for, in its order. */
  readonly pages: readonly string[]
}

/**
 * A page of the repository as HTML, whose links lead to pages of the site.
 *
 * @param file - of the repository: links are relative to it
 * @throws Error for a link to a file that is not there
 */
export function renderMarkdown(text: string, file: string, links: Links): Rendered {
  const headings: Heading[] = []
  const files: string[] = []
  const ids = new Set<string>()
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const html = this.parser.parseInline(tokens)
        const plain = plainText(html)
        const id = unused(slugOf(plain), ids)
        headings.push({ depth, id, text: plain })
        return `<h${depth} id="${id}">${html} <a class="anchor" href="#${id}" aria-label="Link to this">#</a></h${depth}>\n`
      },
      link({ href, tokens }) {
        return `<a href="${escapeHtml(hrefOf(href, file, links, files))}">${this.parser.parseInline(tokens)}</a>`
      },
      image({ href, text }) {
        return imageOf(href, text, file, links)
      },
      code({ text, lang }) {
        return `<pre><code${lang ? ` data-lang="${escapeHtml(lang)}"` : ''}>${escapeHtml(text)}\n</code></pre>\n`
      },
      html({ text }) {
        // Comments that scripts look for; there is no other HTML in the pages.
        return text.trim().startsWith('<!--') ? '' : escapeHtml(text)
      },
    },
  })
  const body = marked.parse(text, { async: false })
  const html = body
    .replaceAll('<table>', '<div class="wide"><table>')
    .replaceAll('</table>', '</table></div>')
  return { html, headings, files }
}

/** A drawing of the repository, within the page: it needs no file beside it, and takes part in light and dark. */
function imageOf(href: string, text: string, file: string, { root }: Links): string {
  const path = normalize(join(dirname(file), href))
  if (!path.endsWith('.svg') || /^[a-z]+:/.test(href) || !existsSync(join(root, path)))
    throw new Error(`${file}: the picture ${href} (${text}) is no drawing that is there`)
  return readFileSync(join(root, path), 'utf8').trim()
}

function hrefOf(href: string, file: string, { root, pages }: Links, files: string[]): string {
  if (/^(?:https?:|#|mailto:)/.test(href)) return href
  const [path = '', fragment] = href.split('#', 2)
  const wanted = normalize(join(dirname(file), path)).replace(/\/$/, '')
  const hash = fragment === undefined ? '' : `#${fragment}`
  for (const name of [wanted, `${wanted}/README.md`]) if (pages.includes(name)) return targetOf(name) + hash
  const first = pages.find((name) => name.startsWith(`${wanted}/`))
  if (first !== undefined) return targetOf(first)
  const at = join(root, wanted)
  if (!existsSync(at) || statSync(at).isDirectory())
    throw new Error(`${file}: the link ${href} leads nowhere`)
  files.push(wanted)
  return targetOfFile(wanted)
}

/** Where a file that is no page is shown. */
export function targetOfFile(file: string): string {
  return `files-${file.replaceAll('/', '-')}.html`
}

/** The id of a heading as GitHub makes it: links within the pages are written for that. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

function unused(id: string, ids: Set<string>): string {
  let name = id
  for (let number = 1; ids.has(name); number++) name = `${id}-${number}`
  ids.add(name)
  return name
}

/** The text of a piece of HTML. */
export function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
