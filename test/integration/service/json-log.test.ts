import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, it } from 'vitest'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

const BIN = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))

const home = mkdtempSync(join(tmpdir(), 'onejar-log-'))
let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Starts a command that lasts; what it writes to stderr is kept. */
function start(args: readonly string[]) {
  const running = spawn(process.execPath, ['--trace-warnings', BIN, ...args], {
    env: { ...process.env, ONEJAR_HOME: home, ONEJAR_KEYS: '' },
  })
  child = running
  const written: Buffer[] = []
  running.stderr.on('data', (chunk: Buffer) => written.push(chunk))
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]()
  return {
    first: async () => (await lines.next()).value as string | undefined,
    end: async (signal?: NodeJS.Signals) => {
      const closed = once(running, 'close')
      if (signal !== undefined) running.kill(signal)
      const [code] = await closed
      return { code, log: Buffer.concat(written).toString().split('\n').filter(Boolean) }
    },
  }
}

const parsed = (log: readonly string[]) => log.map((line) => JSON.parse(line) as Record<string, unknown>)

it('serve writes JSON and nothing else to its log, warnings and alerts included', async () => {
  await using site = await startHttpServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.writeHead(403, { server: 'cloudflare', 'cf-ray': '8f2a' })
    response.end('<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>')
  })
  const serve = start(['serve', '--port', '0', '--store', 'memory', '--allow-address', 'any'])
  const url = await serve.first()
  const response = await fetch(`${url}/v1/fetch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ session: 'alice', url: site.origin }),
  })
  expect(response.status).toBe(409)
  const { code, log } = await serve.end('SIGTERM')
  expect(code).toBe(0)
  const lines = parsed(log)
  expect(lines).toContainEqual(expect.objectContaining({ level: 'info', url, msg: 'the service listens' }))
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: 'security alert', origin: site.origin }),
  )
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'info', msg: 'session created', proxy: 'direct' }),
  )
})

it('worker does too, also where it cannot start', async () => {
  const bad = await start(['worker']).end()
  expect(bad.code).toBe(2)
  expect(parsed(bad.log)).toMatchObject([
    { level: 'error', msg: expect.stringContaining('--queue is missing') },
  ])

  const redis = await RedisServer.start()
  try {
    const worker = start(['worker', '--queue', redis.url])
    expect(await worker.first()).toBe('ready')
    await redis.kill()
    const { code, log } = await worker.end('SIGTERM')
    expect(code).toBe(0)
    parsed(log)
  } finally {
    await redis.stop()
  }
})
