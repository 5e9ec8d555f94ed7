/** Makes the site in `out/site` from the pages and docstrings of this checkout: HTML that works from a disk, with a search. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildSite } from './site/build-site.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'out/site') } } })

const { pages, script } = buildSite(root)
rmSync(values.out, { recursive: true, force: true })
mkdirSync(values.out, { recursive: true })
for (const [name, html] of pages) writeFileSync(join(values.out, name), html)
writeFileSync(join(values.out, 'search-index.js'), script)
for (const file of ['site.css', 'search.js'])
  copyFileSync(fileURLToPath(new URL(`site/${file}`, import.meta.url)), join(values.out, file))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string
}
process.stdout.write(`${pages.size} pages of onejar ${version} in ${values.out}: open index.html\n`)
