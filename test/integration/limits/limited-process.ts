import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openBroker } from '../../../src/index.ts'

/** A process that makes requests within limits that it shares with others on a store. */
export function startLimited(store: string, origin: string, count: number) {
  const script = fileURLToPath(import.meta.url)
  const key = Buffer.alloc(32, 7).toString('base64')
  const child = spawn(process.execPath, [script, store, origin, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ONEJAR_KEYS: key },
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  return {
    /** Resolves when it has had its first answer. */
    began: once(child.stdout, 'data'),
    /** How many were answered in the end. */
    ended: once(child, 'close').then(() => out.trim().split('\n').at(-1)),
    kill: () => child.kill('SIGKILL'),
  }
}

if (import.meta.main) {
  const [store = '', origin = '', count = ''] = process.argv.slice(2)
  const broker = await openBroker({
    store,
    identity: null,
    robots: false,
    originLimits: [{ concurrency: 2, shared: true }],
  })
  const session = await broker.session(`process ${process.pid}`)
  let answered = 0
  await Promise.all(
    Array.from({ length: Number(count) }, async () => {
      await (await session.fetch(origin)).text()
      process.stdout.write(`${++answered}\n`)
    }),
  )
  await broker.close()
}
