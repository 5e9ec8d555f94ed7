// A million hostile Set-Cookie lines, or as many as the first argument says: node scripts/fuzz-cookies.ts [lines] [seed]
import { fuzzCookies } from '../test/property/cookie-fuzz.ts'

const lines = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const start = performance.now()
const result = fuzzCookies(lines, seed, () => performance.now())
const seconds = (performance.now() - start) / 1000
const heapMb = process.memoryUsage().heapUsed / 2 ** 20
process.stdout.write(
  `seed ${seed}: ${result.lines} lines in ${seconds.toFixed(1)} s, ${result.accepted} accepted, ` +
    `at most ${result.held} cookies held, slowest line ${result.slowestMs.toFixed(1)} ms, heap ${heapMb.toFixed(0)} MB\n`,
)
