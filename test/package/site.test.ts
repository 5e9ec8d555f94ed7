import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildSite, type Site } from '../../scripts/site/build-site.ts'
import { listPages } from '../../scripts/site/list-pages.ts'
import { plainText, renderMarkdown } from '../../scripts/site/render-markdown.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

let site: Site
beforeAll(() => {
  site = buildSite(root)
}, 120_000)

describe('the site', () => {
  it('has every page of the docs, the examples and the API, each once', () => {
    const names = [...site.pages.keys()]
    expect(names).toEqual(
      expect.arrayContaining([
        'index.html',
        'getting-started.html',
        'api-onejar.html',
        'api-onejar-crawlee.html',
      ]),
    )
    expect(listPages(root).length).toBeGreaterThan(60)
    expect(new Set(names).size).toBe(names.length)
  })

  it('has no link that leads nowhere, within the site or to another site without TLS', () => {
    const idsOf = (html: string) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    const ids = new Map([...site.pages].map(([name, html]) => [name, idsOf(html)]))
    const broken = [...site.pages].flatMap(([name, html]) =>
      [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].flatMap(([, href = '']) => {
        if (/^https:|^site\.css$|^search(?:-index)?\.js$/.test(href)) return []
        const [page = '', id] = href.split('#', 2)
        const known = ids.get(page === '' ? name : page)
        return known === undefined || (id && !known.has(id)) ? [`${name}: ${href}`] : []
      }),
    )
    expect(broken).toEqual([])
  })

  it('works from a disk: nothing is loaded from elsewhere', () => {
    for (const html of site.pages.values())
      expect(html).not.toMatch(/(?:src|stylesheet" href)="(?:https?:)?\/\//)
    expect(site.script.startsWith('window.SEARCH = [')).toBe(true)
    expect(site.script).not.toContain('</script')
  })

  it('keeps what is for maintainers apart, and shows docstrings as API pages', () => {
    const menu = site.pages.get('index.html')!
    expect(menu).toMatch(/<details><summary>Inside<\/summary>.*decisions-crawlee\.html/s)
    expect(site.pages.get('decisions-crawlee.html')).toContain('For those who change Onejar')
    const api = site.pages.get('api-onejar.html')!
    expect(api).toContain('<h3 id="sessionpage">')
    expect(api).toContain('an open page keeps the process alive')
  })
})

describe('a page in Markdown', () => {
  const render = (text: string) =>
    renderMarkdown(text, 'docs/x.md', { root, pages: ['docs/cli.md', 'docs/recipes/a.md'] })

  it('has ids as GitHub makes them, its links made pages', () => {
    const { html, headings, files } = render(
      '# A `b`, c\n\n## A\n\n## A\n\n[cli](cli.md#onejar-tls-url) [license](../LICENSE) [all](recipes)',
    )
    expect(headings.map(({ id }) => id)).toEqual(['a-b-c', 'a', 'a-1'])
    expect(html).toContain('href="cli.html#onejar-tls-url"')
    expect(html).toContain('href="recipes-a.html"')
    expect(files).toEqual(['LICENSE'])
  })

  it('makes no element of what code or HTML in it says', () => {
    const { html } = render(
      '`<script>` <b onclick="x">y</b>\n\n```ts\n"</code><script>alert(1)</script>"\n```\n\n<!-- note -->',
    )
    expect(html).not.toMatch(/<(?:script|b)\b/)
    expect(html).not.toContain('note')
    expect(plainText(html)).toContain('<script>alert(1)</script>')
  })

  it('fails at a link that leads nowhere', () => {
    expect(() => render('[x](nowhere.md)')).toThrow('docs/x.md: the link nowhere.md leads nowhere')
  })
})
