import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../../../examples/production/run.ts', import.meta.url))

it('a crawl of three sites through pool, proxies, workers, Redis and metrics is right in every layer', async () => {
  const counts = { pages: 90, rendered: 6, 'browser-only': 10, sessions: 2, workers: 1 }
  const flags = Object.entries(counts).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(process.execPath, [RUN, ...flags])
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(output).not.toContain('NOT AS IT SHOULD BE')
  expect(output).toContain('106 of 106')
  expect(output).toMatch(/with a challenge +90 http\n/)
  expect(output).toMatch(/have to be rendered +6 page\n/)
  expect(output).toMatch(/for browsers only +(?:\d+ page, )?\d+ page-fetch\n/)
  expect(output).toContain('13 of 13')
  expect(code).toBe(0)
})
