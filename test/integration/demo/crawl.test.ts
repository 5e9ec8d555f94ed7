import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { runDemo } from '../../../examples/demo/demo.ts'
import { startDemoSite } from '../../../examples/demo/site/server.ts'
import { openBroker } from '../../../src/index.ts'

const RUN = fileURLToPath(new URL('../../../examples/demo/run.ts', import.meta.url))

describe('the demo on Onejar', () => {
  it('crawls the shop over HTTP after one challenge, and shows no secret', async () => {
    await using site = await startDemoSite({ pages: 60, cost: 200 })
    await using broker = await openBroker({ store: 'memory' })
    const session = await broker.session('demo')
    const { ok, outcome, html } = await runDemo(session, site, { concurrency: 8, sample: 3 })
    expect(outcome.hybrid.wrong).toEqual([])
    expect(ok).toBe(true)
    // The gate is shown to the first HTTP request, and to the one visit of the browser.
    expect(outcome.site).toMatchObject({
      solves: 1,
      gateShown: 2,
      challengesIssued: 1,
      logins: 1,
      apiUnauthorised: 0,
    })
    expect(new Set(outcome.hybrid.requests.map(({ via }) => via))).toEqual(new Set(['http']))

    const cookies = new Map(session.cookies.all().map(({ name, value }) => [name, value]))
    expect([...cookies.keys()]).toEqual(expect.arrayContaining(['cart', 'clearance', 'last-seen']))
    const { token } = JSON.parse((await session.localStorage(site.origin).get('auth')) ?? '{}')
    // The solve, the login, and the two crawls are told apart by their labels.
    expect(html.match(/<ol class="bars">[\s\S]*?<\/ol>/)?.[0].match(/<p>[^:<]+/g)).toEqual([
      '<p>solve of http',
      '<p>login in a page of the session',
      '<p>crawl of the whole shop',
      '<p>for comparison, a part of it in the browser alone',
    ])
    for (const secret of [cookies.get('clearance'), token]) {
      expect(secret).toMatch(/^ey/)
      expect(html).not.toContain(secret)
    }
  })

  it('meets the gate first with HTTP, and still visits the browser once', async () => {
    await using site = await startDemoSite({ pages: 60, cost: 200 })
    await using broker = await openBroker({ store: 'memory' })
    const session = await broker.session('demo')
    const paths = Array.from({ length: 60 }, (_, index) => `/item/${index + 1}`)
    const responses = await Promise.all(paths.map((path) => session.fetch(site.origin + path)))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(site.stats()).toMatchObject({ solves: 1, challengesIssued: 1 })
  })

  it('is a command: a table, a report, nothing on stderr in a pipe, and an exit code', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onejar-demo-test-'))
    try {
      const args = [RUN, '--pages', '40', '--sample', '2', '--out', folder]
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
      expect(stderr).toBe('')
      expect(stdout).toMatch(/Browser visits \(challenges solved\) +1 {2}ok\n/)
      expect(stdout).toMatch(/Pages correct +55 of 55 {2}ok\n/)
      expect(stdout).toContain(`Report: ${join(folder, 'report.html')}`)
      expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('<svg')
      const wrong = promisify(execFile)(process.execPath, [RUN, '--pages', 'many'])
      await expect(wrong).rejects.toMatchObject({
        stderr: expect.stringContaining('--pages takes a whole number'),
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
