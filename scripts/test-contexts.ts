/**
 * Runs the specs of test/sync on contexts that somebody else made, one kind after the other: every spec in which a session lives in one
 * context from the beginning to the end. Those that are about contexts of Onejar's own (`@own`), the runner, and the soak are left out.
 *
 *     node scripts/test-contexts.ts [part of the name of a kind] [what playwright test takes]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ATTACHABLE } from '../test/support/attachable.ts'

const [part = '', ...more] = process.argv.slice(2)
const SPECS = ['cookies', 'storage', 'hostile', 'isolation', 'lifecycle']

const results: string[] = []
let failed = 0
for (const kind of [...Object.keys(ATTACHABLE), 'runner'].filter((name) => name.includes(part))) {
  console.log(`\nContexts: ${kind}`)
  const child = spawn('playwright', ['test', ...SPECS, '--grep-invert', '@own', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ONEJAR_CONTEXTS: kind },
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    process.stdout.write(text)
  })
  const [code] = await once(child, 'exit')
  const passed = /(\d+) passed/.exec(said)?.[1] ?? '0'
  if (code !== 0) failed++
  results.push(`${kind}: ${passed} passed${code === 0 ? '' : `, exit code ${code}`}`)
}
console.log(`\n${results.join('\n')}`)
process.exitCode = failed === 0 ? 0 : 1
