/** Checks that source and pages use the field's terms (docs/glossary.md); prints each place that has a private word. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findPrivateWords } from './lib/words.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGES = ['README.md', 'CONTRIBUTING.md']
/** What still has to be rewritten: paths, and folders with a slash at the end. It only ever gets shorter. */
const LATER: readonly string[] = [
  'docs/architecture.md',
  'src/session/',
  'src/client/',
  'src/pipeline/',
  'src/services/',
  'src/routing/',
  'src/browsing/',
  'src/browser/',
  'src/queue/',
  'src/service/open-sessions.ts',
]

const files = ['src', 'docs'].flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') || path.endsWith('.md')),
)

let count = 0
for (const path of [...PAGES, ...files.sort()]) {
  if (LATER.some((later) => (later.endsWith('/') ? path.startsWith(later) : path === later))) continue
  for (const { line, found, say } of findPrivateWords(path, readFileSync(`${ROOT}${path}`, 'utf8'))) {
    process.stderr.write(`${path}:${line}: "${found}" -> ${say}\n`)
    count++
  }
}
if (count > 0) {
  process.stderr.write(`${count} private words; docs/glossary.md has the terms\n`)
  process.exitCode = 1
}
