import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type OnejarError, openBroker } from '../../../src/index.ts'
import { errorOf, IDENTITY, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const ASK = `<!doctype html><link rel=icon href=data:,><script>
const ask = async () => ({
  languages: navigator.languages.join(),
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  month: new Date(0).toLocaleDateString(undefined, { month: 'long' }),
  width: innerWidth,
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  latitude: (await new Promise((done, failed) => navigator.geolocation.getCurrentPosition(done, failed))).coords.latitude,
})
</script>`

it('makes each context of a session as it is told, and HTTP in its language', async () => {
  using folder = temporaryFolder()
  const seen: string[] = []
  await using server = await startHttpServer((request, response) => {
    seen.push(`${request.url} ${request.headers['accept-language']}`)
    response.setHeader('content-type', 'text/html').end(ASK)
  })
  const hars = join(folder.path, 'hars')
  await using broker = await memoryBroker({ identity: undefined, browser: { recycleAfterPages: 1 } })
  const session = await broker.session('told', {
    contextOptions: {
      locale: 'de-DE',
      timezoneId: 'Asia/Tokyo',
      viewport: { width: 333, height: 444 },
      colorScheme: 'dark',
      permissions: ['geolocation'],
      geolocation: { latitude: 52.5, longitude: 13.4 },
      recordHar: { dir: hars },
    },
  })
  const contexts = new Set()
  for (const path of ['/first', '/second']) {
    const page = await session.page()
    contexts.add(page.context())
    await page.goto(server.origin + path)
    expect(await page.evaluate('ask()')).toEqual({
      languages: 'de-DE,de',
      zone: 'Asia/Tokyo',
      month: 'Januar',
      width: 333,
      dark: true,
      latitude: 52.5,
    })
    await page.close()
  }
  expect(contexts.size).toBe(2)
  await (await session.fetch(`${server.origin}/http`)).text()
  expect(seen).toEqual(['/first', '/second', '/http'].map((path) => `${path} de-DE,de;q=0.9`))
  await session.release()
  const files = readdirSync(hars)
  expect(files.map((file) => file.slice(-6)).sort()).toEqual(['-1.har', '-2.har'])
  const urls = files
    .sort()
    .map((file) => JSON.parse(readFileSync(join(hars, file), 'utf8')).log.entries[0].request.url)
  expect(urls).toEqual([`${server.origin}/first`, `${server.origin}/second`])
})

// Playwright downloads the program that makes videos; where nobody had it downloaded, the error says so.
it('keeps a video of a page, or says what is missing for that', async () => {
  using folder = temporaryFolder()
  await using broker = await memoryBroker()
  const session = await broker.session('filmed', { contextOptions: { recordVideo: { dir: folder.path } } })
  const opened = await session.page().catch((error: OnejarError) => error)
  if (opened instanceof Error) {
    expect(opened).toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
      message: expect.stringContaining('npx playwright install ffmpeg'),
    })
    return
  }
  await opened.close()
  await session.release()
  expect(readdirSync(folder.path)).toEqual([expect.stringMatching(/\.webm$/)])
})

describe('recordings of pages that workers would hold', () => {
  const queue = 'redis://127.0.0.1:1'

  it.each([
    [{ recordHar: { dir: 'hars' } }, 'contextOptions.recordHar: '],
    [{ recordVideo: { dir: 'videos' } }, 'contextOptions.recordVideo: '],
    [
      { recordHar: { dir: 'a' }, recordVideo: { dir: 'b' } },
      'contextOptions.recordHar, contextOptions.recordVideo: ',
    ],
  ])('are refused when the session is opened: %j', async (contextOptions, names) => {
    for (const browser of [false, { executablePath: '/nowhere/chromium' }] as const) {
      await using broker = await openBroker({
        store: 'memory',
        identity: IDENTITY,
        queue,
        browser,
        contextOptions,
      })
      for (const options of [{}, { contextOptions }]) {
        const { code, message } = await errorOf(broker.session('a', options))
        expect(code).toBe('ONEJAR_BAD_OPTIONS')
        expect(message).toContain(names)
        expect(message).toMatch(/workers record nothing.*leave it out, or install a Chromium/)
      }
      // Nothing is left of it: the same session opens without.
      expect((await broker.session('a', { contextOptions: { locale: 'de-DE' } })).id).toBe('a')
    }
  })

  it('are made where pages are shown in this process', async () => {
    using folder = temporaryFolder()
    await using server = await startHttpServer((_, response) =>
      response.setHeader('content-type', 'text/html').end(ASK),
    )
    await using broker = await memoryBroker({ queue })
    const session = await broker.session('a', { contextOptions: { recordHar: { dir: folder.path } } })
    expect((await session.fetch(server.origin, { render: true })).via).toBe('page')
    await session.release()
    expect(readdirSync(folder.path)).toHaveLength(1)
  })
})
