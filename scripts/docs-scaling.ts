/**
 * Writes the measured figures and what follows from them into docs/scaling.md, between its markers; with `--check` it only says
 * whether the page is current. `node bench/scaling/run.ts --measure --keep` measures the figures.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { ScalingFigures } from '../bench/scaling/figures.ts'
import { ASSUMPTIONS, simulate } from '../bench/scaling/simulate.ts'
import { figuresTable, resultTables, sizesTable } from '../bench/scaling/tables.ts'

const PAGE = new URL('../docs/scaling.md', import.meta.url)
const FIGURES = new URL('../bench/scaling/figures.json', import.meta.url)

const figures = JSON.parse(readFileSync(FIGURES, 'utf8')) as ScalingFigures
const parts: Readonly<Record<string, string>> = {
  figures: figuresTable(figures),
  result: resultTables(simulate(figures, ASSUMPTIONS), ASSUMPTIONS),
  sizes: sizesTable(figures, ASSUMPTIONS),
}
const current = readFileSync(PAGE, 'utf8')
const text = Object.entries(parts).reduce((page, [name, content]) => {
  const begin = `<!-- ${name}: written by scripts/docs-scaling.ts -->`
  const [from, to] = [page.indexOf(begin), page.indexOf(`<!-- end of ${name} -->`)]
  if (from < 0 || to < from) throw new Error(`docs/scaling.md has lost the markers of ${name}`)
  return `${page.slice(0, from)}${begin}\n\n${content}\n${page.slice(to)}`
}, current)

if (process.argv.includes('--check')) {
  if (current !== text) {
    process.stderr.write('docs/scaling.md is not current. Run: node scripts/docs-scaling.ts\n')
    process.exitCode = 1
  }
} else writeFileSync(PAGE, text)
