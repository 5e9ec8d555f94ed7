/**
 * Puts the examples' code into the pages: what stands after a line `<!-- example: PATH -->`, as a block of code, is the file of
 * `examples/`. With `--check` it only says whether all are current.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withExamples } from './lib/with-examples.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const readExample = (path: string) => readFileSync(`${root}examples/${path}`, 'utf8')

const pages = readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => `docs/${path.replaceAll('\\', '/')}`)
for (const page of ['README.md', ...pages]) {
  const text = readFileSync(root + page, 'utf8')
  const current = withExamples(text, readExample)
  if (current === text) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`${page} is not current. Run: node scripts/docs-examples.ts\n`)
    process.exitCode = 1
  } else writeFileSync(root + page, current)
}
