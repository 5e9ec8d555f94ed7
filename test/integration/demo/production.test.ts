import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../../../examples/production/run.ts', import.meta.url))

it('a crawl through pool, proxies, workers, Redis and metrics is right in every layer', async () => {
  const child = spawn(process.execPath, [RUN, '--pages', '90', '--sessions', '2', '--workers', '1'])
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(output).not.toContain('NOT AS IT SHOULD BE')
  expect(output).toContain('90 of 90')
  expect(output).toContain('13 of 13')
  expect(code).toBe(0)
})
