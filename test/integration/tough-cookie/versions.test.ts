import { inspect } from 'node:util'
import type * as Tough from 'tough-cookie'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import type { SessionCookieJar } from '../../../src/tough-cookie/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { loadWith } from '../../support/load-with.ts'

const SITE = 'https://shop.example/'
const VERSIONS = [
  ['4.0', 'tough-cookie-4'],
  ['5.0', 'tough-cookie-5'],
  ['6', 'tough-cookie'],
] as const

describe.each(VERSIONS)('tough-cookie %s', (version, installed) => {
  let tough: typeof Tough
  let broker: Broker
  let session: Session
  let jar: SessionCookieJar
  beforeEach(async () => {
    tough = (await import(installed)) as typeof Tough
    const bridge = await loadWith<typeof import('../../../src/tough-cookie/index.ts')>(
      'tough-cookie/index.ts',
      {
        'tough-cookie': installed,
      },
    )
    broker = await memoryBroker()
    session = await broker.session('a')
    jar = bridge.cookieJar(session)
  })
  afterEach(() => broker.close())
  const names = () => session.cookies.all().map(({ name }) => name)

  it('is the version that is meant, and the jar one of its jars', () => {
    expect(tough.version).toMatch(new RegExp(`^${version.replace('.', '\\.')}`))
    expect(jar).toBeInstanceOf(tough.CookieJar)
    expect(jar.store).toBeInstanceOf(tough.Store)
    expect(jar.store.synchronous).toBe(true)
  })

  it('sets and gets, with promises, callbacks and at once', async () => {
    const set = await jar.setCookie('a=1; Path=/; Max-Age=60', SITE)
    expect(set).toBeInstanceOf(tough.Cookie)
    expect(set).toMatchObject({ key: 'a', value: '1', path: '/', domain: 'shop.example', hostOnly: true })
    expect(jar.setCookieSync('b=2; Path=/cart; HttpOnly', new URL(SITE))?.key).toBe('b')
    const called = await new Promise((resolve) =>
      jar.setCookie('c=3; Path=/', SITE, {}, (error, cookie) => resolve([error, cookie?.key])),
    )
    expect(called).toEqual([null, 'c'])
    const cart = `${SITE}cart?x=1`
    expect(session.cookies.header(cart)).toBe('b=2; a=1; c=3')
    expect(await jar.getCookieString(cart)).toBe('b=2; a=1; c=3')
    expect(jar.getCookieStringSync(cart)).toBe('b=2; a=1; c=3')
    expect((await jar.getCookies(SITE)).map(String)).toHaveLength(2)
    expect(jar.getCookiesSync(SITE, { allPaths: true }).map(({ key }) => key)).toEqual(['b', 'a', 'c'])
    expect(jar.getCookiesSync(cart, { http: false }).map(({ key }) => key)).toEqual(['a', 'c'])
    expect(await new Promise((resolve) => jar.getCookies(SITE, (_, all) => resolve(all?.length)))).toBe(2)
    expect(await new Promise((resolve) => jar.getCookieString(SITE, (_, text) => resolve(text)))).toBe(
      'a=1; c=3',
    )
    expect(jar.getSetCookieStringsSync(cart)[0]).toBe('b=2; Path=/cart; HttpOnly')
    expect(await jar.getSetCookieStrings(SITE)).toHaveLength(2)
    // The header of a client has credentials in its URL, or the scheme of a socket.
    expect(jar.getCookieStringSync('wss://user:word@shop.example/')).toBe('a=1; c=3')
  })

  it('judges by the record’s rules, and is silent where tough-cookie knows no such rule', async () => {
    await expect(jar.setCookie('a=1; Domain=other.example', SITE)).rejects.toMatchObject({
      code: 'ONEJAR_BAD_COOKIE',
      details: { reason: 'domain' },
    })
    expect(() => jar.setCookieSync('a=1; Domain=other.example', SITE)).toThrow(/Domain/)
    expect(await jar.setCookie('a=1; Domain=other.example', SITE, { ignoreError: true })).toBeUndefined()
    expect(await jar.setCookie('a=1; SameSite=None', SITE)).toBeUndefined()
    expect(jar.setCookieSync('a=1; Secure', 'http://shop.example/')).toBeUndefined()
    expect(jar.setCookieSync('__Host-a=1; Secure', SITE)).toBeUndefined()
    await expect(jar.setCookie('a=1', SITE, { sameSiteContext: 'none' })).rejects.toMatchObject({
      code: 'ONEJAR_BAD_COOKIE',
    })
    await expect(jar.getCookies('no URL')).rejects.toMatchObject({ code: 'ONEJAR_BAD_URL' })
    await expect(jar.getCookies(SITE, { sameSiteContext: 'wrong' as 'lax' })).rejects.toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
    })
    expect(names()).toEqual([])
    jar.setCookieSync('strict=1; SameSite=Strict', SITE)
    jar.setCookieSync('lax=1; SameSite=Lax', SITE)
    expect(await jar.getCookieString(SITE)).toBe('strict=1; lax=1')
    expect(await jar.getCookieString(SITE, { sameSiteContext: 'lax' })).toBe('lax=1')
    expect(await jar.getCookieString(SITE, { sameSiteContext: 'none' })).toBe('')
  })

  it('keeps and lists what its cookies cannot say', async () => {
    await session.cookies.set('plain=1; Path=/; Secure', SITE)
    await session.cookies.set('none=1; Path=/; Secure; SameSite=None; Priority=High', SITE)
    const frame = { kind: 'iframe', topLevelUrl: 'https://top.example/' } as const
    const line = 'framed=1; Path=/; Secure; SameSite=None; Partitioned; Priority=Low'
    await session.cookies.set(line, SITE, frame)
    expect(jar.losses().map(({ what, names }) => [what, names])).toEqual([
      ['partition keys', ['framed']],
      ['SameSite that is not specified', ['plain']],
      ['priorities', ['none', 'framed']],
      ['source schemes and ports', ['plain', 'none', 'framed']],
    ])
    const before = session.cookies.all()
    const all = await jar.store.getAllCookies()
    // Back as they came, and with another value each.
    for (const cookie of all) await jar.setCookie(cookie, SITE)
    expect(session.cookies.all()).toEqual(before)
    for (const cookie of all) {
      cookie.value = '2'
      await jar.store.putCookie(cookie)
    }
    const after = session.cookies.all().map(({ created: _, ...rest }) => rest)
    expect(after).toEqual(before.map(({ created: _, ...rest }) => ({ ...rest, value: '2' })))
    // A page of the site itself does not have what is kept under another.
    expect(jar.getCookieStringSync(SITE)).toBe('plain=2; none=2')
    expect((await jar.store.findCookies('shop.example', '/')).map(({ key }) => key)).toEqual([
      'plain',
      'none',
    ])
  })

  it('takes cookies that were made by hand, and nothing hidden in them', async () => {
    const cookie = new tough.Cookie({ key: 'made', value: '1', httpOnly: true, path: '/' })
    cookie.setMaxAge(60)
    await jar.setCookie(cookie, SITE)
    expect(session.cookies.all()).toMatchObject([{ name: 'made', httpOnly: true, sameSite: 'unspecified' }])
    for (const value of ['1; Domain=example', '1\r\nSet-Cookie: b=1', '1\0']) {
      const hostile = new tough.Cookie({ key: 'hostile', value, path: '/' })
      await expect(jar.setCookie(hostile, SITE)).rejects.toMatchObject({ code: 'ONEJAR_BAD_COOKIE' })
    }
    expect(names()).toEqual(['made'])
    await expect(jar.setCookie(null as never, SITE)).rejects.toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
  })

  it('is a store for a jar of tough-cookie’s own, and takes what is imported', async () => {
    const own = new tough.CookieJar(jar.store)
    await own.setCookie('own=1; Path=/; Domain=shop.example; Max-Age=60', SITE)
    await session.cookies.set('session=1; Path=/', SITE)
    expect(await own.getCookieString(`${SITE}deep`)).toBe('own=1; session=1')
    expect(session.cookies.all()).toMatchObject([{ name: 'own', hostOnly: false }, { name: 'session' }])
    expect((await jar.store.findCookie('shop.example', '/', 'own'))?.value).toBe('1')
    await jar.store.removeCookie('shop.example', '/', 'own')
    expect(names()).toEqual(['session'])
    const other = new tough.CookieJar()
    await other.setCookie('imported=1; Path=/', SITE)
    await tough.CookieJar.deserialize((await other.serialize()) as object, jar.store)
    expect(names()).toEqual(['session', 'imported'])
    await jar.store.removeCookies('shop.example', '/')
    expect(names()).toEqual([])
  })

  it('gives its secrets to who serializes or clones it, and to no logger', async () => {
    await jar.setCookie('a=canary; Path=/', SITE)
    const serialized = await jar.serialize()
    expect(serialized.cookies).toMatchObject([{ key: 'a', value: 'canary' }])
    expect(jar.serializeSync()?.cookies).toHaveLength(1)
    expect(JSON.stringify(jar) + inspect(jar, { depth: 9, showHidden: true })).not.toContain('canary')
    const copies = [await jar.clone(), jar.cloneSync()]
    await session.cookies.clear()
    for (const copy of copies) {
      expect(await copy?.getCookieString(SITE)).toBe('a=canary')
      await copy?.setCookie('b=1', SITE)
    }
    expect(names()).toEqual([])
  })

  it('removes everything, also at once', async () => {
    jar.setCookieSync('a=1', SITE)
    await jar.removeAllCookies()
    expect(names()).toEqual([])
    jar.setCookieSync('a=1', SITE)
    jar.removeAllCookiesSync()
    expect(names()).toEqual([])
    jar.setCookieSync('a=1', SITE)
    await new Promise<void>((resolve) => jar.removeAllCookies(() => resolve()))
    expect(names()).toEqual([])
  })

  it('ends with the session', async () => {
    await session.release()
    const closed = { code: 'ONEJAR_CLOSED' }
    await expect(jar.setCookie('a=1', SITE)).rejects.toMatchObject(closed)
    await expect(jar.getCookies(SITE)).rejects.toMatchObject(closed)
    await expect(jar.getCookieString(SITE)).rejects.toMatchObject(closed)
    await expect(jar.removeAllCookies()).rejects.toMatchObject(closed)
    await expect(jar.serialize()).rejects.toMatchObject(closed)
    await expect(jar.store.getAllCookies()).rejects.toMatchObject(closed)
    await expect(jar.settled()).rejects.toMatchObject(closed)
    const calls = [
      () => jar.setCookieSync('a=1', SITE),
      () => jar.getCookiesSync(SITE),
      () => jar.getCookieStringSync(SITE),
      () => jar.removeAllCookiesSync(),
      () => jar.losses(),
    ]
    for (const call of calls) expect(call).toThrow(expect.objectContaining(closed))
    expect(await new Promise((resolve) => jar.getCookies(SITE, (error) => resolve(error)))).toMatchObject(
      closed,
    )
  })
})

it('cookieJar() refuses what is no session, and a session that was released', async () => {
  const { cookieJar } = await import('../../../src/tough-cookie/index.ts')
  for (const wrong of [undefined, null, {}, 'a'])
    expect(() => cookieJar(wrong as never)).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' }))
  await using broker = await memoryBroker()
  const session = await broker.session('a')
  await session.release()
  expect(() => cookieJar(session)).toThrow(expect.objectContaining({ code: 'ONEJAR_CLOSED' }))
})
