import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { DeclaredPackage } from './declared-package.ts'
import { type Example, moduleOf } from './docstring-examples.ts'
import { DynamodbServer } from './dynamodb-server.ts'
import { startHttpsServer, type TestServer } from './http-server.ts'
import { SecretsManagerStandIn } from './secrets-manager-stand-in.ts'
import { VaultStandIn } from './vault-stand-in.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

const runner = fileURLToPath(new URL('./run-examples.ts', import.meta.url))

/** The address of Vault in examples; when they run, it is replaced by that of the stand-in. */
const VAULT_IN_EXAMPLES = 'http://127.0.0.1:8200'
const COMPILER_OPTIONS = ['--module', 'nodenext', '--lib', 'es2023,esnext.disposable,dom', '--skipLibCheck']

/** The file of an example, by its place in the list. */
export function exampleFile(at: number): string {
  return `${String(at).padStart(3, '0')}.ts`
}

/** What a compiler says of the examples as files of a user's project; nothing when all is well. */
export async function compileExamples(
  project: DeclaredPackage,
  examples: readonly Example[],
): Promise<string> {
  await writeExamples(project, examples.map(moduleOf))
  const files = examples.map((_, at) => `examples/${exampleFile(at)}`)
  return project.complaints('typescript', files, ...COMPILER_OPTIONS)
}

/** Runs the examples, and gives by file what each threw: null for nothing. */
export async function runExamples(
  project: DeclaredPackage,
  examples: readonly Example[],
): Promise<Readonly<Record<string, string | null>>> {
  await using stack = new AsyncDisposableStack()
  const site = stack.use(await startHttpsServer(answer))
  const vault = stack.use(await VaultStandIn.start())
  vault.tokens.set('hvs.example', 0)
  const secrets = stack.use(await SecretsManagerStandIn.start())
  const table = stack.adopt(await DynamodbServer.start(), (server) => server.stop())
  // The local DynamoDB does not know this operation.
  table.onRequest = (operation) => (operation === 'UpdateTimeToLive' ? { status: 200, body: {} } : null)
  await writeExamples(
    project,
    examples.map((example) => moduleOf(example).replaceAll(VAULT_IN_EXAMPLES, vault.address)),
  )
  await installSources(project, site)
  // It fails with the examples that register tests of their own, when one of those fails.
  const { folder } = project
  await run(process.execPath, [runner, folder], {
    cwd: folder,
    env: environment(table.endpoint, secrets.endpoint),
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'))
}

/** The site of all examples, whatever its name in them. */
function answer({ url, method }: IncomingMessage, response: ServerResponse): void {
  if (url === '/robots.txt') response.writeHead(404).end()
  else if (url?.startsWith('/api/')) response.setHeader('content-type', 'application/json').end('[{"id":1}]')
  else {
    if (method === 'POST') response.setHeader('set-cookie', 'sid=1; Path=/; Secure; HttpOnly')
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>Shop</title><h1>Shop</h1><p>The price is 5.</p>')
  }
}

/**
 * The sources as the installed package, with one difference: a broker finds every site on the loopback, over HTTP by a
 * connector and in the browser by a rule for its resolver, keeps sessions in memory where the example does not say
 * otherwise, and shows no identity, so that only examples with pages start a browser.
 */
async function installSources(project: DeclaredPackage, site: TestServer): Promise<void> {
  const source = (path: string) => pathToFileURL(join(root, 'src', path)).href
  const dist = join(project.installed, 'dist')
  for (const subpath of [
    'dynamodb',
    'store-kit',
    'aws-secrets-manager',
    'vault',
    'tough-cookie',
    'test-runner',
    'crawlee',
  ])
    await writeFile(join(dist, subpath, 'index.js'), `export * from '${source(`${subpath}/index.ts`)}'\n`)
  await writeFile(
    join(dist, 'index.js'),
    `import { buildConnector } from 'undici'
import * as onejar from '${source('index.ts')}'
export * from '${source('index.ts')}'

const connector = buildConnector({ rejectUnauthorized: false })
const connect = (options, done) => connector({ ...options, hostname: '127.0.0.1', port: ${site.port} }, done)
const browser = { args: ['--host-resolver-rules=MAP * 127.0.0.1:${site.port}'] }
export const openBroker = (options = {}) =>
  onejar.openBroker({ store: 'memory', identity: null, ignoreHTTPSErrors: true, connect, browser, ...options })
`,
  )
}

async function writeExamples({ folder }: DeclaredPackage, modules: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'examples'), { recursive: true })
  for (const [at, module] of modules.entries())
    await writeFile(join(folder, 'examples', exampleFile(at)), module)
}

/** Without what a test runner sets for its own processes: examples register tests with Node's. */
function environment(dynamodb: string, secretsManager: string): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...own } = process.env
  return {
    ...own,
    AWS_ACCESS_KEY_ID: 'example',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager,
  }
}
