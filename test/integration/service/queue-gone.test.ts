import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const INDEX = fileURLToPath(new URL('../../../src/index.ts', import.meta.url))

/** What a program prints that asks for a solve where no queue is; it has to end by itself. */
const PROGRAM = `
import { openBroker } from ${JSON.stringify(INDEX)}
const options = { store: 'memory', queue: 'redis://127.0.0.1:1', browser: false, identity: null, robots: false }
const broker = await openBroker(options)
const session = await broker.session('a')
const failed = await session.solveChallenge('http://127.0.0.1:9/').catch(({ code }) => code)
await broker.close()
console.log(failed)
`

it('a process whose queue was never there ends when its broker is closed', async () => {
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', PROGRAM])
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  const [code] = await once(child, 'close')
  expect([out.trim(), code]).toEqual(['ONEJAR_QUEUE_UNAVAILABLE', 0])
})
