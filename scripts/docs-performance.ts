/**
 * Draws the curves of docs/performance.md (docs/performance/*.svg) and writes what is generated of the page, between its markers; with
 * `--check` it only says whether they are current. `npm run bench:curves -- --keep` measures the figures.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { CurveFigures, StageFigures } from '../bench/curves/curves.ts'
import { performancePage } from './lib/performance-page.ts'

const PAGE = new URL('../docs/performance.md', import.meta.url)
const CHARTS = new URL('../docs/performance/', import.meta.url)
const figuresOf = <Kept>(name: string) =>
  JSON.parse(readFileSync(new URL(`../bench/curves/${name}.json`, import.meta.url), 'utf8')) as Kept

const { parts, charts } = performancePage(
  figuresOf<CurveFigures>('figures'),
  figuresOf<StageFigures>('stages'),
)
const current = readFileSync(PAGE, 'utf8')
const text = Object.entries(parts).reduce((page, [name, content]) => {
  const begin = `<!-- ${name}: written by scripts/docs-performance.ts -->`
  const [from, to] = [page.indexOf(begin), page.indexOf(`<!-- end of ${name} -->`)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost the markers of ${name}`)
  return `${page.slice(0, from)}${begin}\n\n${content}\n${page.slice(to)}`
}, current)

mkdirSync(CHARTS, { recursive: true })
const drawn = new Map(
  readdirSync(CHARTS)
    .filter((name) => name.endsWith('.svg'))
    .map((name) => [name, readFileSync(new URL(name, CHARTS), 'utf8')]),
)
if (process.argv.includes('--check')) {
  const names = new Set([...drawn.keys(), ...charts.keys()])
  const stale = [...names].filter((name) => drawn.get(name) !== charts.get(name))
  if (current !== text) stale.push('docs/performance.md')
  if (stale.length > 0) {
    process.stderr.write(`Not current: ${stale.join(', ')}. Run: node scripts/docs-performance.ts\n`)
    process.exitCode = 1
  }
} else {
  writeFileSync(PAGE, text)
  for (const name of drawn.keys()) if (!charts.has(name)) rmSync(new URL(name, CHARTS))
  for (const [name, svg] of charts) writeFileSync(new URL(name, CHARTS), svg)
}
