import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ffmpegStandIn } from '../../support/ffmpeg-stand-in.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { readZip } from '../../support/read-zip.ts'
import { type ReportedStep, RunnerProject, type RunReport } from '../../support/runner-project.ts'

const CONFIG = `import { defineConfig } from '@playwright/test'

export default defineConfig({
  workers: 1,
  timeout: 60_000,
  use: {
    launchOptions: JSON.parse(process.env.LAUNCH_OPTIONS),
    baseURL: process.env.SITE,
    trace: 'on',
    video: 'on',
    screenshot: 'on',
    contextOptions: { recordHar: { path: 'all.har' } },
  },
})
`

/** Makes Onejar use a blank page: of an origin that no page shows, and before a document. */
const SPEC = `import { expect, test } from 'onejar/test'

test('visits', async ({ page, session, baseURL }) => {
  await session.localStorage(baseURL).set('theme', 'dark')
  await page.goto('/first')
  await page.goto('/second')
  expect(await session.localStorage(baseURL).get('seen')).toBe('yes')
  await session.fetch(baseURL + '/http')
  await expect(session).toBeInSync()
})
`

let site: TestServer
let project: RunnerProject
let report: RunReport

beforeAll(async () => {
  site = await startHttpServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(
      '<!doctype html><link rel=icon href=data:,><script>localStorage.setItem("seen", "yes")</script>',
    )
  })
  project = new RunnerProject({ 'playwright.config.ts': CONFIG, 'visits.spec.ts': SPEC })
  const videos = ffmpegStandIn(project.path('downloads'))
  report = await project.run({ SITE: site.origin, PLAYWRIGHT_BROWSERS_PATH: videos })
  expect(report.outcomes[0]?.errors, report.output).toEqual([])
}, 300_000)

afterAll(async () => {
  project?.[Symbol.dispose]()
  await site?.close()
})

function attached(name: string): string[] {
  const found = report.outcomes.flatMap(({ attachments }) => attachments).filter((one) => one.name === name)
  return found.flatMap(({ path }) => path ?? [])
}

it('films the page of the test and no other, and takes one picture', () => {
  expect(attached('video')).toHaveLength(1)
  expect(readFileSync(attached('video')[0] as string).length).toBeGreaterThan(0)
  expect(attached('screenshot')).toHaveLength(1)
})

it('leaves no file of a page that nobody was to see', () => {
  const files = readdirSync(project.path('test-results'), { recursive: true, encoding: 'utf8' })
  expect(files.filter((file) => file.endsWith('.webm'))).toHaveLength(1)
})

it("has the site's own requests in the HAR, and no others", () => {
  const har = JSON.parse(readFileSync(project.path('all.har'), 'utf8')) as {
    log: { entries: { request: { url: string } }[] }
  }
  const urls = har.log.entries.map(({ request }) => request.url)
  expect(urls).toEqual([`${site.origin}/first`, `${site.origin}/second`])
})

it('lists what the test did as steps, and nothing of its own', () => {
  const calls = (steps: readonly ReportedStep[]): string[] =>
    steps.flatMap(({ category, title, steps: inner }) => [
      ...(category === 'pw:api' ? [title] : []),
      ...calls(inner),
    ])
  const found = calls(report.outcomes[0]?.steps ?? []).filter((title) => !/browser$/i.test(title))
  expect(found).toEqual([
    expect.stringMatching(/context/i),
    expect.stringMatching(/page/i),
    expect.stringMatching(/^(navigate|page\.goto)/i),
    expect.stringMatching(/^(navigate|page\.goto)/i),
    expect.stringMatching(/context/i),
  ])
})

it('has what the test did in its trace, and nothing else', () => {
  const files = readZip(readFileSync(attached('trace')[0] as string))
  const lines = [...files].flatMap(([name, bytes]) =>
    /^\d+-trace\.trace$/.test(name) ? bytes.toString('utf8').split('\n') : [],
  )
  const events = lines.flatMap((line) => (line === '' ? [] : (JSON.parse(line) as TraceEvent)))
  const methods = events.flatMap(({ type, method }) => (type === 'before' ? (method ?? []) : []))
  expect(methods).toEqual(['newPage', 'goto', 'goto'])
})

interface TraceEvent {
  readonly type: string
  readonly method?: string
}
