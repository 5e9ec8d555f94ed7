/** Checks that source and pages use the field's terms (docs/glossary.md); prints each place that has a private word. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findPrivateWords } from './lib/words.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGES = ['README.md', 'CONTRIBUTING.md']
/** Names that stay: what users already call, and what other versions find in Redis. */
const KEPT: readonly (readonly [path: string, word: string])[] = [
  ['src/client/broker.ts', 'parked'], // what `rotateProxies()` resolves to
  ['src/services/audited-events.ts', 'parked'], // a state of the event `session`
  ['src/routing/solving/solve-locks.ts', 'visit'], // the name of the lock
]

const files = ['src', 'docs'].flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') || path.endsWith('.md')),
)

let count = 0
for (const path of [...PAGES, ...files.sort()]) {
  for (const { line, found, say } of findPrivateWords(path, readFileSync(`${ROOT}${path}`, 'utf8'))) {
    if (KEPT.some(([file, word]) => file === path && word === found)) continue
    process.stderr.write(`${path}:${line}: "${found}" -> ${say}\n`)
    count++
  }
}
if (count > 0) {
  process.stderr.write(`${count} private words; docs/glossary.md has the terms\n`)
  process.exitCode = 1
}
