import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findHeadlessShell } from '../../../scripts/lib/find-headless-shell.ts'
import { findRedis } from '../../../scripts/lib/find-redis.ts'
import { defaultBrowserArgs, findBrowser } from '../../../src/browser/launch/find-browser.ts'

/** A folder with these files in it; those that end with `!` can be executed. */
function folder(...files: string[]): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'onejar-parts-')))
  onTestFinished(() => rmSync(path, { recursive: true }))
  for (const entry of files) {
    const file = join(path, entry.replace('!', ''))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '')
    if (entry.endsWith('!')) chmodSync(file, 0o755)
  }
  return path
}

describe('findBrowser', () => {
  it('takes the option before everything else', async () => {
    const at = folder('mine!', 'env!', 'chromium!')
    const found = await findBrowser({
      executablePath: join(at, 'mine'),
      env: { ONEJAR_CHROMIUM: join(at, 'env'), PATH: at },
    })
    expect(found).toEqual({ executablePath: join(at, 'mine'), source: 'option' })
  })

  it('takes ONEJAR_CHROMIUM, then the download, then PATH', async () => {
    const at = folder('env!', 'downloaded!', 'chromium!', 'browsers/chromium-1/INSTALLATION_COMPLETE')
    const rest = { PATH: at, PLAYWRIGHT_BROWSERS_PATH: join(at, 'browsers') }
    const env = { ...rest, ONEJAR_CHROMIUM: join(at, 'env') }
    const playwrightPath = async () => join(at, 'downloaded')
    expect((await findBrowser({ env, playwrightPath }))?.source).toBe('environment')
    expect((await findBrowser({ env: rest, playwrightPath }))?.source).toBe('playwright')
    expect(await findBrowser({ env: rest, playwrightPath: async () => join(at, 'gone') })).toEqual({
      executablePath: join(at, 'chromium'),
      source: 'path',
    })
  })

  it('prefers chromium to google-chrome, in whatever folder of PATH, and passes over what cannot be executed', async () => {
    const first = folder('google-chrome!', 'chromium', 'chromium-browser/x')
    const second = folder('chromium!')
    expect((await findBrowser({ env: { PATH: `${first}::${second}`, HOME: first } }))?.executablePath).toBe(
      join(second, 'chromium'),
    )
    expect((await findBrowser({ env: { PATH: first, HOME: first } }))?.executablePath).toBe(
      join(first, 'google-chrome'),
    )
  })

  it('asks Playwright only where its download folder holds a Chromium', async () => {
    const at = folder('downloaded!', 'browsers/chromium-1/INSTALLATION_COMPLETE', 'others/firefox-1/x')
    let asked = 0
    const playwrightPath = async () => {
      asked++
      return join(at, 'downloaded')
    }
    for (const folder of ['others', 'none']) {
      const env = { PATH: at, PLAYWRIGHT_BROWSERS_PATH: join(at, folder) }
      expect(await findBrowser({ env, playwrightPath })).toBeNull()
    }
    expect(asked).toBe(0)
    const env = { PATH: at, PLAYWRIGHT_BROWSERS_PATH: join(at, 'browsers') }
    expect((await findBrowser({ env, playwrightPath }))?.source).toBe('playwright')
    expect(asked).toBe(1)
  })

  it.each(['executablePath', 'ONEJAR_CHROMIUM'])(
    'refuses a %s that is not there instead of taking another',
    async (by) => {
      const at = folder('chromium!')
      const gone = join(at, 'gone')
      const finding =
        by === 'executablePath'
          ? findBrowser({ executablePath: gone, env: { PATH: at } })
          : findBrowser({ env: { PATH: at, ONEJAR_CHROMIUM: gone } })
      await expect(finding).rejects.toMatchObject({
        code: 'ONEJAR_BROWSER_NOT_FOUND',
        message: expect.stringContaining(`${by} names no executable file: ${gone}`),
      })
    },
  )
})

describe('defaultBrowserArgs', () => {
  it('gives the sandbox up for root alone', () => {
    expect(defaultBrowserArgs({ root: true })).toContain('--no-sandbox')
    expect(defaultBrowserArgs({ root: false })).not.toContain('--no-sandbox')
    expect(defaultBrowserArgs().includes('--no-sandbox')).toBe(process.getuid?.() === 0)
  })

  it('lets nothing run in the background', () => {
    for (const args of [defaultBrowserArgs({ root: true }), defaultBrowserArgs({ root: false })]) {
      expect(args.slice(-4)).toEqual([
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-quic',
        '--disable-sync',
      ])
    }
  })
})

describe('findHeadlessShell', () => {
  const shell = 'chromium-headless-shell'

  it('takes the one of the same package as the Chromium on PATH', async () => {
    const at = folder('chromium!', `${shell}!`)
    expect(await findHeadlessShell({ PATH: at, HOME: at })).toBe(join(at, shell))
    const other = folder('google-chrome!', `${shell}!`)
    expect(await findHeadlessShell({ PATH: other, HOME: other })).toBeNull()
    const none = folder('chromium!')
    expect(await findHeadlessShell({ PATH: none, HOME: none })).toBeNull()
  })

  it('takes the program itself where the command is a script that starts it', async () => {
    const at = folder('chromium!', `${shell}!`, 'program!')
    writeFileSync(join(at, shell), `#!/bin/sh -e\n${join(at, 'program')} "$@"\n`)
    expect(await findHeadlessShell({ PATH: at, HOME: at })).toBe(join(at, 'program'))
    writeFileSync(join(at, shell), `#!/bin/sh -e\n${join(at, 'gone')} "$@"\n`)
    expect(await findHeadlessShell({ PATH: at, HOME: at })).toBe(join(at, shell))
  })

  it('takes the download of the same revision, and no other', async () => {
    const at = folder(
      'chromium-12/chrome-linux/chrome!',
      'chromium_headless_shell-11/chrome-linux/headless_shell!',
    )
    const found = {
      executablePath: join(at, 'chromium-12/chrome-linux/chrome'),
      source: 'playwright' as const,
    }
    expect(await findHeadlessShell({ PATH: at }, found)).toBeNull()
    const beside = join(at, 'chromium_headless_shell-12/chrome-linux')
    mkdirSync(beside, { recursive: true })
    writeFileSync(join(beside, 'headless_shell'), '', { mode: 0o755 })
    expect(await findHeadlessShell({ PATH: at }, found)).toBe(join(beside, 'headless_shell'))
  })

  it('is null where a Chromium was chosen', async () => {
    const at = folder('chromium!', `${shell}!`)
    expect(await findHeadlessShell({ PATH: at, HOME: at, ONEJAR_CHROMIUM: join(at, 'chromium') })).toBeNull()
  })
})

describe('findRedis', () => {
  it('takes REDIS_SERVER, else redis-server or valkey-server on PATH', () => {
    const at = folder('mine!', 'redis-server!')
    expect(findRedis({ REDIS_SERVER: join(at, 'mine'), PATH: at })).toBe(join(at, 'mine'))
    expect(findRedis({ PATH: at })).toBe(join(at, 'redis-server'))
    const other = folder('valkey-server!', 'redis-server')
    expect(findRedis({ PATH: other })).toBe(join(other, 'valkey-server'))
  })

  it('is null when there is none, and refuses a REDIS_SERVER that is not there', () => {
    const at = folder()
    expect(findRedis({ PATH: at })).toBeNull()
    expect(findRedis({})).toBeNull()
    expect(() => findRedis({ PATH: at, REDIS_SERVER: join(at, 'gone') })).toThrow(
      'REDIS_SERVER names no executable',
    )
  })
})
