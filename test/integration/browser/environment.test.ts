import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryBroker } from '../../support/broker.ts'
import { chromiumProcesses, rendererProcesses } from '../../support/processes.ts'

/** By kind: what of Onejar's and its callers' environment may hold a secret. */
const SECRETS = {
  ONEJAR_KEYS: 'canary-keys-5f2c91',
  ONEJAR_TOKEN: 'canary-token-5f2c92',
  ONEJAR_CRED_ALICE: 'alice:canary-cred-5f2c93',
  ONEJAR_STORE: 'redis://:canary-store-5f2c94@127.0.0.1/0',
  REDIS_URL: 'redis://user:canary-redis-5f2c95@127.0.0.1/0',
  HTTPS_PROXY: 'http://user:canary-proxy-5f2c96@127.0.0.1:9',
  DATABASE_PASSWORD: 'canary-other-5f2c97',
}
const CANARY = /canary-[a-z]+-5f2c9\d/g

/** What a process holds in memory that it may write to: the environment it was given, and copies of that. */
function canariesInMemory(pid: number): string[] {
  const found = new Set<string>()
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const chunk = Buffer.alloc(4 << 20)
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const region = /^([0-9a-f]+)-([0-9a-f]+) rw-p/.exec(line)
      if (!region) continue
      const end = BigInt(`0x${region[2]}`)
      for (let at = BigInt(`0x${region[1]}`); at < end; at += BigInt(chunk.length)) {
        const left = end - at
        const size = left < BigInt(chunk.length) ? Number(left) : chunk.length
        let read = 0
        try {
          read = readSync(memory, chunk, 0, size, at)
        } catch {
          // Given back since the list was made.
        }
        const bytes = chunk.subarray(0, read)
        if (!bytes.includes('5f2c9')) continue
        for (const [canary] of bytes.toString('latin1').matchAll(CANARY)) found.add(canary)
      }
    }
  } finally {
    closeSync(memory)
  }
  return [...found]
}

describe('the environment of the browser', () => {
  const before = { ...process.env }
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>a site</title>')
  })
  beforeEach(async () => {
    Object.assign(process.env, SECRETS)
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => {
    for (const name of Object.keys(SECRETS)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
    site.close()
    site.closeAllConnections()
  })

  it('holds no secret of this process, nor do its renderers', async () => {
    // A browser that other tests use may run as well.
    const others = new Set(chromiumProcesses().map(({ pid }) => pid))
    const ours = ({ pid }: { readonly pid: number }) => !others.has(pid)
    await using broker = await memoryBroker({ browser: { env: { SAID_TO_THE_BROWSER: 'it is' } } })
    const session = await broker.session('a')
    const page = await session.page()
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    const renderers = rendererProcesses().filter(ours)
    expect(renderers.length).toBeGreaterThan(0)
    const all = chromiumProcesses().filter(ours)
    for (const { pid, command } of all) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
      expect(environment.match(CANARY) ?? [], command).toEqual([])
      if (!command.includes('crashpad')) expect(environment, command).toContain('SAID_TO_THE_BROWSER=it is')
    }
    for (const { pid, command } of all.filter(({ command }) => !command.includes('crashpad'))) {
      expect(canariesInMemory(pid), command).toEqual([])
    }
  })
})
