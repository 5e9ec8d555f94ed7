import http from 'node:http'
import { solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_ACCOUNT } from '../../../examples/demo/site/accounts.ts'
import { verifiedChecksum } from '../../../examples/demo/site/checksum.ts'
import { type DemoSite, startDemoSite } from '../../../examples/demo/site/server.ts'
import { startDemoSiteThread } from '../../../examples/demo/site/thread.ts'
import { launchChromium } from '../../support/launch-chromium.ts'

async function solve(site: DemoSite): Promise<string> {
  const challenge = await (await fetch(`${site.origin}/__gate/challenge`)).json()
  const solution = await solveChallenge({ challenge, deriveKey })
  return encode({ challenge, solution })
}

function encode(payload: unknown): string {
  return Buffer.from(JSON.stringify(payload)).toString('base64')
}

function decode(payload: string) {
  return JSON.parse(Buffer.from(payload, 'base64').toString())
}

function handIn(site: DemoSite, altcha: unknown, userAgent = 'tester/1'): Promise<Response> {
  return fetch(`${site.origin}/__gate/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': userAgent },
    body: JSON.stringify({ altcha }),
  })
}

async function clearanceFor(site: DemoSite, userAgent = 'tester/1'): Promise<string> {
  const response = await handIn(site, await solve(site), userAgent)
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

describe('the gate', () => {
  it.each(['/', '/catalogue/1', '/item/7', '/login', '/api/orders?page=1', '/nowhere'])(
    'stands before %s for who has no clearance',
    async (path) => {
      await using site = await startDemoSite({ cost: 10 })
      const response = await fetch(site.origin + path)
      expect(response.status).toBe(403)
      expect(response.headers.get('content-type')).toContain('text/html')
      const body = await response.text()
      expect(body).toContain('<altcha-widget')
      expect(verifiedChecksum(body)).toBeNull()
      expect(site.stats()).toMatchObject({ gateShown: 1, solves: 0, itemsServed: 0, apiCalls: 0 })
    },
  )

  it('leaves robots.txt open', async () => {
    await using site = await startDemoSite()
    expect((await fetch(`${site.origin}/robots.txt`)).status).toBe(200)
  })

  it('gives a clearance for work that was done, and lets it through', async () => {
    await using site = await startDemoSite({ cost: 10 })
    const answer = await handIn(site, await solve(site))
    const line = answer.headers.getSetCookie()[0] ?? ''
    expect(line).toMatch(/^clearance=\S+; Max-Age=1800; Path=\/; HttpOnly; SameSite=Lax$/)
    const headers = { cookie: line.split(';')[0] ?? '', 'user-agent': 'tester/1' }
    const response = await fetch(`${site.origin}/item/7`, { headers })
    expect(response.status).toBe(200)
    expect(verifiedChecksum(await response.text())).not.toBeNull()
    expect(site.stats()).toMatchObject({ gateShown: 0, challengesIssued: 1, solves: 1, itemsServed: 1 })
  })

  it('accepts an answer once only, also when it arrives twice at the same time', async () => {
    await using site = await startDemoSite({ cost: 10 })
    const payload = await solve(site)
    const answers = await Promise.all([handIn(site, payload), handIn(site, payload), handIn(site, payload)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403])
    expect(await (await handIn(site, payload)).json()).toEqual({ refused: 'replayed' })
    expect(site.stats()).toMatchObject({ solves: 1, solvesRefused: 3 })
  })

  it('refuses an answer after the challenge has expired', async () => {
    await using site = await startDemoSite({ cost: 10, challengeMs: -60_000 })
    expect(await (await handIn(site, await solve(site))).json()).toEqual({ refused: 'expired' })
  })

  it('refuses a challenge whose expiry was moved, and one made by another site', async () => {
    await using site = await startDemoSite({ cost: 10 })
    await using other = await startDemoSite({ cost: 10 })
    const moved = decode(await solve(site))
    moved.challenge.parameters.expiresAt += 60
    expect(await (await handIn(site, encode(moved))).json()).toEqual({ refused: 'forged' })
    expect(await (await handIn(site, await solve(other))).json()).toEqual({ refused: 'forged' })
  })

  it('refuses a wrong solution', async () => {
    await using site = await startDemoSite({ cost: 10 })
    const payload = decode(await solve(site))
    payload.solution.derivedKey = '00'.repeat(32)
    expect(await (await handIn(site, encode(payload))).json()).toEqual({ refused: 'wrong' })
  })

  it.each([
    ['nothing', undefined],
    ['no base64 JSON', '%%%'],
    ['a number', 7],
    ['an empty object', encode({})],
  ])('refuses %s', async (_name, payload) => {
    await using site = await startDemoSite()
    const answer = await handIn(site, payload)
    expect([answer.status, await answer.json()]).toEqual([403, { refused: 'malformed' }])
    expect(answer.headers.getSetCookie()).toEqual([])
  })
})

describe('the clearance', () => {
  const statusOf = async (site: DemoSite, cookie: string, userAgent = 'tester/1') =>
    (await fetch(`${site.origin}/item/1`, { headers: { cookie, 'user-agent': userAgent } })).status

  it('is bound to the user agent that earned it', async () => {
    await using site = await startDemoSite({ cost: 10 })
    const cookie = await clearanceFor(site)
    expect(await statusOf(site, cookie)).toBe(200)
    expect(await statusOf(site, cookie, 'tester/2')).toBe(403)
  })

  it('can be bound to how a client writes its headers as well, so that the same cookies are worth nothing to another', async () => {
    await using site = await startDemoSite({ cost: 10, bindsClearance: true })
    const cookie = await clearanceFor(site)
    expect(await statusOf(site, cookie)).toBe(200)
    const headers = { Host: new URL(site.origin).host, Cookie: cookie, 'User-Agent': 'tester/1' }
    const status = await new Promise((resolve, reject) => {
      const asked = http.get(`${site.origin}/item/1`, { headers, setHost: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.on('error', reject)
    })
    expect(status).toBe(403)
  })

  it('is worthless when altered, expired or revoked', async () => {
    await using site = await startDemoSite({ cost: 10 })
    await using brief = await startDemoSite({ cost: 10, clearanceMs: 0 })
    const cookie = await clearanceFor(site)
    expect(
      await statusOf(
        site,
        cookie.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
      ),
    ).toBe(403)
    expect(await statusOf(brief, await clearanceFor(brief))).toBe(403)
    site.revokeClearances()
    expect(await statusOf(site, cookie)).toBe(403)
  })
})

describe('the shop', () => {
  let site: DemoSite
  let headers: Record<string, string>
  beforeAll(async () => {
    site = await startDemoSite({ cost: 10 })
    headers = { cookie: await clearanceFor(site), 'user-agent': 'tester/1' }
  })
  afterAll(() => site.close())

  const get = (path: string, more: Record<string, string> = {}) =>
    fetch(site.origin + path, { headers: { ...headers, ...more } })

  it('serves every item with its own checksum, in 4 to 8 kB', async () => {
    const checksums = new Set<string>()
    for (let item = 1; item <= 300; item += 1) {
      const body = await (await get(`/item/${item}`)).text()
      expect(Buffer.byteLength(body)).toBeGreaterThan(4_000)
      expect(Buffer.byteLength(body)).toBeLessThan(8_200)
      checksums.add(verifiedChecksum(body) ?? '')
    }
    expect(checksums.size).toBe(300)
    expect(checksums).not.toContain('')
  })

  it('has no page beyond the last', async () => {
    const paths = ['/catalogue/15', '/catalogue/16', '/item/300', '/item/301', '/item/0', '/api/nothing']
    const statuses = await Promise.all(paths.map(async (path) => (await get(path)).status))
    expect(statuses).toEqual([200, 404, 200, 404, 404, 404])
  })

  it('sets cookies, deletes one, and compresses some pages', async () => {
    expect((await get('/catalogue')).headers.getSetCookie()).toEqual(['flash=welcome; Path=/; SameSite=Lax'])
    const first = await get('/catalogue/1')
    expect(first.headers.getSetCookie()).toContain('flash=; Max-Age=0; Path=/')
    expect(first.headers.get('content-encoding')).toBeNull()
    const second = await get('/catalogue/2')
    expect(second.headers.get('content-encoding')).toBe('gzip')
    expect(verifiedChecksum(await second.text())).not.toBeNull()
  })

  it('gives the API to who has logged in', async () => {
    const post = (body: unknown) =>
      fetch(`${site.origin}/api/login`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect((await post({ ...DEMO_ACCOUNT, password: 'guess' })).status).toBe(401)
    expect((await post(null)).status).toBe(401)
    const { token, exp } = await (await post(DEMO_ACCOUNT)).json()
    expect(exp * 1000).toBeGreaterThan(Date.now())
    expect((await get('/api/orders?page=1')).status).toBe(401)
    expect((await get('/api/orders?page=1', { authorization: `Bearer ${token}x` })).status).toBe(401)
    const authorization = `Bearer ${token}`
    expect(await (await get('/api/orders?page=10', { authorization })).json()).toMatchObject({
      page: 10,
      pages: 10,
    })
    expect((await get('/api/orders?page=11', { authorization })).status).toBe(404)
    expect(site.stats()).toMatchObject({ logins: 1, apiCalls: 4, apiUnauthorised: 2 })
  })
})

describe('startDemoSiteThread()', () => {
  it('serves from another thread, counts there, and is gone after close()', async () => {
    const site = await startDemoSiteThread({ pages: 3, cost: 10 })
    expect((await fetch(`${site.origin}/item/1`)).status).toBe(403)
    const [first, second] = await Promise.all([site.stats(), site.stats()])
    expect(first).toMatchObject({ requests: 1, gateShown: 1 })
    expect(second).toEqual(first)
    await site.close()
    await site.close()
    await expect(fetch(`${site.origin}/item/1`)).rejects.toThrow('fetch failed')
  })
})

describe('a real browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser.close())

  it('passes the gate by itself, logs in, and meets the gate no second time', async () => {
    await using site = await startDemoSite({ cost: 200 })
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${site.origin}/item/3`)
    await page.waitForSelector('.checksum')
    const served = await (await context.request.get(`${site.origin}/item/3`)).text()
    expect(verifiedChecksum(await page.content())).toBe(verifiedChecksum(served))

    await page.goto(`${site.origin}/login`)
    await page.fill('[name=user]', DEMO_ACCOUNT.user)
    await page.fill('[name=password]', DEMO_ACCOUNT.password)
    await page.click('button')
    await page.waitForSelector('#orders li')
    const auth = JSON.parse((await page.evaluate(() => localStorage.getItem('auth'))) ?? 'null')
    expect(auth).toEqual({ token: expect.stringMatching(/^ey/), exp: expect.any(Number) })
    expect(site.stats()).toMatchObject({
      gateShown: 1,
      solves: 1,
      logins: 1,
      apiCalls: 1,
      apiUnauthorised: 0,
    })
    await context.close()
  })
})
