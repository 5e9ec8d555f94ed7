import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { RedisServer } from '../../support/redis-server.ts'

const BIN = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))

let redis: RedisServer
let child: ChildProcess | undefined
let said: string
beforeEach(async () => {
  redis = await RedisServer.start()
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await redis.stop()
})

/** Starts a command that lasts, and resolves to its first line. */
async function start(...args: string[]): Promise<string> {
  said = ''
  child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, ONEJAR_KEYS: generateKey() } })
  child.stderr?.on('data', (chunk) => {
    said += String(chunk)
  })
  const lines = createInterface({ input: child.stdout! })
  for await (const line of lines) return line
  throw new Error(`it ended: ${said}`)
}

/** How it ends, and after how many milliseconds. */
async function ended(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }> {
  const running = child as ChildProcess
  const startedAt = performance.now()
  const gone = new Promise<number | null>((resolve) => running.once('close', resolve))
  running.kill(signal)
  const code = await gone
  return { code, ms: performance.now() - startedAt }
}

async function setCookie(url: string, session: string): Promise<number> {
  const response = await fetch(`${url}/v1/sessions/${session}/cookies`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'https://shop.example/', lines: ['sid=canary-value; Max-Age=3600'] }),
  })
  await response.text()
  return response.status
}

describe('a service that is asked to end while Redis is away', () => {
  it.each(['kill', 'pause'] as const)('ends in time and says what is lost: %s', async (how) => {
    const url = await start('serve', '--port', '0', '--store', redis.url)
    for (const id of ['canary-alice', 'canary-bob']) expect(await setCookie(url, id)).toBe(200)
    await redis[how]()
    expect(await setCookie(url, 'canary-alice')).toBe(503)
    const { code, ms } = await ended('SIGTERM')
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
    const lines = said.split('\n').filter((line) => line.includes('could not be written'))
    const [one, all] = lines.map((line) => JSON.parse(line))
    expect(one).toMatchObject({ session: expect.stringMatching(/^[\w-]{22}$/), entries: expect.any(Number) })
    expect(all).toMatchObject({ sessions: 1, entries: one.entries })
    expect(said).not.toContain('canary')
  })

  it('ends at once at a second signal', async () => {
    const url = await start('serve', '--port', '0', '--store', redis.url)
    await setCookie(url, 'alice')
    redis.pause()
    expect(await setCookie(url, 'alice')).toBe(503)
    const running = child as ChildProcess
    const gone = new Promise<number | null>((resolve) => running.once('close', resolve))
    running.kill('SIGTERM')
    // It listens no more when it has heard the first one.
    for (;;) {
      const refused = await fetch(`${url}/health`).then(
        (response) => response.text().then(() => false),
        () => true,
      )
      if (refused) break
    }
    running.kill('SIGINT')
    // Of the second one: the first one ends it with 0, once it has waited for the store.
    expect(await gone).toBe(130)
  })

  it('is true of a worker', async () => {
    await start('worker', '--queue', redis.url)
    await redis.kill()
    const { code, ms } = await ended('SIGTERM')
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
  })

  it('is true of a worker that waits for its queue', async () => {
    redis.pause()
    const starting = start('worker', '--queue', redis.url).catch(() => {})
    await expect.poll(() => said).toContain('work goes on in memory')
    const { code, ms } = await ended('SIGTERM')
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
    await starting
  })

  it('is quick, and says nothing, where the store takes all', async () => {
    const url = await start('serve', '--port', '0', '--store', redis.url)
    expect(await setCookie(url, 'alice')).toBe(200)
    const { code } = await ended('SIGTERM')
    expect(code).toBe(0)
    expect(said).not.toContain('written')
  })
})
