import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explainHar } from '../../../src/cli/explain/explain-har.ts'
import { errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { assertHar } from '../../support/har-shape.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { CliHome } from '../cli/run-cli.ts'

const CONTENT = `<!doctype html><title>Shop</title><h1>content</h1><script>
document.cookie = 'own=CANARY-own'; fetch('/own?q=CANARY-page', { headers: { 'x-own': 'CANARY-header' } }).then((one) => one.text())</script>`

describe('a recording', { timeout: 90_000 }, () => {
  const folder = temporaryFolder()
  const har = join(folder.path, 'trace.har')
  let browser: Browser
  let text: string
  let origin: string
  beforeAll(async () => {
    await using site = await startGate('cookie', { content: CONTENT, attributes: () => '; Path=/' })
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    origin = site.origin
    const recording = session.record({ har })
    const headers = { authorization: 'Bearer CANARY-token', 'x-key': 'CANARY-key', cookie: 'c=CANARY-cookie' }
    await (await session.fetch(`${origin}/a?q=CANARY-query`, { headers })).text()
    const page = await session.page()
    await Promise.all([
      page.waitForEvent('requestfinished', (one) => one.url().includes('/own')),
      page.goto(`${origin}/b`),
    ])
    await page.close()
    await recording.stop()
    await (await session.fetch(`${origin}/after`)).text()
    text = readFileSync(har, 'utf8')
    browser = await launchChromium()
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    folder[Symbol.dispose]()
  })

  it('is HAR 1.2, for its owner alone, of what was sent over HTTP and by pages, without secrets', () => {
    expect(statSync(har).mode & 0o777).toBe(0o600)
    expect(text).not.toContain('CANARY')
    const { log } = assertHar(JSON.parse(text))
    const seen = log.entries.map(({ request, response, _transport }) =>
      [_transport, request.url.replace(origin, ''), response.status].join(' '),
    )
    expect(seen).toEqual(
      expect.arrayContaining([
        'http /a?q=redacted 403',
        'http /a?q=redacted 200',
        'page /b 200',
        'page /own?q=redacted 200',
      ]),
    )
    expect(seen.join()).not.toContain('after')
    const overHttp = log.entries.filter(({ _transport }) => _transport === 'http')
    expect(overHttp.map(({ comment }) => comment)).toEqual([
      'HTTP costs least, and nothing speaks against it',
      'a browser has passed the challenge, and HTTP costs least',
    ])
  })

  it('is explained by what it holds', () => {
    const { responses, skipped } = explainHar(Buffer.from(text), undefined)
    expect(skipped).toBe(0)
    expect(responses.map(({ cameBy, next }) => `${cameBy} ${next}`)).toContain('http http')
  })

  it('is imported by the developer tools of a real Chromium', async () => {
    const page = await browser.newPage()
    await page.goto('devtools://devtools/bundled/devtools_app.html')
    // The module by which the network panel imports a file; as a text, so that nothing here rewrites its import.
    const urls = await page.evaluate(`(async (file) => {
      const { HARFormat, Importer } = await import('devtools://devtools/bundled/models/har/har.js')
      const { log } = new HARFormat.HARRoot(JSON.parse(file))
      return Importer.Importer.requestsFromHARLog(log).map((one) => one.statusCode + ' ' + one.url())
    })(${JSON.stringify(text)})`)
    expect(urls).toContain(`403 ${origin}/a?q=redacted`)
    await page.close()
  })

  it('has secrets and bodies only where they are asked for, and is written when the session is released', async () => {
    const whole = join(folder.path, 'whole.har')
    await using site = await startGate('open', { content: 'CANARY-body' })
    await using broker = await memoryBroker()
    const session = await broker.session('b')
    session.record({ har: whole, secrets: 'kept', maxBodyBytes: 1_000 })
    await (await session.fetch(`${site.origin}/a?q=CANARY-query`)).text()
    await session.release()
    const [entry] = JSON.parse(readFileSync(whole, 'utf8')).log.entries
    expect(entry.request.url).toContain('CANARY-query')
    expect(entry.response.content).toMatchObject({ text: 'CANARY-body', size: 11 })
  })

  it('is refused at once where its file cannot be written, and keeps the latest of many', async () => {
    await using site = await startGate('open')
    await using broker = await memoryBroker()
    const session = await broker.session('c')
    const { code, message } = await errorOf(() => session.record({ har: '/nowhere/at/all.har' }))
    expect(code).toBe('ONEJAR_BAD_OPTIONS')
    expect(message).toContain('/nowhere/at/all.har cannot be written')
    const few = join(folder.path, 'few.har')
    const recording = session.record({ har: few, maxEntries: 2 })
    for (const path of ['1', '2', '3']) await (await session.fetch(`${site.origin}/${path}`)).text()
    await recording.stop()
    const { log } = JSON.parse(readFileSync(few, 'utf8'))
    expect(log.entries.map((one: { request: { url: string } }) => one.request.url.at(-1))).toEqual(['2', '3'])
    expect(log.comment).toBe('1 earlier requests were not kept')
  })
})

it('onejar fetch --har writes a recording, and onejar explain --har reads it', async () => {
  const home = new CliHome()
  try {
    await using site = await startGate('block', { content: '' })
    const file = home.file('cli.har')
    await home.run(['fetch', '--har', file, '--no-escalate', `${site.origin}/x?q=CANARY`])
    const { out, code } = await home.run(['explain', '--har', file])
    expect(code).toBe(0)
    expect(out).toMatch(/GET http:\/\/127\.0\.0\.1:\d+\/x 403 \(by http\)/)
    expect(readFileSync(file, 'utf8')).not.toContain('CANARY')
    const bad = await home.run(['explain', '--har', '-'], { input: '{"log": 1}' })
    expect(bad.code).not.toBe(0)
    expect(bad.err).toMatch(/no log\.entries/)
  } finally {
    home.remove()
  }
}, 60_000)
