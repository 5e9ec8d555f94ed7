import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OTHERS, SECTIONS } from './pages.ts'

export interface SourcePage {
  /** Of the Markdown file in the repository. */
  readonly file: string
  /** Of the HTML file in the site: one folder deep at most. */
  readonly target: string
  readonly title: string
  readonly section: string
  readonly isForMaintainers: boolean
  readonly text: string
}

/** Where the page of a Markdown file is in the site. */
export function targetOf(file: string): string {
  if (file === 'README.md') return 'index.html'
  const flat = file.replace(/^docs\//, '').replace(/\/README\.md$/, '.md')
  return flat.replace(/\.md$/, '.html').replaceAll('/', '-').toLowerCase()
}

/**
 * The pages of the site, in its order.
 *
 * @throws Error for a page that is listed and not there
 */
export function listPages(root: string): SourcePage[] {
  const sections = SECTIONS.map((section) => ({
    ...section,
    files: [...new Set(section.files.flatMap((file) => pagesAt(root, file)))],
  }))
  const listed = new Set(sections.flatMap(({ files }) => files))
  const others = pagesAt(root, 'docs').filter((file) => !listed.has(file))
  return sections.flatMap(({ title, files, isForMaintainers = false }) =>
    [...files, ...(title === OTHERS ? others : [])].map((file): SourcePage => {
      const text = readFileSync(join(root, file), 'utf8')
      const target = targetOf(file)
      return { file, target, title: titleOf(text, file), section: title, isForMaintainers, text }
    }),
  )
}

function pagesAt(root: string, path: string): string[] {
  if (!existsSync(join(root, path)))
    throw new Error(`scripts/site/pages.ts lists ${path}, which is not there`)
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
    .map((name) => `${path}/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md'))
    .sort()
}

function titleOf(text: string, file: string): string {
  const title = /^# (.+)$/m.exec(text)?.[1]
  if (title === undefined) throw new Error(`${file} has no title`)
  return title.replaceAll('`', '')
}
