import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openBroker } from '../../src/index.ts'
import { progressBar } from './crawl/progress.ts'
import { tableOf } from './crawl/summary.ts'
import { runDemo } from './demo.ts'
import { startDemoSiteThread } from './site/thread.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    pages: { type: 'string', default: '300' },
    sample: { type: 'string', default: '20' },
    concurrency: { type: 'string', default: '8' },
  },
})

await using site = await startDemoSiteThread({ pages: count('pages') })
await using broker = await openBroker({ store: 'memory' })
const session = await broker.session('demo')

const { title, figures, html, ok } = await runDemo(session, site, {
  concurrency: count('concurrency'),
  sample: count('sample'),
  onProgress: progressBar(process.stderr),
})

const folder = values.out ? resolve(values.out) : await mkdtemp(join(tmpdir(), 'onejar-demo-'))
const file = join(folder, 'report.html')
await mkdir(folder, { recursive: true })
await writeFile(file, html)
process.stdout.write(`${title}\n\n${tableOf(figures)}\nReport: ${file}\n`)
if (!ok) process.exitCode = 1

function count(name: 'pages' | 'sample' | 'concurrency'): number {
  const given = Number(values[name])
  if (Number.isInteger(given) && given > 0) return given
  throw new TypeError(`--${name} takes a whole number above zero`)
}
