// Generated cookie cases, put to Onejar and to a real Chromium; prints every disagreement, and ends with 1 if there is one:
// node scripts/fuzz-chromium.ts [lines|scripts|histories|all] [rounds] [seed]
import { startChromiumOracle } from '../test/conformance/cookies/chromium-oracle.ts'
import { FUZZERS, fuzzChromium } from '../test/conformance/cookies/fuzz/fuzz-chromium.ts'

const [which = 'all', rounds = '20', first = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
const seed = Number(first)
const oracle = await startChromiumOracle()
let disagreements = 0
try {
  for (const kind of FUZZERS.filter((each) => which === 'all' || which === each)) {
    const start = performance.now()
    const found = await fuzzChromium(oracle, kind, Number(rounds), seed, (note) => process.stderr.write(note))
    disagreements += found.disagreements.length
    for (const { seed: own, case: made, what } of found.disagreements) {
      process.stdout.write(`${kind}, seed ${own}: ${JSON.stringify(made)}\n    ${what.join('\n    ')}\n`)
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    process.stdout.write(
      `${kind}: ${found.cases} cases from seed ${seed} in ${seconds} s, ${found.disagreements.length} disagree, ` +
        `${found.unasked} could not be asked\n`,
    )
  }
} finally {
  await oracle.close()
}
process.exitCode = disagreements > 0 ? 1 : 0
