import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const bench = fileURLToPath(new URL('../../../bench/crawlee/run.ts', import.meta.url))

it('the measurement of a gated site runs, in small: one solve, and faster than pages', async () => {
  const args = [bench, '--pages', '60', '--sample', '2', '--rounds', '1', '--json']
  const { stdout } = await run(process.execPath, args, { timeout: 110_000 })
  const { ours, ratio } = JSON.parse(stdout.trim().split('\n').at(-1)!)
  expect(ours).toMatchObject([{ pages: 60, solves: 1 }])
  // What the ratio is on a quiet machine with a thousand pages is for `npm run bench:crawlee` to say.
  expect(ratio).toBeGreaterThan(1)
})
