/**
 * Onejar beside what people use for the same, from a folder with dependencies of its own: `npm run bench:peers`, with `--rounds N`,
 * `--pages N` (of the gated site), `--sample N` (of it, for crawlers that need a browser), `--scale 0.01` to see that all works.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median, race } from '../measure.ts'
import { figure, rateLine, ratio, textTable } from '../report.ts'
import { startGatedServer } from '../routing/gated-server.ts'
import { startBenchServer } from '../server.ts'
import { clientPeers } from './clients.ts'
import { crawlOnce, type PeerCrawl } from './crawlers.ts'
import { installPeers } from './install.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'clients,crawlers' },
    rounds: { type: 'string', default: '5' },
    pages: { type: 'string', default: '1000' },
    sample: { type: 'string', default: '24' },
    scale: { type: 'string', default: '1' },
    out: { type: 'string', default: join(import.meta.dirname, '..', 'out') },
  },
})
const [rounds, pages, sample, scale] = [values.rounds, values.pages, values.sample, values.scale].map(
  Number,
) as [number, number, number, number]
const parts = new Set(values.only.split(','))
await installPeers()
const kept: Record<string, unknown> = {}

if (parts.has('clients')) {
  const server = await startBenchServer()
  const { peers, missing } = await clientPeers(server.origin)
  const results = await race(peers, rounds, () => {}, scale)
  for (const peer of peers) await peer.close?.()
  await server.close()
  for (const result of results) console.log(rateLine(result))
  for (const { name, why } of missing) console.log(`${name}: cannot be had here (${why})`)
  const ours = 'session.request'
  const rows = results
    .filter(({ name }) => name !== ours)
    .map(({ name, rounds: theirs }) => {
      const mine = results.find((result) => result.name === ours)?.rounds ?? []
      const all = mine.map((rate, at) => rate / (theirs[at] ?? Number.NaN))
      const { value } = ratio(results, ours, name)
      return [name, value.toFixed(2), `${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}`]
    })
  console.log(`\n${textTable([[`${ours} /`, 'median', 'in the rounds'], ...rows])}\n`)
  Object.assign(kept, { clients: results, missing })
}
if (parts.has('crawlers')) {
  const site = await startGatedServer()
  const all: PeerCrawl[][] = []
  for (let round = 0; round < rounds; round++) all.push(await crawlOnce(site, pages, sample))
  await site.close()
  const mine = all.map(([first]) => first?.perSecond ?? 0)
  const rows = (all[0] ?? []).map(({ name, wanted }, at) => {
    const theirs = all.map((crawls) => crawls[at])
    const rates = theirs.map((crawl) => crawl?.perSecond ?? 0)
    const got = median(theirs.map((crawl) => crawl?.got ?? 0))
    const ratios = mine.map((rate, round) => rate / (rates[round] ?? 0))
    const beside =
      got === 0
        ? 'gets nothing'
        : `${figure(median(ratios))} (${figure(Math.min(...ratios))} to ${figure(Math.max(...ratios))})`
    const solves = theirs.map((crawl) => crawl?.solves ?? 0).join(', ')
    return [name, `${got} of ${wanted}`, figure(median(rates)), beside, solves]
  })
  console.log(textTable([['a gated site', 'pages', 'pages/s', 'Onejar / this', 'solves'], ...rows]))
  Object.assign(kept, { crawlers: all })
}

await mkdir(values.out, { recursive: true })
const file = join(values.out, `peers-${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
const manifest = JSON.parse(await readFile(join(import.meta.dirname, 'package.json'), 'utf8'))
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model }
const about = { at: new Date(), machine, versions: manifest.dependencies }
await writeFile(file, `${JSON.stringify({ ...about, ...kept }, null, 2)}\n`)
console.log(`\n${file}`)
