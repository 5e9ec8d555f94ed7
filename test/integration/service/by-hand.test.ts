import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket as Socket } from 'ws'
import { temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { openLink, type Person, PLACES, type PuzzleSite, startPuzzleSite } from '../../support/person.ts'
import { type OpenedService, openService } from '../../support/service.ts'

let people: Browser
let site: PuzzleSite
let service: OpenedService
let lines: unknown[]
const folder = temporaryFolder()
const trail = join(folder.path, 'trail.jsonl')
beforeAll(async () => {
  people = await launchChromium()
  lines = []
  service = await openService({ lines, broker: { audit: { path: trail } } })
})
afterAll(async () => {
  await people.close()
  await service.close()
  folder[Symbol.dispose]()
})
let count = 0
let id: string
beforeEach(async () => {
  id = `person-${++count}`
  site = await startPuzzleSite()
})
afterEach(async () => {
  await Promise.all(people.contexts().map((context) => context.close()))
  await service.call('DELETE', `/v1/sessions/${id}`)
  await site.close()
})

const fetchOf = (one: OpenedService, path = '/', more = {}) =>
  one.call('POST', '/v1/fetch', { session: id, url: site.origin + path, timeoutMs: 100_000, ...more })
/** A link to what blocks the session. */
async function linkOf(one = service): Promise<string> {
  const { status, json } = await one.call('POST', `/v1/sessions/${id}/by-hand`, { url: site.origin })
  expect(status).toBe(201)
  expect(Number.isSafeInteger(json.expiresAt)).toBe(true)
  return json.url
}
async function blocked(): Promise<string> {
  const { status, json } = await fetchOf(service)
  expect([status, json.code]).toEqual([409, 'ONEJAR_CAPTCHA'])
  return linkOf()
}
async function seeing(url: string, options?: Parameters<typeof openLink>[2]): Promise<Person> {
  const person = await openLink(people, url, options)
  await person.sees()
  return person
}
const told = (what: string) => eventually(() => expect(site.told).toContain(what))
const says = (person: Person, text: string) => expect.poll(person.status).toContain(text)
const GONE = 'This link does not work'
/** When somebody who sees nothing happen does it again. */
const SOON_MS = 2_000

describe('a page that a person gets by a link', { timeout: 120_000 }, () => {
  it('does what they do: mouse, keys, pasted text, an input method, the wheel, and Tab', async () => {
    const person = await seeing(await blocked())
    await person.click(PLACES.first)
    await person.page.keyboard.type('Grüße')
    await told('first Grüße')
    await person.page.keyboard.press('Control+A')
    await person.page.keyboard.press('Backspace')
    await told('first ')
    await person.page.evaluate(() => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', 'pasted')
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData }))
    })
    await told('first pasted')
    const link = await person.page.context().newCDPSession(person.page)
    await link.send('Input.imeSetComposition', { text: '日', selectionStart: 1, selectionEnd: 1 })
    await told('composing 日')
    await link.send('Input.insertText', { text: '日本' })
    await told('first pasted日本')
    await person.page.mouse.wheel(0, 100)
    await told('wheel')
    const { x, y } = await person.at(PLACES.first)
    await person.page.mouse.move(x, y)
    await person.page.mouse.down()
    await person.page.mouse.move(x, 1)
    await person.page.mouse.up()
    await told('let go')
    await person.page.keyboard.press('Tab')
    await told('second has the focus')
  })

  it('is touched, on a phone', async () => {
    const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }
    const person = await seeing(await blocked(), phone)
    expect(await person.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    const { x, y } = await person.at(PLACES.first)
    // A tap that a busy machine holds up is a long press, which focuses nothing: then somebody taps again.
    await eventually(async () => {
      await person.page.touchscreen.tap(x, y)
      await vi.waitFor(() => expect(site.told).toContain('first has the focus'), SOON_MS)
    })
    expect(site.told).toContain('touched')
    await person.page.getByRole('button', { name: 'Keyboard' }).tap()
    await person.page.keyboard.insertText('by thumb')
    await told('first by thumb')
  })

  it('lets them out with F6, to press Done: the session goes on, and the link is over', async () => {
    const person = await seeing(await blocked())
    await person.click(PLACES.human)
    await told('human')
    await person.page.keyboard.press('F6')
    await person.page.keyboard.press('Enter')
    await says(person, 'Thank you')
    expect(await person.page.locator('#picture').isVisible()).toBe(false)
    await eventually(async () => {
      expect((await service.call('GET', `/v1/sessions/${id}/blocked`)).json.blocked).toEqual([])
    })
    expect((await fetchOf(service)).json).toMatchObject({ status: 200, via: 'http' })
    await person.page.reload()
    await expect.poll(() => person.page.title()).toBe(GONE)
  })

  it('ends by itself when the site lets the page through, and leaves nothing to press', async () => {
    const person = await seeing(await blocked())
    await person.click(PLACES.human)
    await told('human')
    await person.click(PLACES.goOn)
    await says(person, 'The site lets the work go on')
    expect((await fetchOf(service)).json.status).toBe(200)
  })

  it('gives way to a window that it opens, until that is closed', async () => {
    const person = await seeing(await blocked())
    await person.click(PLACES.window)
    const close = person.page.getByRole('button', { name: 'Close this window' })
    await close.waitFor()
    await close.click()
    await close.waitFor({ state: 'hidden' })
    await person.click(PLACES.first)
    await person.page.keyboard.type('back')
    await told('first back')
  })

  it('takes no key that would lead away from it', async () => {
    const person = await seeing(await blocked())
    await person.click(PLACES.first)
    // As a browser of somebody who has changed the page would send it.
    await person.page.evaluate(() => {
      const address = new URL(`${location.pathname}/live`, location.href)
      address.protocol = 'ws:'
      const socket = new WebSocket(address)
      return new Promise<void>((resolve) => {
        socket.addEventListener('open', () => {
          const key = { type: 'key', down: true, code: '', repeat: false, shift: false, alt: false }
          socket.send(JSON.stringify({ type: 'size', width: 900, height: 500 }))
          socket.addEventListener(
            'message',
            () => {
              for (const [name, keyCode, command] of [
                ['F12', 123, false],
                ['t', 84, true],
                ['l', 76, true],
                ['u', 85, true],
              ])
                socket.send(JSON.stringify({ ...key, key: name, keyCode, command }))
              socket.send('{"type":"text","text":"still here"}')
              resolve()
            },
            { once: true },
          )
        })
      })
    })
    await told('first still here')
    expect(await person.status()).toContain('another window of this browser')
  })

  it('is clean to axe, light and dark, wide and at 390 pixels', async () => {
    const url = await blocked()
    const person = await seeing(url)
    const stranger = await openLink(people, url)
    await says(stranger, GONE)
    const gone = await openLink(people, `${service.url}/by-hand/nothing#x`)
    const problems: unknown[] = []
    for (const { page } of [person, stranger, gone])
      for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [1000, 390]) {
          await page.setViewportSize({ width, height: 780 })
          await page.emulateMedia({ colorScheme })
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
          // As DevTools runs it: the page's own rules let no other script in.
          const found = await page.evaluate(
            `${axe.source}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
          )
          problems.push(...(found as unknown[]))
        }
    expect(problems).toEqual([])
  })
})

describe('a one-time link', { timeout: 120_000 }, () => {
  it('is for the first browser that opens it, which may load it again; others see nothing', async () => {
    const url = await blocked()
    const person = await seeing(url)
    expect(person.page.url()).not.toContain('#')
    const [cookie] = await person.page.context().cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: new URL(url).pathname })
    expect(url).not.toContain(String(cookie?.value))
    const stranger = await openLink(people, url)
    await says(stranger, GONE)
    expect(await stranger.page.locator('#stage').isVisible()).toBe(false)
    expect(await stranger.page.context().cookies()).toEqual([])
    await person.page.reload()
    await person.sees()
  })

  it('is nothing when it is forged, cut off, replaced, or of another session', async () => {
    const url = await blocked()
    const [path] = url.split('#')
    for (const forged of [String(path), `${path}#${'x'.repeat(43)}`]) {
      const person = await openLink(people, forged)
      await says(person, GONE)
    }
    const unknown = await openLink(people, `${service.url}/by-hand/abcdefghijklmnop#x`)
    expect(await unknown.page.title()).toBe(GONE)
    const next = await linkOf()
    expect(await (await openLink(people, url)).page.title()).toBe(GONE)
    const person = await seeing(next)
    await person.page.getByRole('button', { name: 'Give up' }).click()
    await says(person, 'You gave up')
    expect((await fetchOf(service)).json.code).toBe('ONEJAR_CAPTCHA')
  })

  it('shows nothing to a socket without its cookie, or of another origin', async () => {
    const url = await blocked()
    const person = await seeing(url)
    const [{ name, value } = { name: '', value: '' }] = await person.page.context().cookies()
    const live = `${String(url.split('#')[0]).replace('http:', 'ws:')}/live`
    const answer = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve) => {
        const socket = new Socket(live, { headers })
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
        socket.on('open', () => resolve(101))
        socket.on('error', () => {})
      })
    const cookie = `${name}=${value}`
    expect(await answer({ origin: service.url })).toBe(403)
    expect(await answer({ origin: service.url, cookie: `${name}=x` })).toBe(403)
    expect(await answer({ origin: 'http://evil.example', cookie })).toBe(403)
    expect(await answer({ cookie })).toBe(403)
    const claimed = await fetch(`${url.split('#')[0]}/claim`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://evil.example', cookie },
      body: '{}',
    })
    expect([claimed.status, claimed.headers.get('set-cookie')]).toEqual([410, null])
  })

  it('has pages that load nothing of others, run in no frame, and are kept nowhere', async () => {
    const url = await blocked()
    for (const path of [
      String(url.split('#')[0]),
      `${service.url}/by-hand/none`,
      `${service.url}/pages/by-hand.js`,
    ]) {
      const { headers } = await fetch(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect([headers.get('referrer-policy'), headers.get('cache-control')]).toEqual([
        'no-referrer',
        'no-store',
      ])
    }
    const problems: string[] = []
    const page = await (await people.newContext()).newPage()
    page.on('console', (message) => problems.push(message.text()))
    page.on('request', (request) => {
      if (new URL(request.url()).host !== new URL(service.url).host) problems.push(request.url())
    })
    await page.goto(url)
    await page.locator('#picture').waitFor()
    expect(problems).toEqual([])
  })

  it('is in the audit trail, and its secrets are nowhere', async () => {
    const url = await blocked()
    const person = await seeing(url)
    const cookies = await person.page.context().cookies()
    await person.page.getByRole('button', { name: 'Done' }).click()
    await says(person, 'Thank you')
    const states = () =>
      readFileSync(trail, 'utf8')
        .split('\n')
        .filter((line) => line.includes('session-handed-over') && line.includes(site.origin))
        .map((line) => /"state":"(\w+)"/.exec(line)?.[1])
    await eventually(() => expect(states()).toEqual(['made', 'opened', 'done']))
    const written = readFileSync(trail, 'utf8') + JSON.stringify(lines)
    for (const secret of [url.split('#')[1], cookies[0]?.value]) expect(written).not.toContain(String(secret))
  })

  it('is made by who may see the session, for what blocks it', async () => {
    const path = `/v1/sessions/${id}/by-hand`
    expect((await service.call('POST', path, { url: site.origin })).json.code).toBe('NOT_FOUND')
    expect((await service.call('POST', path, { url: 'no-url' })).status).toBe(400)
    const origin = { origin: service.url }
    expect((await service.call('POST', path, { url: site.origin }, origin)).json.code).toBe('FORBIDDEN')
    await using guarded = await openService({
      token: 'a-token-of-all-tenants',
      tenantTokens: [{ tenant: 'acme', token: 'a-token-of-one-tenant' }],
    })
    const acme = { authorization: 'Bearer a-token-of-one-tenant' }
    expect((await guarded.call('POST', path, { url: site.origin })).status).toBe(401)
    expect((await guarded.call('POST', `${path}?tenant=globex`, { url: site.origin }, acme)).status).toBe(403)
  })
})

describe('onejar serve --by-hand', { timeout: 180_000 }, () => {
  it('has a thousand callers wait for one person, and all go on', async () => {
    await using waiting = await openService({ byHand: true })
    const callers: ReturnType<typeof fetchOf>[] = []
    while (callers.length < 1_000) {
      for (let n = 0; n < 50; n++) {
        callers.push(fetchOf(waiting, `/${callers.length}`, { timeoutMs: 170_000 }))
        callers.at(-1)?.catch(() => {})
      }
      // An answer means that those before it have been accepted.
      await waiting.call('GET', '/health')
    }
    const made = await eventually(async () => {
      const answer = await waiting.call('POST', `/v1/sessions/${id}/by-hand`, { url: site.origin })
      expect(answer.status).toBe(201)
      return answer.json.url as string
    })
    const person = await seeing(made)
    await person.click(PLACES.human)
    await told('human')
    await person.page.getByRole('button', { name: 'Done' }).click()
    const answers = await Promise.all(callers)
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.status ?? json.code}`))).toEqual(
      new Set(['200 200']),
    )
    expect(site.passed()).toBe(1_000)
  })
})
