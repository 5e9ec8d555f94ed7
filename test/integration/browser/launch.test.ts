import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BrowserHost, openBrowser } from '../../../src/browser/index.ts'
import { killLaunched } from '../../../src/browser/launch/kill-launched.ts'
import { errorOf, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const { pid } of children.splice(0)) {
    try {
      process.kill(-(pid as number), 'SIGKILL')
    } catch {}
  }
})

/** A child in a group of its own that has this argument, and a child of that: their ids. */
function start(argument: string): Promise<number[]> {
  const script = 'sleep 600 & echo $$ $!; wait'
  const child = spawn('/bin/sh', ['-c', script, 'sh', argument], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  children.push(child)
  return new Promise((resolve) =>
    child.stdout?.once('data', (data) => resolve(String(data).trim().split(' ').map(Number))),
  )
}

function isThere(pid: number): boolean {
  try {
    // A process that was killed and not waited for is still listed.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('a browser that hangs at its start', () => {
  it('is given up in time, and leaves no process behind', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'chromium')
    const pids = join(folder.path, 'pids')
    writeFileSync(file, `#!/bin/sh\nsleep 600 &\necho $$ $! > ${pids}\nwait\n`, { mode: 0o755 })
    await import('playwright')
    const host = new BrowserHost({ executablePath: file, launchTimeoutMs: 1_500 })
    const startedAt = performance.now()
    const error = await errorOf(host.identity())
    expect(error.code).toBe('ONEJAR_BROWSER_FAILED')
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    const started = readFileSync(pids, 'utf8').trim().split(' ').map(Number)
    expect(started).toHaveLength(2)
    await eventually(() => expect(started.filter(isThere)).toEqual([]))
    await host.close()
  })
})

describe('the sandbox of Chromium', () => {
  /** Starts what stands in for Chromium as another user than root would: its arguments, and what the start ends with. */
  async function startAs(uid: number, says = '') {
    using folder = temporaryFolder()
    const [file, args] = [join(folder.path, 'chromium'), join(folder.path, 'args')]
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$@" > ${args}\necho '${says}' >&2\nexit 1\n`, {
      mode: 0o755,
    })
    const user = vi.spyOn(process, 'getuid').mockReturnValue(uid)
    try {
      const error = await errorOf(openBrowser({ executablePath: file }))
      return { error, args: readFileSync(args, 'utf8').split('\n') }
    } finally {
      user.mockRestore()
    }
  }

  it('is on, whatever Playwright does by itself, and off for root alone', async () => {
    expect((await startAs(1_000)).args).not.toContain('--no-sandbox')
    expect((await startAs(0)).args).toContain('--no-sandbox')
  })

  it('is named where the system has none to offer', async () => {
    const { error } = await startAs(
      1_000,
      '[1:1:FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox! If you are',
    )
    expect(error.code).toBe('ONEJAR_BROWSER_FAILED')
    expect(error.message).toMatch(/sandbox needs user namespaces/)
    const inContainer = 'Failed to move to new namespace: PID namespaces supported, but failed: errno = 1'
    expect((await startAs(1_000, inContainer)).error.message).toMatch(/sandbox needs user namespaces/)
    expect((await startAs(1_000, 'another thing')).error.message).not.toContain('sandbox')
  })
})

describe('killLaunched', () => {
  it('ends the child with the argument and what it started, and nobody else', async () => {
    const [ours, other] = await Promise.all([start('--mark=1'), start('--mark=12')])
    killLaunched('--mark=1')
    await eventually(() => expect(ours.filter(isThere)).toEqual([]))
    expect(other.filter(isThere)).toEqual(other)
  })
})

describe('a headless browser', () => {
  it('renders nothing for its own window, and goes without what Playwright and the caller switch off', async () => {
    // Other files of this process may have left a browser of theirs to the next one.
    const mark = `--test-mark=${randomUUID()}`
    const { browser } = await openBrowser({ args: ['--disable-features=OwnFeature', mark] })
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto('data:text/html,<title>seen</title>')
    const link = await browser.newBrowserCDPSession()
    const { targetInfos } = await link.send('Target.getTargets', { filter: [{}] })
    expect(targetInfos.map(({ url }) => url).filter((url) => url.startsWith('chrome:'))).toEqual([])
    const [playwrights = [], last = []] = switchesOf('--disable-features=', mark)
    expect(playwrights.length).toBeGreaterThan(5)
    expect(last).toEqual(expect.arrayContaining([...playwrights, 'OwnFeature']))
    await browser.close()
  })
})

/** The values of a switch on the command line of the Chromium that this process has started with a mark, in their order. */
function switchesOf(name: string, mark: string): string[][] {
  const own = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === process.pid)
  const line = own.map(argumentsOf).find((args) => args.includes(mark)) ?? []
  return line.filter((arg) => arg.startsWith(name)).map((arg) => arg.slice(name.length).split(','))
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return [] // it has ended since
  }
}

function parentOf(pid: string): number | null {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return null // it has ended since
  }
}
