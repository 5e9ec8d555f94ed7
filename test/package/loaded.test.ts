import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a script in a process of its own, and says which packages of others it loaded. */
async function loadedBy(script: string): Promise<string[]> {
  const watched = `import { registerHooks } from 'node:module'
const loaded = new Set()
registerHooks({
  load(url, context, next) {
    const parts = url.split('/node_modules/')
    if (parts.length > 1) loaded.add(parts.at(-1).match(/^(?:@[^/]+\\/)?[^/]+/)[0])
    return next(url, context)
  },
})
${script}
console.log(JSON.stringify([...loaded].sort()))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', watched], { cwd: root })
  return JSON.parse(stdout)
}

it('loads no package of others when it is imported', async () => {
  expect(await loadedBy("await import('./src/index.ts')")).toEqual([])
})

it('loads nothing for its first request over HTTP that this does not use', async () => {
  const loaded = await loadedBy(`import { createServer } from 'node:http'
import { once } from 'node:events'
const { openBroker } = await import('./src/index.ts')
const server = createServer((_, response) => {
  response.setHeader('set-cookie', 'a=1')
  response.setHeader('content-type', 'application/json')
  response.end('{}')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const broker = await openBroker({ store: 'memory', identity: null })
const session = await broker.session('alice')
await (await session.fetch('http://127.0.0.1:' + server.address().port + '/')).json()
await broker.close()
server.close()
server.closeAllConnections()`)
  expect(loaded).toEqual(['@opentelemetry/api', 'p-queue', 'tldts', 'undici', 'zod'])
})

it('loads what reads HTML with the first document that is looked into', async () => {
  const loaded = await loadedBy(`const { classify } = await import('./src/index.ts')
classify({ url: 'https://shop.example/', status: 403, headers: { 'content-type': 'text/html' }, body: '<p>no</p>' })`)
  expect(loaded).toContain('htmlparser2')
  expect(loaded).not.toContain('undici')
})
