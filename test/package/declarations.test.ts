import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript-oldest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DeclaredPackage, declaredPackage } from '../support/declared-package.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The oldest and the newest TypeScript that README.md names. */
const COMPILERS = { oldest: 'typescript-oldest', newest: 'typescript' } as const
const RESOLUTIONS = {
  node16: ['--module', 'node16'],
  nodenext: ['--module', 'nodenext'],
  bundler: ['--module', 'es2022', '--moduleResolution', 'bundler'],
} as const

let project: DeclaredPackage

beforeAll(async () => {
  project = await declaredPackage()
  await writeFile(join(project.folder, 'caller.ts'), CALLER)
  await writeFile(
    join(project.folder, 'caller.cts'),
    "import { openBroker } from 'onejar'\nexport const open = openBroker\n",
  )
}, 240_000)

afterAll(() => project?.[Symbol.asyncDispose]())

/** What a caller writes: each subpath, and that types are neither any nor loose. */
const CALLER = `import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Readable } from 'node:stream'
import {
  type Broker,
  type BrokerOptions,
  classify,
  type ErrorCode,
  isOnejarError,
  openBroker,
  type PoolStats,
  type Session,
  type SessionResponse,
  type SessionStorage,
} from 'onejar'
import { awsSecretsManagerCredentials } from 'onejar/aws-secrets-manager'
import { dynamodb } from 'onejar/dynamodb'
import { storeCases } from 'onejar/store-kit'
import { cookieJar } from 'onejar/tough-cookie'
import { vaultCredentials } from 'onejar/vault'

export async function use(options: BrokerOptions): Promise<string | null> {
  const broker: Broker = await openBroker({ ...options, timeoutMs: 1_000, browser: { maxSolves: 1 } })
  const session = await broker.session('alice', { tenant: 'a' })
  const page = await session.page()
  await page.goto('https://shop.example/')
  const response = await session.fetch('https://shop.example/', { timeoutMs: 1_000 })
  const via: 'http' | 'page-fetch' | 'page' = response.via
  // @ts-expect-error no such option
  await openBroker({ timeout: 1_000 })
  // @ts-expect-error no number
  await broker.session(1)
  cookieJar(session)
  return response.headers.get('content-type') ?? via
}
export const codeOf = (error: unknown): ErrorCode | null => (isOnejarError(error) ? error.code : null)
export const store = dynamodb({ table: 'onejar', client: new DynamoDBClient({}) })
export const rest = [awsSecretsManagerCredentials, storeCases, vaultCredentials, classify]

// A wrapper and fakes of what a session gives: interfaces, which others may implement.
export class PrefixedStorage implements SessionStorage {
  readonly #items: SessionStorage
  constructor(items: SessionStorage) { this.#items = items }
  get origin() { return this.#items.origin }
  get(key: string) { return this.#items.get('my.' + key) }
  set(key: string, value: string) { return this.#items.set('my.' + key, value) }
  delete(key: string) { return this.#items.delete('my.' + key) }
  entries() { return this.#items.entries() }
  clear() { return this.#items.clear() }
}
class FakeBody extends Readable {
  readonly bodyUsed = false
  body = new ReadableStream() as SessionResponse['body']['body']
  async text() { return '{}' }
  async json(): Promise<unknown> { return {} }
  async bytes() { return new Uint8Array(2) }
  async arrayBuffer() { return new ArrayBuffer(2) }
  async blob() { return new Blob() }
  async formData() { return new FormData() }
  async dump() {}
}
export class FakeResponse implements SessionResponse {
  readonly statusCode = 200
  readonly statusText = 'OK'
  readonly headers = { 'set-cookie': ['a=1', 'b=2'] }
  readonly trailers = {}
  readonly body = new FakeBody()
  readonly url = new URL('https://shop.example/')
  readonly redirected = false
  readonly httpVersion = '2'
  readonly via = 'http'
  readonly solved = false
  readonly preferences = {} as SessionResponse['preferences']
  readonly verdict = undefined
}
export class NoPool implements PoolStats {
  readonly open = 0
  readonly leased = 0
  readonly waiting = 0
  readonly health = []
}
export const real = (session: Session): Promise<SessionResponse> => session.request('https://shop.example/')
// @ts-expect-error no transport is called so
export const wrong: SessionResponse = { ...new FakeResponse(), via: 'carrier pigeon' }
`

// node16 and nodenext read libraries alike, and checking all of them is what takes long: where it is left out, or is that of another
// resolution, what is Onejar's own is checked.
describe('the newest TypeScript (typescript)', () => {
  it('reads the declarations by node16, with skipLibCheck', async () => {
    const options = [...RESOLUTIONS.node16, '--skipLibCheck']
    expect(await project.complaints(COMPILERS.newest, ['caller.ts'], ...options)).toBe('')
  }, 300_000)

  it('checks them and all libraries by nodenext, of which a CommonJS file may import them', async () => {
    const files = ['caller.ts', 'caller.cts']
    expect(await project.complaints(COMPILERS.newest, files, ...RESOLUTIONS.nodenext)).toBe('')
  }, 300_000)

  it('checks them and all libraries by bundler', async () => {
    expect(await project.complaints(COMPILERS.newest, ['caller.ts'], ...RESOLUTIONS.bundler)).toBe('')
  }, 300_000)
})

describe('the oldest TypeScript (typescript-oldest)', () => {
  it('reads the declarations by node16, with skipLibCheck, and tells a CommonJS file that they are an ES module', async () => {
    const options = [...RESOLUTIONS.node16, '--skipLibCheck']
    const complaints = await project.complaints(COMPILERS.oldest, ['caller.ts', 'caller.cts'], ...options)
    expect(
      complaints
        .trim()
        .split('\n')
        .filter((line) => /^\S/.test(line)),
    ).toEqual([expect.stringMatching(/^caller\.cts.*TS1479/)])
  }, 300_000)

  it('checks them and all libraries by nodenext', async () => {
    expect(await project.complaints(COMPILERS.oldest, ['caller.ts'], ...RESOLUTIONS.nodenext)).toBe('')
  }, 300_000)

  it('checks them by bundler', () => {
    expect(ownComplaints(project, 'caller.ts')).toEqual([])
  }, 300_000)
})

/** What the oldest TypeScript says of a caller's file by bundler, and of each declaration file of Onejar's that it reads. */
function ownComplaints({ folder, installed }: DeclaredPackage, file: string): string[] {
  const program = ts.createProgram([join(folder, file)], {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ES2022,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  })
  const own = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${installed}/`) || fileName === join(folder, file))
  expect(own.length).toBeGreaterThan(100)
  return [
    ...program.getOptionsDiagnostics(),
    ...own.flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]),
  ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

describe('what README.md says', () => {
  it('are the versions that these tests run', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    for (const [age, compiler] of Object.entries(COMPILERS)) {
      const manifest = await readFile(join(root, 'node_modules', compiler, 'package.json'), 'utf8')
      const [major, minor] = (JSON.parse(manifest) as { version: string }).version.split('.')
      expect(readme, age).toMatch(new RegExp(`TypeScript [^|]*\\b${major}\\.${minor}\\b`))
    }
  })
})
