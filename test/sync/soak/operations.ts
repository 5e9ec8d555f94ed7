import type { Page } from '@playwright/test'
import { killBrowser } from '../kill-browser.ts'
import type { Ask } from '../site.ts'
import { attributesOf } from './model.ts'
import { HOSTS, type Host, type SoakRun } from './soak.ts'

export interface Operation {
  readonly name: string
  /** How often it is drawn, compared with the others: what leaves few pages open makes the steps after it slow. */
  readonly weight: number
  /** Does it, and asks the other side at once. */
  readonly run: (soak: SoakRun) => Promise<void>
}

const SCRIPT_NAMES = ['a', 'b', 'c', 'd0', 'd1']
const HTTP_NAMES = [...SCRIPT_NAMES, 'h0', 'h1', 'h2']
const KEYS = ['k0', 'k1', 'k2', 'k3', 'k4']

/** Some cookies set and some deleted: the lines, and the model told. */
function lines(
  soak: SoakRun,
  host: Host,
  names: readonly string[],
  count = 1 + soak.random.below(4),
): string[] {
  return Array.from({ length: count }, () => {
    const name = soak.random.pick(names)
    const value = soak.random.chance(0.25) ? null : soak.value()
    soak.model.cookie(host, name, value)
    soak.note(`${host} ${name}=${value}`)
    const attributes = attributesOf(host, name)
    return value === null ? `${name}=; Max-Age=0${attributes}` : `${name}=${value}${attributes}`
  })
}

/** Some items set, removed or all cleared: a list for the page, and the model told. */
function items(soak: SoakRun, host: Host): [string, string | null][] {
  return Array.from({ length: 1 + soak.random.below(3) }, () => {
    const key = soak.random.pick(KEYS)
    const value = soak.random.chance(0.25) ? null : soak.value()
    soak.model.item(host, key, value)
    soak.note(`${host} ${key}=${value}`)
    return [key, value]
  })
}

function scriptFor(
  cookies: readonly string[],
  changes: readonly (readonly [string, string | null])[],
): string {
  return `<script>
    for (const line of ${JSON.stringify(cookies)}) document.cookie = line
    for (const [key, value] of ${JSON.stringify(changes)})
      value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value)
  </script>`
}

async function write(page: Page, cookies: readonly string[], changes: readonly [string, string | null][]) {
  await page.evaluate(
    ({ cookies, changes }) => {
      for (const line of cookies) document.cookie = line
      for (const [key, value] of changes) {
        if (value === null) localStorage.removeItem(key)
        else localStorage.setItem(key, value)
      }
    },
    { cookies: [...cookies], changes: [...changes] },
  )
}

function url(soak: SoakRun, host: Host, ask: Ask): string {
  return soak.site.url(ask, { name: host })
}

async function askBoth(soak: SoakRun, host: Host): Promise<void> {
  await soak.askHttp(host)
  await soak.askRecord(host)
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'HTTP Set-Cookie',
    weight: 140,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      if (soak.random.chance(0.3)) await soak.pageOn(host)
      const response = await soak.session.request(url(soak, host, { set: lines(soak, host, HTTP_NAMES) }))
      await response.body.dump()
      await soak.askPages(host)
    },
  },
  {
    name: 'cookies.set and clear',
    weight: 60,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const [line = ''] = lines(soak, host, HTTP_NAMES, 1)
      await soak.session.cookies.set(line, soak.site.origin(host))
      await soak.askPages(host)
      const name = soak.random.pick(HTTP_NAMES)
      for (const each of HOSTS) soak.model.cookie(each, name, null)
      soak.note(`clear ${name}`)
      await soak.session.cookies.clear({ name })
      await soak.askPages(host)
    },
  },
  {
    name: 'record storage',
    weight: 130,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      if (soak.random.chance(0.3)) await soak.pageOn(host)
      const storage = soak.session.localStorage(soak.site.origin(host))
      for (const [key, value] of items(soak, host)) {
        if (value === null) await storage.delete(key)
        else await storage.set(key, value)
      }
      await soak.askPages(host)
    },
  },
  {
    name: 'document.cookie',
    weight: 130,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      await write(page, lines(soak, host, SCRIPT_NAMES), [])
      await soak.askHttp(host)
    },
  },
  {
    name: 'localStorage',
    weight: 140,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      await write(page, [], items(soak, host))
      await soak.askRecord(host)
      await soak.askPages(host)
    },
  },
  {
    name: 'two tabs of one origin in turn',
    weight: 60,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      await soak.pageOn(host)
      if (soak.pages.length < 4) {
        const page = await soak.session.page()
        await page.goto(url(soak, host, {}))
        soak.pages.push({ page, host })
      }
      for (const { page } of soak.pages.filter((each) => each.host === host)) {
        await write(page, lines(soak, host, SCRIPT_NAMES, 1), items(soak, host))
        await askBoth(soak, host)
      }
      await soak.askPages(host)
    },
  },
  {
    name: 'cookieStore',
    weight: 70,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      const name = soak.random.pick(['a', 'b', 'c'])
      const value = soak.random.chance(0.3) ? null : soak.value()
      soak.model.cookie(host, name, value)
      soak.note(`${host} ${name}=${value}`)
      await page.evaluate(
        ({ name, value }) => (value === null ? cookieStore.delete(name) : cookieStore.set(name, value)),
        { name, value },
      )
      await soak.askHttp(host)
    },
  },
  {
    name: 'fetch and XHR in a page',
    weight: 80,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      const status = soak.random.pick([200, 204, 404, 500])
      const target = url(soak, host, { status, set: lines(soak, host, HTTP_NAMES) })
      if (soak.random.chance(0.5)) await page.evaluate((target) => fetch(target).then(() => {}), target)
      else
        await page.evaluate(
          (target) =>
            new Promise<void>((resolve) => {
              const request = new XMLHttpRequest()
              request.onloadend = () => resolve()
              request.open('GET', target)
              request.send()
            }),
          target,
        )
      await soak.askHttp(host)
    },
  },
  {
    name: 'service worker',
    weight: 30,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      const [line = ''] = lines(soak, host, ['h0', 'h1', 'd0'], 1)
      const value = soak.value()
      soak.model.cookie(host, 'a', value)
      soak.note(`${host} a=${value}`)
      const worker = `
        self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
        self.addEventListener('message', async ({ data, ports }) => {
          await cookieStore.set('a', data.value)
          await fetch(data.target)
          ports[0].postMessage('done')
        })`
      await page.evaluate(
        async ({ script, target, value }) => {
          const registration = await navigator.serviceWorker.register(script, { scope: '/' })
          await navigator.serviceWorker.ready
          const { port1, port2 } = new MessageChannel()
          const done = new Promise((resolve) => {
            port1.onmessage = resolve
          })
          registration.active?.postMessage({ target, value }, [port2])
          await done
        },
        { script: url(soak, host, { js: worker }), target: url(soak, host, { set: [line] }), value },
      )
      await soak.askHttp(host)
    },
  },
  {
    name: 'frame',
    weight: 50,
    run: async (soak) => {
      const [outer, inner] = soak.random.chance(0.5)
        ? (['shop', 'www.shop'] as const)
        : (['www.shop', 'shop'] as const)
      const page = await soak.pageOn(outer)
      const html = scriptFor(lines(soak, inner, SCRIPT_NAMES), items(soak, inner))
      const target = url(soak, inner, { html, set: lines(soak, inner, ['h0', 'h1'], 1) })
      await page.evaluate(
        ({ target, remove }) =>
          new Promise<void>((resolve) => {
            const frames = document.querySelectorAll('iframe')
            if (frames.length > 2) frames[0]?.remove()
            const frame = document.createElement('iframe')
            frame.onload = () => {
              if (remove) frame.remove()
              resolve()
            }
            frame.src = target
            document.body.append(frame)
          }),
        { target, remove: soak.random.chance(0.5) },
      )
      await askBoth(soak, inner)
      await askBoth(soak, outer)
    },
  },
  {
    name: 'foreign frame',
    weight: 12,
    run: async (soak) => {
      const page = await soak.pageOn('shop')
      const html = scriptFor([`a=${soak.value()}`], [])
      await page.evaluate(
        (target) =>
          new Promise<void>((resolve) => {
            const frames = document.querySelectorAll('iframe')
            if (frames.length > 2) frames[0]?.remove()
            const frame = document.createElement('iframe')
            frame.onload = () => resolve()
            frame.src = target
            document.body.append(frame)
          }),
        url(soak, 'other', { html, set: [`h0=${soak.value()}`] }),
      )
      await askBoth(soak, 'other')
    },
  },
  {
    name: 'popup',
    weight: 35,
    run: async (soak) => {
      const opener = await soak.pageOn(soak.random.pick(HOSTS))
      const host = soak.random.pick(HOSTS)
      const html = scriptFor(lines(soak, host, SCRIPT_NAMES), items(soak, host))
      const [popup] = await Promise.all([
        opener.waitForEvent('popup'),
        opener.evaluate(
          (target) => {
            window.open(target)
          },
          url(soak, host, { html }),
        ),
      ])
      await popup.waitForLoadState()
      if (soak.random.chance(0.5)) await popup.close()
      else {
        const closed = popup.waitForEvent('close')
        await popup.evaluate(() => window.close()).catch(() => {})
        await closed
      }
      await askBoth(soak, host)
    },
  },
  {
    name: 'navigation with redirects',
    weight: 45,
    run: async (soak) => {
      const page = await soak.pageOn(soak.random.pick(HOSTS))
      const [first, second] = [soak.random.pick(HOSTS), soak.random.pick(HOSTS)]
      const set = lines(soak, first, HTTP_NAMES)
      const html = scriptFor([], items(soak, second))
      const last = url(soak, second, { html, set: lines(soak, second, HTTP_NAMES) })
      await page.goto(url(soak, first, { to: last, set }))
      soak.moved(page, second)
      await askBoth(soak, second)
      await soak.askHttp(first)
    },
  },
  {
    name: '204',
    weight: 30,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(soak.random.pick(HOSTS))
      await page.goto(url(soak, host, { status: 204, set: lines(soak, host, HTTP_NAMES) })).catch(() => {})
      await soak.askHttp(host)
    },
  },
  {
    name: 'aborted load',
    weight: 25,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(soak.random.pick(HOSTS))
      await page.goto(url(soak, host, { hang: true, set: lines(soak, host, HTTP_NAMES) }), {
        waitUntil: 'commit',
      })
      soak.moved(page, host)
      await soak.askHttp(host)
      if (soak.random.chance(0.5)) await page.evaluate(() => window.stop())
      await soak.askPages(host)
    },
  },
  {
    name: 'write and leave',
    weight: 40,
    run: async (soak) => {
      const from = soak.random.pick(HOSTS)
      const to = soak.random.pick(HOSTS)
      const page = await soak.pageOn(from)
      const there = page.waitForEvent('load')
      await page.evaluate(
        ({ cookies, changes, target }) => {
          for (const line of cookies) document.cookie = line
          for (const [key, value] of changes) {
            if (value === null) localStorage.removeItem(key)
            else localStorage.setItem(key, value)
          }
          location.href = target
        },
        {
          cookies: lines(soak, from, SCRIPT_NAMES),
          changes: items(soak, from),
          target: url(soak, to, {}),
        },
      )
      await askBoth(soak, from)
      await there
      soak.moved(page, to)
      await askBoth(soak, from)
      await soak.askPages(to)
    },
  },
  {
    name: 'write and close',
    weight: 20,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      await write(page, lines(soak, host, SCRIPT_NAMES), items(soak, host))
      await soak.close(page)
      await askBoth(soak, host)
    },
  },
  {
    name: 'close all pages',
    weight: 4,
    run: async (soak) => {
      for (const { page } of soak.pages) await soak.close(page)
      for (const host of HOSTS) await askBoth(soak, host)
    },
  },
  {
    name: 'context closed by its user',
    weight: 3,
    run: async (soak) => {
      const page = await soak.pageOn(soak.random.pick(HOSTS))
      await page.context().close()
      soak.pages = []
      for (const host of HOSTS) await askBoth(soak, host)
    },
  },
  {
    name: 'release and return',
    weight: 4,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      await write(page, lines(soak, host, SCRIPT_NAMES), items(soak, host))
      await soak.session.release()
      await soak.reopen()
      await askBoth(soak, host)
      await soak.pageOn(host)
      await soak.askPages(host)
    },
  },
  {
    name: 'browser crash',
    weight: 2,
    run: async (soak) => {
      const host = soak.random.pick(HOSTS)
      const page = await soak.pageOn(host)
      await write(page, lines(soak, host, SCRIPT_NAMES), items(soak, host))
      await askBoth(soak, host)
      await killBrowser(page)
      soak.pages = []
      await askBoth(soak, host)
      await soak.pageOn(host)
      await soak.askPages(host)
    },
  },
]
