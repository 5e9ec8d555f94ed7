import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findHeadlessShell } from '../../../scripts/lib/find-headless-shell.ts'
import { defaultBrowserArgs } from '../../../src/browser/index.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { UserProject } from '../../support/user-project.ts'

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url))
/** Lines that fit on a screen. */
const SCREEN = 50

let project: UserProject
let site: string
/** The browser that users have, for what is about it; for the rest the headless shell will do, where there is one. */
let chromium: string | undefined
beforeAll(async () => {
  project = await UserProject.create('first-day', 'recipes')
  chromium = project.env['ONEJAR_CHROMIUM']
  project.env['ONEJAR_CHROMIUM'] = (await findHeadlessShell()) ?? chromium
  site = await project.start(process.execPath, ['site.mjs', '0'])
})
afterAll(() => project?.[Symbol.asyncDispose]())

const node = (file: string, ...args: string[]) => project.run(process.execPath, [file, ...args])
const inChromium = (...args: string[]) => project.run(process.execPath, args, { ONEJAR_CHROMIUM: chromium })
/** What the shop has seen since it was asked last. */
async function seen(): Promise<{ challenges: number; logins: number; proxied: Record<string, number> }> {
  return (await (await fetch(`${site}/seen`)).json()) as never
}

describe('each job of a first day', () => {
  it.each(['first-day', 'first-day/playwright-test', 'recipes'])('in %s fits on a screen', (folder) => {
    const files = readdirSync(examples + folder).filter((file) => /\.(mjs|cjs|mts|ts|sh|py|go)$/.test(file))
    for (const file of files.filter((name) => name !== 'site.mjs'))
      expect([
        file,
        readFileSync(`${examples}${folder}/${file}`, 'utf8').split('\n').length <= SCREEN,
      ]).toEqual([file, true])
  })

  it('is a first script, in TypeScript, as an ES module and in CommonJS', async () => {
    const typescript = await inChromium('first-script.mts', site)
    expect(typescript).toEqual({ stdout: '200 http Item 1\nItem 2\n', stderr: '', code: 0 })
    for (const file of ['first-script.mjs', 'first-script.cjs'])
      expect(await node(file, site)).toEqual({ stdout: '200 http Item 1\n', stderr: '', code: 0 })
  })

  it('ends although a page was left open, where the broker is closed', async () => {
    const script = `import { openBroker } from 'onejar'
await using broker = await openBroker({ store: 'memory' })
await (await (await broker.session('a')).page()).goto(process.argv[1])
console.log('open')`
    expect(await inChromium('--input-type=module', '--eval', script, site)).toEqual({
      stdout: 'open\n',
      stderr: '',
      code: 0,
    })
  })

  it('is a login and 50 pages of an API, stopped, resumed, and logged out', async () => {
    const before = (await seen()).logins
    const first = await node('log-in-and-crawl.mjs', site, '20')
    expect(first).toEqual({ stdout: 'logged in\n40 orders, next page: 21\n', stderr: '', code: 0 })
    const second = await node('log-in-and-crawl.mjs', site)
    expect(second).toEqual({ stdout: '100 orders, next page: 51\nlogged out\n', stderr: '', code: 0 })
    expect((await seen()).logins - before).toBe(1)
    const store = await project.run('onejar', ['sessions', 'ls', '--store', 'shop.db'])
    expect(store.stdout).not.toContain('alice')
  })

  it('is a pool over proxies, with a dead letter', async () => {
    const { stdout, code } = await node('pool-over-proxies.mjs', site)
    expect([stdout, code]).toEqual([`19 pages\ndead letter: GET ${site}/open/7 ONEJAR_BAD_RESPONSE\n`, 0])
    expect(Object.keys((await seen()).proxied).every((user) => /^eu-[12]$/.test(user))).toBe(true)
    expect(Object.keys((await seen()).proxied).length).toBeGreaterThan(0)
  })

  it('is Crawlee', async () => {
    const { stdout, code } = await node('crawlee.mjs', site)
    expect([stdout.trim().split('\n').at(-1), code]).toEqual(['20 pages, 20 titles', 0])
  })

  it('is Playwright Test', async () => {
    const cli = fileURLToPath(new URL('../../../node_modules/@playwright/test/cli.js', import.meta.url))
    const { stdout, code } = await project.run(
      process.execPath,
      [cli, 'test', '-c', 'playwright-test/playwright.config.ts'],
      { SITE: site, BROWSER: chromium },
    )
    expect([stdout, code]).toEqual([expect.stringContaining('2 passed'), 0])
  })

  it('is a login from the cookies of a browser', async () => {
    const file = await (await fetch(`${site}/cookies.txt`)).text()
    await project.run('sh', ['-c', `cat > cookies.txt <<'END'\n${file}END`])
    expect(await node('cookies-from-a-browser.mjs', 'cookies.txt', site)).toMatchObject({
      stdout: '1 cookies, 0 problems\n200 Hello\n',
      code: 0,
    })
  })

  it('is the command line', async () => {
    const { stdout, stderr, code } = await project.run('sh', ['command-line.sh', site])
    expect([stderr, code]).toEqual([expect.any(String), 0])
    expect(stdout).toMatch(/^200 http\nHTTP\/1\.1 200 OK\r?\n/)
    expect(stdout).toContain('curl: 200')
    expect(JSON.parse(await project.read('orders.json')).page).toBe(1)
  })

  it('is the service, from curl and from Python', async () => {
    const { stdout, stderr, code } = await project.run('sh', ['service.sh', site], { PORT: '0' })
    expect([stderr, code]).toEqual(['', 0])
    const [curl = '', ...python] = stdout.trim().split('\n')
    expect(JSON.parse(curl)).toMatchObject({ status: 200, via: 'http', text: '{"title":"Item 1"}' })
    expect(python).toEqual(['200 http {"title":"Item 1"}', '200 http {"title":"Item 2"}', 'pass 127.0.0.1'])
  })

  it('is a crawl with workers', async () => {
    await using stack = new AsyncDisposableStack()
    const redis = stack.adopt(await RedisServer.start(), (server) => server.stop())
    const { stdout, stderr, code } = await project.run('sh', ['workers.sh', site, redis.url])
    expect([stdout, stderr, code]).toEqual(['20 pages over HTTP\n', expect.any(String), 0])
  })

  it('is the login of one’s own Chrome', async () => {
    const profile = await mkdtemp(join(tmpdir(), 'onejar-profile-'))
    const chrome = spawn(chromium ?? 'chromium', [
      ...defaultBrowserArgs(),
      '--headless',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      `${site}/login`,
    ])
    try {
      const endpoint = await new Promise<string>((resolve) => {
        let text = ''
        chrome.stderr.on('data', (data: Buffer) => {
          text += data
          const at = /DevTools listening on ws:\/\/([^/]+)/.exec(text)?.[1]
          if (at !== undefined) resolve(`http://${at}`)
        })
      })
      const playwright = await import('playwright')
      const browser = await playwright.chromium.connectOverCDP(endpoint)
      const page = await browser.contexts()[0]!.newPage()
      await page.goto(`${site}/login`)
      await page.getByRole('button').click()
      await page.waitForURL('**/account')
      await browser.close()
      expect(await node('own-chrome.mjs', site, endpoint)).toMatchObject({
        stdout: '1 cookies\n200\nHello\n',
        code: 0,
      })
    } finally {
      const gone = new Promise((resolve) => chrome.once('exit', resolve))
      chrome.kill()
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    }
  })
})

describe('each recipe', () => {
  it('logs in again', async () => {
    const env = { ONEJAR_CRED_SHOP_USERNAME: 'alice', ONEJAR_CRED_SHOP_PASSWORD: 'secret' }
    const { stdout, stderr, code } = await project.run(process.execPath, ['log-in-again.mjs', site], env)
    expect([stdout, stderr, code]).toEqual([
      'logged in\n200 { secret: 42 }\nlogged in\n200 { secret: 42 }\n',
      '',
      0,
    ])
  })

  it('hands a CAPTCHA to a person', async () => {
    const { stdout, code } = await project.run(process.execPath, ['hand-a-captcha-to-a-person.mjs', site], {
      HEADLESS: '1',
    })
    expect([stdout, code]).toEqual([
      `please look at the window: ${site} asks for a person\n200 For people\n`,
      0,
    ])
  })

  it('renders one page in fifty', async () => {
    const { stdout, stderr, code } = await node('render-one-page-in-fifty.mjs', site)
    expect([stdout, stderr, code]).toEqual(["{ http: 49, 'page-fetch': 0, page: 1 }\n", '', 0])
  })

  it('exports to curl, and takes back what curl was given', async () => {
    await project.run('onejar', ['fetch', '--session', 'carol', '-d', 'name=carol', '-s', `${site}/login`])
    const { stdout, stderr, code } = await project.run('sh', [
      'export-to-curl.sh',
      'carol',
      `${site}/account`,
    ])
    expect([stdout, stderr, code]).toEqual([expect.stringMatching(/^200\n/), expect.any(String), 0])
  })
})
