/**
 * Makes `docs/mutants/ROOM.md` from runs that were kept: `npm run mutation -- compliance --out run.json`, then
 * `node scripts/mutants.ts compliance run.json`. Of several runs the last one of a file counts.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { mutantPage, type Reasons } from './lib/mutant-page.ts'
import type { Mutant } from './lib/mutation-score.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}docs/mutants`
const [room, ...files] = process.argv.slice(2)
if (room === undefined || files.length === 0) {
  process.stderr.write('Name a room, and the files of its runs.\n')
  process.exit(2)
}
const runs = files.map((file) => {
  const { command, mutants } = JSON.parse(readFileSync(file, 'utf8')) as {
    command: string
    mutants: Mutant[]
  }
  return { date: statSync(file).mtime.toISOString().slice(0, 10), command, mutants }
})
const reasons = JSON.parse(readFileSync(`${folder}/reasons.json`, 'utf8')) as Record<string, Reasons>
mkdirSync(folder, { recursive: true })
writeFileSync(`${folder}/${room}.md`, mutantPage(room, runs, reasons[room] ?? {}, process.cwd()))
