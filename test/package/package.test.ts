import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { generateKey } from '../../src/store/index.ts'
import { startHttpServer } from '../support/http-server.ts'
import { npm, packedPackage } from '../support/packed-package.ts'
import { Talker } from '../support/talker.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  version: string
  exports: Record<string, unknown>
  devDependencies: Record<string, string>
  peerDependencies: Record<string, string>
}
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']
/** Installed beside the package here; the newest is the one that all other tests run with. */
const OLDEST_PLAYWRIGHT = /^>=(\d+\.\d+\.\d+) <2$/.exec(manifest.peerDependencies['playwright'] ?? '')![1]!
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')

/** Writes on one side what the other has to see at its next request. */
const SYNC = `import { createServer } from 'node:http'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { openBroker } from 'onejar'

const server = createServer((request, response) => {
  if (request.url === '/set') response.setHeader('set-cookie', 'http=1; Path=/')
  response.setHeader('content-type', 'text/html')
  response.end(request.url === '/echo' ? request.headers.cookie : '<!doctype html><title>shop</title>')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const at = 'http://127.0.0.1:' + server.address().port
const broker = await openBroker({ store: 'memory' })
const session = await broker.session('alice')
await session.fetch(at + '/set')
const page = await session.page()
await page.goto(at)
const seen = await page.evaluate(() => {
  const before = document.cookie
  document.cookie = 'page=2'
  localStorage.setItem('page', '1')
  return before
})
const http = await (await session.fetch(at + '/echo')).text()
await session.cookies.set('record=3; Path=/', at)
await session.localStorage(at).set('record', '1')
const opened = page.waitForEvent('popup')
await page.evaluate(() => void open('/'))
const popup = await opened
await popup.waitForLoadState()
const { version } = createRequire(import.meta.url)('playwright/package.json')
console.log(JSON.stringify({
  playwright: version,
  page: seen,
  http,
  popup: await popup.evaluate(() => document.cookie),
  storage: await popup.evaluate(() => Object.keys(localStorage).sort()),
}))
await broker.close()
server.close()
`

/** A test of a user's, by the oldest runner that is allowed. */
const RUNNER_CONFIG = `import { defineConfig } from '@playwright/test'

export default defineConfig({ workers: 1, use: { launchOptions: JSON.parse(process.env.LAUNCH_OPTIONS), trace: 'on' } })
`
const RUNNER_SPEC = `import { createServer } from 'node:http'
import { expect, test } from 'onejar/test'

test('shares a session', async ({ page, request, session }) => {
  const server = createServer((incoming, response) => response.end(incoming.headers.cookie)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const at = 'http://127.0.0.1:' + server.address().port
  await session.cookies.set('record=1; Path=/', at)
  await session.localStorage(at).set('record', '1')
  await page.goto(at)
  expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage))).toBe('record=1{"record":"1"}')
  await page.evaluate(() => { document.cookie = 'page=2' })
  expect(await (await session.fetch(at)).text()).toBe('record=1; page=2')
  expect(await (await request.get(at)).text()).toBe('record=1; page=2')
  await expect(page).toHaveCookie('page', '2')
  await expect(session).toBeInSync()
  expect(page.context().pages()).toHaveLength(1)
  server.close()
})
`

let work: string
let tarball: string
let consumer: string

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'onejar-package-'))
  consumer = join(work, 'consumer')
  tarball = (await packedPackage()).tarball
  await mkdir(consumer)
  await writeFile(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n')
  // The peers that a subpath loads with itself are brought by who uses that.
  const peers = [
    `tough-cookie@${manifest.devDependencies['tough-cookie']}`,
    `@crawlee/core@${manifest.devDependencies['@crawlee/core']}`,
    `@playwright/test@${OLDEST_PLAYWRIGHT}`,
  ]
  await npm(consumer, ['install', ...QUIET, tarball, ...peers, `playwright@${OLDEST_PLAYWRIGHT}`])
}, 240_000)

afterAll(() => rm(work, { recursive: true, force: true }))

/** Runs a tool of this repository, or a script, with this Node. */
function node(cwd: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, args, { cwd, maxBuffer: 16 * 1024 * 1024 })
}

/** Has TypeScript check a file of the consumer. */
function typesOf(file: string): Promise<{ stdout: string; stderr: string }> {
  const options = ['--strict', '--skipLibCheck', '--noEmit', '--module', 'nodenext', '--target', 'es2023']
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  return node(consumer, join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, file)
}

describe('the package, installed elsewhere', () => {
  it.each(subpaths)('can be imported as %s', async (subpath) => {
    const specifier = `onejar${subpath.slice(1)}`
    const { stdout } = await node(
      consumer,
      '--input-type=module',
      '--eval',
      `console.log(Object.keys(await import('${specifier}')).length)`,
    )
    expect(Number(stdout)).toBeGreaterThan(0)
  })

  it('runs a short script', async () => {
    await writeFile(
      join(consumer, 'script.js'),
      `import { isOnejarError, openBroker } from 'onejar'

const broker = await openBroker({ store: 'memory' })
const session = await broker.session('alice')
session.cookies.set('a=1; Path=/; Secure', 'https://shop.example/')
console.log(session.cookies.header('https://shop.example/orders'))
await broker.close()
await broker.session('alice').catch((error) => console.log(isOnejarError(error, 'ONEJAR_CLOSED')))
`,
    )
    const { stdout } = await node(consumer, 'script.js')
    expect(stdout).toBe('a=1\ntrue\n')
  })

  it('can be required by CommonJS', async () => {
    await writeFile(
      join(consumer, 'script.cjs'),
      `const { openBroker } = require('onejar')
openBroker({ store: 'memory' }).then(async (broker) => {
  console.log((await broker.session('alice')).cookies.header('https://shop.example/'))
  await broker.close()
})
`,
    )
    expect(await node(consumer, 'script.cjs')).toEqual({ stdout: '\n', stderr: '' })
  })

  it('keeps HTTP and pages on one record with the oldest Playwright that it allows, and brings no second one', async () => {
    await writeFile(join(consumer, 'sync.js'), SYNC)
    const { stdout } = await node(consumer, 'sync.js')
    expect(JSON.parse(stdout)).toEqual({
      playwright: OLDEST_PLAYWRIGHT,
      page: 'http=1',
      http: 'http=1; page=2',
      popup: 'http=1; page=2; record=3',
      storage: ['page', 'record'],
    })
    const copies = await npm(consumer, ['ls', '--all', '--parseable', 'playwright', 'playwright-core'])
    expect(copies.stdout.trim().split('\n')).toHaveLength(2)
  })

  it.each(['module', 'commonjs'])(
    'runs tests of a project of type %s by the oldest Playwright Test',
    async (type) => {
      const folder = join(consumer, `runner-${type}`)
      await mkdir(folder)
      await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
      await writeFile(join(folder, 'playwright.config.ts'), RUNNER_CONFIG)
      await writeFile(join(folder, 'shop.spec.ts'), RUNNER_SPEC)
      const executablePath = (await findBrowser())?.executablePath
      const env = {
        ...process.env,
        LAUNCH_OPTIONS: JSON.stringify({ executablePath, args: defaultBrowserArgs() }),
      }
      const cli = join(consumer, 'node_modules/@playwright/test/cli.js')
      const { stdout } = await run(process.execPath, [cli, 'test', '--reporter=line'], { cwd: folder, env })
      expect(stdout).toContain('1 passed')
    },
  )

  it('says which Playwright a remote browser needs', async () => {
    const { stdout } = await node(
      consumer,
      '--input-type=module',
      '--eval',
      `import { openBroker } from 'onejar'
      const broker = await openBroker({ store: 'memory', browser: { cdpEndpoint: 'http://127.0.0.1:1' } })
      const session = await broker.session('alice')
      await session.page().catch((error) => console.log(error.code, error.message))
      await broker.close()`,
    )
    expect(stdout).toMatch(/^ONEJAR_BROWSER_FAILED .*1\.61 or later.*npm install playwright@latest/)
  })

  it('says that Playwright is to be installed where it is not', async () => {
    const hidden = `data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module'
      registerHooks({ resolve: (name, context, next) => next(name === 'playwright' ? 'playwright' : name,
        name === 'playwright' ? { ...context, parentURL: 'file:///nowhere/a.js' } : context) })`)}`
    const { stdout } = await node(
      consumer,
      '--import',
      hidden,
      '--input-type=module',
      '--eval',
      `import { openBroker } from 'onejar'
      const broker = await openBroker({ store: 'memory' })
      const session = await broker.session('alice')
      await session.page().catch((error) => console.log(error.code, error.message))
      await broker.close()`,
    )
    expect(stdout).toMatch(/^ONEJAR_BROWSER_FAILED .*not installed beside Onejar: npm install playwright\./)
  })

  it('says which SDK it wants where that is not installed', async () => {
    const { stdout } = await node(
      consumer,
      '--input-type=module',
      '--eval',
      `import { awsSecretsManagerCredentials as from } from 'onejar/aws-secrets-manager'
      await from({ region: 'eu-central-1' }).get('a').catch(({ code, message }) => console.log(code, message))`,
    )
    expect(stdout).toMatch(/^ONEJAR_BAD_OPTIONS .*npm install @aws-sdk\/client-secrets-manager/)
  })

  it('has a command that tells its version', async () => {
    const { stdout } = await npm(consumer, ['exec', '--no', '--', 'onejar', '--version'])
    expect(stdout.trim()).toBe(manifest.version)
  })

  it('has a command that loads few files for a request', async () => {
    const counting = `data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module'
      const ours = new Set()
      registerHooks({ load(url, context, next) {
        if (url.includes('/node_modules/onejar/')) ours.add(url)
        return next(url, context)
      } })
      process.on('exit', () => console.error(ours.size))`)}`
    const { origin, close } = await startHttpServer((_request, response) => response.end('hello'))
    const bin = join(consumer, 'node_modules/onejar/dist/cli/bin.js')
    const { stdout, stderr } = await node(consumer, '--import', counting, bin, 'fetch', origin)
    await close()
    expect(stdout).toBe('hello')
    // One for each source file is seven hundred.
    expect(Number(stderr)).toBeLessThan(150)
  })

  it('has a service that finds the pages which people are shown', async () => {
    const token = 'a-token-of-forty-letters-for-this-test-1'
    await writeFile(join(consumer, 'token.txt'), token)
    const bin = join(consumer, 'node_modules/onejar/dist/cli/bin.js')
    const flags = ['--port', '0', '--store', 'memory', '--token-file', join(consumer, 'token.txt')]
    const service = new Talker([bin, 'serve', ...flags], generateKey())
    const origin = await service.line()
    const page = await fetch(`${origin}/pages/by-hand.css`, { headers: { authorization: `Bearer ${token}` } })
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('{')])
    expect(await service.end('SIGTERM')).toBe(0)
  })

  it('has a command that says which Node it needs on one that is too old', async () => {
    const old = `data:text/javascript,${encodeURIComponent(
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })",
    )}`
    const bin = join(consumer, 'node_modules/onejar/dist/cli/bin.js')
    const failure = await node(consumer, '--import', old, bin, '--version').catch((error) => error)
    expect(failure).toMatchObject({ code: 1, stdout: '' })
    expect(failure.stderr).toMatch(/^onejar needs Node\.js 22\.19 or later, and this is 18\.20\.4 /)
  })

  it('loads nothing before the command has looked at the version of Node', async () => {
    const bin = await readFile(join(consumer, 'node_modules/onejar/dist/cli/bin.js'), 'utf8')
    expect(bin).not.toMatch(/^import\b|^export .* from /m)
  })

  it('gives its types to TypeScript, and they are not any', async () => {
    await writeFile(
      join(consumer, 'types.ts'),
      `import { type ErrorCode, isOnejarError, type Session } from 'onejar'
import { cookieJar } from 'onejar/tough-cookie'
import type { CookieJar } from 'tough-cookie'

export function codeOf(value: unknown): ErrorCode | null {
  return isOnejarError(value) ? value.code : null
}
// @ts-expect-error no code of ours
export const wrong: ErrorCode = 'ONEJAR_NO_SUCH_CODE'
export const jarOf = (session: Session): CookieJar => cookieJar(session)
// @ts-expect-error no session
cookieJar('alice')
`,
    )
    await expect(typesOf('types.ts')).resolves.toMatchObject({ stdout: '' })
  })

  it('says what to install for a store in DynamoDB', async () => {
    await writeFile(
      join(consumer, 'dynamodb.js'),
      `import { openBroker } from 'onejar'
import { dynamodb } from 'onejar/dynamodb'

const store = dynamodb({ table: 'onejar', client: { send: () => {} } })
await openBroker({ store, keys: 'A'.repeat(43) }).catch((error) => console.log(error.code, error.message))
`,
    )
    const { stdout } = await node(consumer, 'dynamodb.js')
    expect(stdout).toMatch(/^ONEJAR_BAD_OPTIONS .*npm install @aws-sdk\/client-dynamodb/)
  })

  it("runs its kit for stores with Node's own test runner, for a store in TypeScript", async () => {
    await writeFile(
      join(consumer, 'store.ts'),
      `import { type Backend, type StoreContext, type StoreProvider, storeCases } from 'onejar/store-kit'

export const broken: StoreProvider = {
  async open({ keyPrefix }: StoreContext): Promise<Backend> {
    throw new Error(\`no database \${keyPrefix}\`)
  },
}
export const names: readonly string[] = storeCases(async () => ({ store: broken })).map(({ name }) => name)
// @ts-expect-error no backend
export const wrong: StoreProvider = { open: async () => ({}) }
`,
    )
    await expect(typesOf('store.ts')).resolves.toMatchObject({ stdout: '' })
    await writeFile(
      join(consumer, 'store.test.js'),
      `import { describe, it } from 'node:test'
import { storeKit } from 'onejar/store-kit'

storeKit({
  name: 'files',
  describe,
  it,
  open: async () => ({ store: { target: process.env.PLACE + Math.random(), encryption: 'off' } }),
})
`,
    )
    const env = { ...process.env, PLACE: join(work, 'kit-') }
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', 'store.test.js'], {
      cwd: consumer,
      env,
    })
    expect(stdout).toMatch(/# pass \d{2}\n# fail 0/)
  })
})

describe('the tarball', () => {
  it('holds the build and nothing of the workshop', async () => {
    const installed = join(consumer, 'node_modules/onejar')
    // npm puts versions there that differ from those of the consumer's other packages.
    const files = (await readdir(installed)).filter((file) => file !== 'node_modules')
    const expected = ['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'dist', 'docs', 'examples']
    expect(files.sort()).toEqual([...expected, 'package.json'])
    const built = await readdir(join(installed, 'dist'), { recursive: true })
    expect(built).toContain('index.d.ts')
    expect(built.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
  })

  it('holds every file that its pages link to', async () => {
    const installed = join(consumer, 'node_modules/onejar')
    const pages = (await readdir(installed, { recursive: true })).filter(
      (file) => file.endsWith('.md') && !file.startsWith('node_modules'),
    )
    const broken: string[] = []
    for (const page of pages) {
      const text = (await readFile(join(installed, page), 'utf8'))
        .replace(/^```.*?^```/gms, '')
        .replace(/`[^`\n]*`/g, '')
      for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        const target = link!.replace(/#.*/, '')
        if (target === '' || /^[a-z]+:/.test(target)) continue
        if (!existsSync(join(installed, page, '..', target))) broken.push(`${page}: ${link}`)
      }
    }
    expect(pages).toContain('docs/architecture.md')
    expect(broken).toEqual([])
  })

  it('passes publint', async () => {
    const { stdout } = await node(root, 'node_modules/.bin/publint', 'run', tarball, '--strict')
    expect(stdout).toContain('All good!')
  })

  it('has types that resolve for every way an ES module can be imported', async () => {
    const { stdout } = await node(
      root,
      'node_modules/.bin/attw',
      tarball,
      '--profile',
      'esm-only',
      '--no-emoji',
    )
    expect(stdout).toContain(`onejar v${manifest.version}`)
  })
})
