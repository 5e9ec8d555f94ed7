import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'

const startSite = (body = 'content') =>
  startHttpServer((_request, response) => {
    response.setHeader('set-cookie', 'sid=1; Max-Age=86400')
    response.setHeader('content-type', 'text/plain')
    response.end(body)
  })

function decisionsOf(path: string) {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as { rule: string; facts: Record<string, string> })
    .filter(({ rule }) => rule === 'isolation-decision')
    .map(({ facts }) => `${facts['behaviour']}: ${facts['decision']} (${facts['jurisdiction']})`)
}

/** A store and a trail in a folder, and brokers on them. */
function place() {
  const folder = temporaryFolder()
  const path = join(folder.path, 'audit.jsonl')
  const open = (options: BrokerOptions = {}, clock?: { now: () => number }) =>
    memoryBroker(
      { store: join(folder.path, 'onejar.db'), audit: { path }, ...options },
      clock ? { clock } : {},
    )
  return { open, path, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

/** What another broker finds of a session. */
async function storedOf({ open }: ReturnType<typeof place>, id = 'alice') {
  await using broker = await open()
  const session = await broker.session(id)
  const items = (await session.localStorage('https://shop.example').entries()).map(([key]) => key)
  return { cookies: session.cookies.all().map(({ name }) => name), items }
}

describe('persist', () => {
  it('deny: nothing reaches the store, and nothing of it is read', async () => {
    using here = place()
    await using site = await startSite()
    await using before = await here.open()
    await (await before.session('alice')).cookies.set('old=1; Max-Age=86400', 'https://shop.example')
    await before.close()
    await using broker = await here.open({ isolation: { matrix: { persist: 'deny' } } })
    const session = await broker.session('alice')
    await (await session.fetch(site.origin)).text()
    expect(session.cookies.all().map(({ name }) => name)).toEqual(['sid'])
    await broker.close()
    expect((await storedOf(here)).cookies).toEqual(['old'])
  })

  it('transform: what pages stored stays out, and goes where it was', async () => {
    using here = place()
    await using before = await here.open()
    await (await before.session('alice')).localStorage('https://shop.example').set('old', '1')
    await before.close()
    await using broker = await here.open({ isolation: { matrix: { persist: 'transform' } } })
    const session = await broker.session('alice')
    await session.localStorage('https://shop.example').set('new', '1')
    await session.cookies.set('kept=1; Max-Age=86400', 'https://shop.example')
    await broker.close()
    expect(await storedOf(here)).toEqual({ cookies: ['kept'], items: [] })
  })
})

describe('retain', () => {
  it('deny: the session is gone from the store when it is released', async () => {
    using here = place()
    await using broker = await here.open({ isolation: { matrix: { retain: 'deny' } } })
    const session = await broker.session('alice')
    await session.cookies.set('sid=1; Max-Age=86400', 'https://shop.example')
    await session.release()
    await broker.close()
    expect((await storedOf(here)).cookies).toEqual([])
  })

  it('transform: what is older than that goes when the session is opened', async () => {
    using here = place()
    let now = Date.now() - 10 * 86_400_000
    const clock = { now: () => now }
    const isolation = { matrix: { retain: 'transform' }, retainMs: 7 * 86_400_000 } as const
    await using before = await here.open({}, clock)
    await (await before.session('alice')).cookies.set('old=1; Max-Age=8640000', 'https://shop.example')
    await before.close()
    now += 5 * 86_400_000
    await using between = await here.open({ isolation }, clock)
    const session = await between.session('alice')
    expect(session.cookies.all().map(({ name }) => name)).toEqual(['old'])
    await session.cookies.set('new=1; Max-Age=8640000', 'https://shop.example')
    await between.close()
    now += 3 * 86_400_000
    await using after = await here.open({ isolation }, clock)
    expect((await after.session('alice')).cookies.all().map(({ name }) => name)).toEqual(['new'])
  })
})

describe('share, render and personal data', () => {
  it('are denied with an error, and each time in the trail', async () => {
    using here = place()
    await using site = await startSite()
    await using broker = await here.open({ isolation: { matrix: { share: 'deny', render: 'deny' } } })
    const session = await broker.session('alice')
    for (const call of [
      () => session.export('json'),
      () => session.export('json'),
      () => session.page(),
      () => session.fetch(site.origin, { render: true }),
    ]) {
      expect((await errorOf(call)).code).toBe('ONEJAR_POLICY_DENIED')
    }
    expect((await session.fetch(site.origin)).status).toBe(200)
    await broker.close()
    const denied = decisionsOf(here.path).filter((line) => line.includes('deny'))
    expect(denied).toEqual([
      'share: deny (own)',
      'share: deny (own)',
      'render: deny (own)',
      'render: deny (own)',
    ])
  })

  it('transform: an export has cookies alone, and nobody looks at pages', async () => {
    using here = place()
    await using broker = await here.open({
      isolation: { matrix: { share: 'transform', render: 'transform' } },
    })
    const session = await broker.session('alice')
    await session.cookies.set('sid=1; Max-Age=86400', 'https://shop.example')
    await session.localStorage('https://shop.example').set('item', 'canary')
    const { text } = await session.export('playwright')
    expect([text.includes('sid'), text.includes('canary')]).toEqual([true, false])
    expect((await errorOf(session.page())).code).toBe('ONEJAR_POLICY_DENIED')
  })

  it('cut personal data out of bodies, or end them', async () => {
    using here = place()
    await using site = await startSite('write to ann@shop.example, please')
    const bodyOf = async (keepPersonal: 'allow' | 'transform' | 'deny') => {
      await using broker = await here.open({ isolation: { matrix: { keepPersonal } } })
      return await (await (await broker.session('alice')).fetch(site.origin)).text()
    }
    expect(await bodyOf('allow')).toContain('ann@shop.example')
    expect(await bodyOf('transform')).not.toContain('ann@')
    expect((await errorOf(bodyOf('deny'))).code).toBe('ONEJAR_POLICY_DENIED')
  })
})

describe('a proxy of another region', () => {
  it('is not used, and one of the tenant’s own is', async () => {
    using here = place()
    await using site = await startSite()
    await using proxy = await startProxy()
    const { host, hostname } = new URL(proxy.url)
    const isolation = (region: string) => ({
      matrix: { otherRegion: 'deny' } as const,
      region: 'eu',
      proxyRegions: { [hostname]: region },
    })
    await using away = await here.open({ isolation: isolation('us'), proxy: proxy.url })
    const error = await errorOf(away.session('alice'))
    expect([error.code, error.message.includes(host)]).toEqual(['ONEJAR_POLICY_DENIED', true])
    await away.close()
    await using own = await here.open({ isolation: isolation('eu'), proxy: proxy.url })
    expect((await (await own.session('alice')).fetch(site.origin)).status).toBe(200)
    await own.close()
    expect(decisionsOf(here.path)).toContain('otherRegion: deny (own)')
  })
})

describe('tenants', () => {
  it('have policies of their own, each decision of which is in the trail once', async () => {
    using here = place()
    await using site = await startSite()
    await using broker = await here.open({
      isolation: { jurisdiction: 'neutral', tenants: { acme: { jurisdiction: 'gdpr' } } },
    })
    for (const tenant of ['default', 'acme']) {
      const session = await broker.session('alice', { tenant })
      for (let i = 0; i < 2; i++) await (await session.fetch(site.origin)).text()
    }
    await broker.close()
    const lines = decisionsOf(here.path)
    expect(new Set(lines).size).toBe(lines.length)
    expect(lines).toEqual(
      expect.arrayContaining([
        'persist: allow (neutral)',
        'persist: transform (gdpr)',
        'keepPersonal: transform (gdpr)',
      ]),
    )
  })
})

describe('personal data in a header', () => {
  it.each(['allow', 'warn', 'refuse'] as const)('%s', async (personalHeaders) => {
    using here = place()
    const seen: unknown[] = []
    await using site = await startHttpServer((request, response) => {
      seen.push(request.headers['x-user'])
      response.end()
    })
    const warnings: string[] = []
    const onWarning = ({ type }: { type: string }) => void warnings.push(type)
    await using broker = await here.open({ personalHeaders, onWarning })
    const session = await broker.session('alice')
    const events = collect(session.events())
    const sending = session.fetch(site.origin, { headers: { 'x-user': 'canary@shop.example' } })
    if (personalHeaders === 'refuse') {
      const error = await errorOf(sending)
      expect([error.code, error.message.includes('canary')]).toEqual(['ONEJAR_POLICY_DENIED', false])
    } else await (await sending).text()
    await broker.close()
    expect(seen).toHaveLength(personalHeaders === 'refuse' ? 0 : 1)
    expect(warnings.filter((type) => type === 'personal-header')).toHaveLength(
      personalHeaders === 'allow' ? 0 : 1,
    )
    expect(events.some(({ type }) => type === 'personal-header')).toBe(personalHeaders !== 'allow')
    const trail = readFileSync(here.path, 'utf8')
    expect([trail.includes('"personal-header"'), trail.includes('canary')]).toEqual([
      personalHeaders !== 'allow',
      false,
    ])
  })
})
