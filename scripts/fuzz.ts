// A million hostile inputs, half of them Set-Cookie lines and half of them spoilt files and stored entries, or as many as the
// first argument says: node scripts/fuzz.ts [inputs] [seed]
import { fuzzCodecs } from '../test/property/codec-fuzz.ts'
import { fuzzCookies } from '../test/property/cookie-fuzz.ts'

const half = Math.ceil(Number(process.argv[2] ?? 1_000_000) / 2)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const say = (what: string, start: number, found: string) => {
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const heapMb = (process.memoryUsage().heapUsed / 2 ** 20).toFixed(0)
  process.stdout.write(`seed ${seed}: ${half} ${what} in ${seconds} s, ${found}, heap ${heapMb} MB\n`)
}
let start = performance.now()
const lines = fuzzCookies(half, seed, () => performance.now())
say(
  'Set-Cookie lines',
  start,
  `${lines.accepted} accepted, at most ${lines.held} cookies held, slowest ${lines.slowestMs.toFixed(1)} ms`,
)
start = performance.now()
const files = fuzzCodecs(half, seed, () => performance.now())
say('files and entries', start, `${files.read} read, slowest ${files.slowestMs.toFixed(1)} ms`)
