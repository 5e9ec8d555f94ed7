import { describe, expect, it } from 'vitest'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'

const html = { 'content-type': 'text/html' }

/** A site whose robots.txt forbids everything, and what was asked of it. */
async function startClosedSite() {
  const seen: string[] = []
  const server = await startHttpServer((request, response) => {
    if (request.url !== '/favicon.ico') seen.push(request.url ?? '')
    if (request.url === '/robots.txt') response.end('User-agent: *\nDisallow: /\n')
    else response.writeHead(200, html).end('<title>closed</title><h1>closed</h1>')
  })
  return Object.assign(Object.create(server) as typeof server, { seen })
}

/** A site that leads away, by a script or a redirect, and one whose challenge lives where robots.txt forbids. */
function startOpenSite(away: () => string) {
  return startHttpServer((request, response) => {
    const cleared = (request.headers.cookie ?? '').includes('clearance=1')
    const send = (body: string, status = 200) => response.writeHead(status, html).end(body)
    switch (request.url) {
      case '/robots.txt':
        return response.end('User-agent: *\nDisallow: /challenge\n')
      case '/script':
        return send(`<title>One moment</title><script>location.href = '${away()}'</script>`)
      case '/redirect':
        return response.writeHead(302, { location: away() }).end()
      case '/challenge':
        return send(
          `<title>One moment</title><script>document.cookie = 'clearance=1'; location.href = '/gated'</script>`,
        )
      case '/gated':
        if (cleared) return send('<h1>content</h1>')
        return send(
          `<!doctype html><title>One moment</title><script>document.cookie = 'a=1'; location.href = '/challenge'</script>`,
          403,
        )
      default:
        return send('<title>open</title>')
    }
  })
}

describe('robots.txt and pages', () => {
  it.each(['/script', '/redirect'])(
    'a page of an escalation does not go where another origin forbids it: %s',
    async (path) => {
      await using closed = await startClosedSite()
      await using site = await startOpenSite(() => `${closed.origin}/x`)
      await using broker = await memoryBroker({ robots: {} })
      const session = await broker.session('alice')
      const expect_ = { selector: 'h1' }
      const error = await errorOf(session.fetch(site.origin + path, { render: true, expect: expect_ }))
      expect(error).toMatchObject({ code: 'ONEJAR_ROBOTS_DISALLOWED', details: { origin: closed.origin } })
      expect(closed.seen).toEqual(['/robots.txt'])
    },
  )

  it('a challenge may take its page to any path of the origin that was asked for', async () => {
    await using site = await startOpenSite(() => '/')
    await using broker = await memoryBroker({ robots: {} })
    const session = await broker.session('alice')
    expect((await errorOf(session.fetch(`${site.origin}/challenge`))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    expect(await (await session.fetch(`${site.origin}/gated`)).text()).toContain('content')
  })

  it.each([
    ['another origin, and to that of its own', ['/hop', '/away'], false],
    ['its own origin', ['/hop', '/private'], true],
  ])(
    'a fetch in a page does not follow a redirect to what is forbidden at %s',
    async (_, [from, to], same) => {
      await using closed = await startClosedSite()
      await using gate = await startGate('connection', {
        robots: 'User-agent: *\nDisallow: /private\n',
        intercept: (request, response) => {
          asked.push(request.url ?? '')
          if (request.url === '/hop') response.writeHead(302, { location: `${to}?key=secret` }).end()
          else if (request.url === '/twice') response.writeHead(302, { location: '/hop' }).end()
          else if (request.url?.startsWith('/away')) {
            response
              .writeHead(302, { location: `${closed.origin}/x`, 'access-control-allow-origin': '*' })
              .end()
          } else return false
          return true
        },
      })
      const asked: string[] = []
      await using broker = await memoryBroker({ robots: {} })
      const session = await broker.session('alice')
      expect((await session.fetch(`${gate.origin}/open`)).via).toBe('page-fetch')
      const refused = {
        code: 'ONEJAR_ROBOTS_DISALLOWED',
        details: { origin: same ? gate.origin : closed.origin },
      }
      for (const path of [from, '/twice']) {
        for (const options of [{}, { method: 'POST', body: 'x' }, { headers: { 'x-own': 'asked for' } }]) {
          expect(await errorOf(session.fetch(gate.origin + path, options))).toMatchObject(refused)
        }
      }
      expect(closed.seen).toEqual(same ? [] : ['/robots.txt'])
      expect(asked.filter((url) => url.startsWith('/private'))).toEqual([])
      // Without robots.txt, as far as the caller is concerned, it goes on.
      if (same) {
        const bypassed = await session.fetch(gate.origin + from, { robots: false })
        expect([bypassed.via, bypassed.url]).toEqual(['page-fetch', `${gate.origin}/private?key=secret`])
      }
    },
  )

  it('a page that a person drives goes anywhere', async () => {
    await using closed = await startClosedSite()
    await using broker = await memoryBroker({ robots: {} })
    const session = await broker.session('alice')
    const page = await session.page()
    await page.goto(`${closed.origin}/x`)
    expect(await page.title()).toBe('closed')
    expect(closed.seen).toEqual(['/x'])
  })
})
