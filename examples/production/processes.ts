import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url))

/** A process that this example started, and the URL that it listens on. */
export interface Running {
  readonly url: string
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a redis-server on a free port, in memory only. */
export async function startRedis(): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'onejar-redis-'))
  const port = await freePort()
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(process.env['REDIS_SERVER'] ?? 'redis-server', args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await said(child, /Ready to accept connections/)
  child.stdout?.resume()
  return {
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Starts `onejar worker` on a queue; `url` serves its health and its metrics. */
export async function startWorker(queue: string, keys: string): Promise<Running> {
  const args = [BIN, 'worker', '--queue', queue, '--health-port', '0', '--log-level', 'error']
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ONEJAR_KEYS: keys },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [, url = ''] = await said(child, /^ready (\S+)/)
  return { url, [Symbol.asyncDispose]: () => end(child) }
}

/** The first line that a process prints and that matches the pattern. */
async function said(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  const lines = createInterface({ input: child.stdout! })
  const gone = once(child, 'close').then(([code]) => {
    throw new Error(`${child.spawnfile} ended with code ${code} before it was ready`)
  })
  const found = (async () => {
    for await (const line of lines) {
      const match = pattern.exec(line)
      if (match) return match
    }
    return gone
  })()
  return Promise.race([found, gone])
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'close')
  child.kill('SIGTERM')
  await gone
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
