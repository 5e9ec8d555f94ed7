import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { findHttpx } from '../../../scripts/lib/find-httpx.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { openService } from '../../support/service.ts'
import { CliHome } from '../cli/run-cli.ts'

const run = promisify(execFile)
const EXAMPLES = fileURLToPath(new URL('../../../examples/service', import.meta.url))
const EVERY_OPERATION = fileURLToPath(new URL('every_operation.py', import.meta.url))
const TOKEN = 'a-token-of-acme-0123'

const site = () =>
  startHttpServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.setHeader('set-cookie', 'sid=1; Path=/; Max-Age=3600')
    response.writeHead(request.url === '/fail' ? 503 : 200).end('<!doctype html><h1>A page</h1>')
  })

/** No file of compiled Python is left in the checkout. */
const python = (args: string[], env: Record<string, string> = {}) =>
  run('python3', args, { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env }, timeout: 100_000 })

describe('the service from other languages', () => {
  it('Python: a client made from openapi.json calls every operation', async () => {
    await using server = await site()
    await using service = await openService()
    const { stdout } = await python([EVERY_OPERATION, service.url, server.origin, EXAMPLES])
    expect(stdout).toMatch(/^\d\d operations\n$/)
  })

  it('Python and curl: the examples run against onejar serve, with the token of a tenant', async () => {
    await using server = await site()
    const home = new CliHome()
    const tokens = join(home.path, 'tokens.json')
    writeFileSync(tokens, JSON.stringify({ acme: TOKEN }))
    const allow = ['--allow-address', `127.0.0.1/32:${server.port}`]
    const { child, ended } = home.start([
      'serve',
      '--port',
      '0',
      '--store',
      'memory',
      '--tenant-tokens',
      tokens,
      ...allow,
    ])
    try {
      const [chunk] = (await once(child.stdout!, 'data')) as [Buffer]
      const env = { ONEJAR_URL: chunk.toString().trim(), ONEJAR_TOKEN: TOKEN }
      const crawled = await python([join(EXAMPLES, 'crawl.py'), server.origin], env)
      expect(crawled.stdout).toBe(
        '200 http {"title":"A page"}\n200 http {"title":"A page"}\nsid 127.0.0.1 1\n',
      )
      const withHttpx = findHttpx()
      if (withHttpx === null) throw new Error('httpx is missing: node scripts/ensure-parts.ts --only httpx')
      const httpx = await run(withHttpx, [join(EXAMPLES, 'with_httpx.py'), server.origin], {
        env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' },
      })
      expect(httpx.stdout).toBe('200 http {"title":"A page"}\nsid 127.0.0.1\n: listening\n')
      const nowhere = await python([join(EXAMPLES, 'crawl.py'), 'http://127.0.0.1:1/'], env).catch(
        (error) => error,
      )
      expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringMatching(/^ONEJAR_ADDRESS_REFUSED: /) })
      const { stdout } = await run('sh', [join(EXAMPLES, 'crawl.sh'), server.origin], {
        env: { ...process.env, ...env },
      })
      const [fetched, cookies, exported] = stdout
        .split('\n')
        .map((line) => (line === '' ? null : JSON.parse(line)))
      expect(fetched).toMatchObject({ status: 200, text: '{"title":"A page"}' })
      expect(cookies.cookies).toMatchObject([{ name: 'sid', value: '1' }])
      expect(exported.text).toContain('\tsid\t1')
      const sessions = await fetch(`${env.ONEJAR_URL}/v1/sessions`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      })
      expect(await sessions.json()).toEqual({ sessions: [] })
      expect((await fetch(`${env.ONEJAR_URL}/v1/sessions`)).status).toBe(401)
    } finally {
      child.kill('SIGTERM')
      await ended
      home.remove()
    }
  })
})
