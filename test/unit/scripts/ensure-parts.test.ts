import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const script = fileURLToPath(new URL('../../../scripts/ensure-parts.ts', import.meta.url))

/** Runs the script where PATH holds these commands and nothing else. */
function ensureParts(commands: Record<string, string>, ...args: string[]) {
  const path = mkdtempSync(join(tmpdir(), 'onejar-ensure-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  for (const [name, body] of Object.entries(commands)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(path, name), 0o755)
  }
  const env = { PATH: path, HOME: path }
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env })
}

describe('ensure-parts', () => {
  it('says nothing in a pipe when everything is there', () => {
    const done = ensureParts({ chromium: '', 'redis-server': '', openssl: '' })
    expect({ status: done.status, output: done.stdout + done.stderr }).toEqual({ status: 0, output: '' })
  })

  it('stops with the exact command when a part is missing', () => {
    const done = ensureParts({ chromium: '', openssl: '', 'apt-get': 'exit 1' }, '--no-install')
    expect(done.status).toBe(1)
    expect(done.stderr).toContain('redis is missing. Install it with:')
    expect(done.stderr).toContain('sudo ')
    expect(done.stderr).toContain('apt-get install -qy --no-install-recommends redis-server')
  })

  it('looks only for what it is asked for', () => {
    expect(ensureParts({ chromium: '' }, '--no-install', '--only', 'chromium').status).toBe(0)
    expect(ensureParts({ chromium: '' }, '--no-install', '--only', 'redis,chromium').status).toBe(1)
  })

  it('goes on without a part that can be done without, once it could not be had', () => {
    const tried = ensureParts({ chromium: '', 'apt-get': 'exit 1' }, '--only', 'headless-shell')
    expect(tried.status).toBe(0)
    const found = ensureParts({ chromium: '', 'chromium-headless-shell': '' }, '--only', 'headless-shell')
    expect({ status: found.status, output: found.stdout + found.stderr }).toEqual({ status: 0, output: '' })
  })

  it('finds a package of Python’s by importing it, and names its package', () => {
    const lacking = ensureParts({ python3: 'exit 1', 'apt-get': 'exit 1' }, '--no-install', '--only', 'httpx')
    expect(lacking.stderr).toContain('apt-get install -qy --no-install-recommends python3-httpx')
    expect(ensureParts({ python3: 'exit 0' }, '--no-install', '--only', 'httpx').status).toBe(0)
  })

  it('refuses a part it does not know', () => {
    const done = ensureParts({}, '--only', 'firefox')
    expect(done.status).toBe(1)
    expect(done.stderr).toContain(
      'Unknown part: firefox. There are: chromium, redis, openssl, python3, httpx, curl, prometheus, chromedriver, xvfb, xdotool, headless-shell, podman, buildah, debootstrap.',
    )
  })

  it('stops when an environment variable names a part that is not there', () => {
    const path = mkdtempSync(join(tmpdir(), 'onejar-ensure-'))
    onTestFinished(() => rmSync(path, { recursive: true }))
    const env = { PATH: path, HOME: path, REDIS_SERVER: join(path, 'gone') }
    const done = spawnSync(process.execPath, [script, '--only', 'redis'], { encoding: 'utf8', env })
    expect(done.status).toBe(1)
    expect(done.stderr).toContain('REDIS_SERVER names no executable file')
  })
})
