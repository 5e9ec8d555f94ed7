import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const NAMES = ['_ga', '_ga_ABC', '_gid', '_fbp', '_gcl_au', 'utm_source']

function startTrackedSite() {
  const cookies: string[] = []
  return startHttpServer((request, response) => {
    cookies.push(request.headers.cookie ?? '')
    const lines = [
      ...NAMES.map((name) => `${name}=tracked; Max-Age=9999`),
      'sid=kept; Max-Age=9999',
      'mp_cart=kept; Max-Age=9999',
    ]
    response.setHeader('set-cookie', lines)
    response.end()
  }).then(
    (server) => Object.assign(Object.create(server), { cookies }) as typeof server & { cookies: string[] },
  )
}

async function opened(folder: string, options: BrokerOptions = {}) {
  return memoryBroker({ store: { target: join(folder, 'onejar.db'), encryption: 'off' }, ...options })
}

describe('cookies of trackers', () => {
  it('are sent while the session is open, and are neither stored nor exported', async () => {
    using folder = temporaryFolder()
    await using site = await startTrackedSite()
    const audit = { path: join(folder.path, 'audit.jsonl') }
    const broker = await opened(folder.path, { audit })
    const session = await broker.session('alice')
    await session.fetch(site.origin)
    await session.fetch(site.origin)
    // As a browser would: what a site sees is not changed while it looks.
    expect(site.cookies[1]).toBe(
      [...NAMES.map((name) => `${name}=tracked`), 'sid=kept', 'mp_cart=kept'].join('; '),
    )

    const exported = await session.export('json')
    expect(exported.text).not.toContain('tracked')
    expect(exported.text).toContain('kept')
    expect(exported.losses).toMatchObject([{ what: 'cookie', count: NAMES.length }])
    await broker.close()

    for (const file of ['onejar.db', 'onejar.db-wal']) {
      const bytes = readIfThere(join(folder.path, file))
      expect(bytes.includes('tracked')).toBe(false)
    }
    await using again = await opened(folder.path)
    const held = (await again.session('alice')).cookies.all().map(({ name }) => name)
    expect(held.toSorted()).toEqual(['mp_cart', 'sid'])
    const last = readFileSync(audit.path, 'utf8').trimEnd().split('\n').at(-1) as string
    expect(JSON.parse(last)).toMatchObject({ rule: 'tracking-withheld', facts: { names: NAMES.join(' ') } })
  })

  it('are like others where they are to be kept, and go from the store when they no longer are', async () => {
    using folder = temporaryFolder()
    await using site = await startTrackedSite()
    const keeping = await opened(folder.path, { trackingCookies: 'keep' })
    await (await keeping.session('alice')).fetch(site.origin)
    expect((await (await keeping.session('alice')).export('json')).text).toContain('tracked')
    await keeping.close()
    const still = await opened(folder.path, { trackingCookies: 'keep' })
    expect((await still.session('alice')).cookies.all()).toHaveLength(NAMES.length + 2)
    await still.close()

    const withholding = await opened(folder.path)
    expect((await withholding.session('alice')).cookies.all()).toHaveLength(2)
    await withholding.close()
    await using last = await opened(folder.path, { trackingCookies: 'keep' })
    expect((await last.session('alice')).cookies.all()).toHaveLength(2)
  })

  it('are withheld from the others that share a session, and deletions of other cookies are not', async () => {
    using folder = temporaryFolder()
    await using one = await opened(folder.path)
    await using two = await opened(folder.path)
    const [mine, theirs] = [await one.session('alice'), await two.session('alice')]
    await mine.cookies.set('_ga=tracked; Max-Age=999', 'https://a.example')
    await mine.cookies.set('sid=1; Max-Age=999', 'https://a.example')
    await mine.flush()
    await theirs.cookies.set('other=1; Max-Age=999', 'https://a.example')
    await theirs.flush()
    expect(
      theirs.cookies
        .all()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['other', 'sid'])
    await mine.cookies.set('sid=; Max-Age=0', 'https://a.example')
    await mine.cookies.set('_ga=; Max-Age=0', 'https://a.example')
    await mine.flush()
    await theirs.cookies.set('other=2; Max-Age=999', 'https://a.example')
    await theirs.flush()
    expect(theirs.cookies.all().map(({ name }) => name)).toEqual(['other'])
  })
})

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
