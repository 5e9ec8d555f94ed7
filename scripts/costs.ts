/**
 * Counts what requests, sessions, barriers and solves cost in things that do not depend on the machine (bytes allocated, round trips,
 * DevTools commands, page loads), and says what differs from test/integration/costs/costs.json. `--update` keeps the counts there:
 * the reasons are for you to write.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { compareCosts, type ExpectedCosts, withCounts } from '../test/integration/costs/compare-costs.ts'
import { measureCosts } from '../test/integration/costs/measure-costs.ts'
import { closeSpareBrowsers } from '../test/support/browser-pool.ts'

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } })
const file = new URL('../test/integration/costs/costs.json', import.meta.url)
const expected = JSON.parse(readFileSync(file, 'utf8')) as ExpectedCosts

const counted = await measureCosts()
const { grown, fewer } = compareCosts(expected, counted)
for (const line of grown) console.log(`more   ${line}`)
for (const line of fewer) console.log(`fewer  ${line}`)
console.log(`${Object.keys(counted).length} counts, ${grown.length} grown, ${fewer.length} fewer`)
if (values.update) writeFileSync(file, `${JSON.stringify(withCounts(expected, counted), null, 2)}\n`)
else if (grown.length > 0) process.exitCode = 1
await closeSpareBrowsers()
process.exit()
