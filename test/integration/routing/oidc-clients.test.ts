import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { type OidcSite, type OidcSiteOptions, startOidcSite } from '../../support/oidc-site.ts'

let broker: Broker
let session: Session
let site: OidcSite
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await site.close()
})

const get = async (path: string) => {
  const response = await session.fetch(site.api + path)
  return `${response.status} ${response.via}`
}
const crowd = async () => new Set(await Promise.all(Array.from({ length: 50 }, (_, n) => get(`/${n}`))))

async function logIn(options: OidcSiteOptions) {
  site = await startOidcSite(options)
  const page = await session.page()
  await page.goto(`${site.app}/home`)
  const who = page.locator('#who')
  await who.getByText('guest').waitFor()
  await page.evaluate('void logIn()')
  await page.getByRole('button').click()
  await who.getByText('alice').waitFor()
  return page
}

describe('an application that keeps its tokens in memory', { timeout: 120_000 }, () => {
  it.each<OidcSiteOptions & { readonly name: string }>([
    { name: 'oidc-client-ts, opaque tokens', client: 'oidc-client-ts', jwt: false },
    { name: 'auth0-spa-js, JSON web tokens', client: 'auth0-spa', jwt: true },
    { name: 'auth0-spa-js, refresh tokens', client: 'auth0-spa', jwt: true, refreshTokens: true },
  ])('works over HTTP, and is renewed by its page, in a hidden frame: $name', async (options) => {
    const page = await logIn(options)
    expect(await get('/orders')).toBe('200 http')
    await page.close()
    expect(await get('/orders')).toBe('200 http')
    expect(site.counts.refused).toBe(0)

    const before = site.tokens.length
    site.revoke()
    expect(await crowd()).toEqual(new Set(['200 http']))
    expect(site.tokens.length).toBe(before + 1)

    await session.release()
    session = await broker.session('a')
    expect(await crowd()).toEqual(new Set(['200 http']))
    expect(site.tokens.length).toBe(before + 2)
  })
})
