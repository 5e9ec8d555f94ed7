import { describe, expect, it } from 'vitest'
import type { HtmlFacts } from '../../../src/challenge/html-facts.ts'
import { isLoginPage, readFollowedLogin, readLoginWall } from '../../../src/challenge/login-wall.ts'

const SHOP = 'https://shop.test'

describe('a redirect to a login page', () => {
  it.each([
    '/login',
    '/log-in',
    '/signin',
    '/sign_in',
    '/account/signon',
    '/sso',
    '/users/authenticate',
    '/adfs/ls',
    '/auth/realms/shop/x',
    '/oauth/authorize',
    '/oauth2/v2.0/authorize',
    '/session/new',
    '/authwall',
    '/servicelogin',
    '/my.policy',
    'https://sso.corp.test/x/login.aspx',
    // An identity is asked for by its parameter, too.
    'https://id.corp.test/auth?client_id=5',
    'https://corp.test/x/authorize?client_id=5',
  ])('%s is a wall', (location) => {
    for (const method of ['GET', 'HEAD'])
      expect(readLoginWall(method, location, '/orders', 'shop.test')).toMatchObject({
        signal: 'login-redirect',
        verdict: 'unauthorised',
        vendor: null,
        where: 'url',
        weight: 0.6,
      })
  })

  it.each([
    'next',
    'return',
    'returnto',
    'return_url',
    'redirect_uri',
    'continue',
    'goto',
    'service',
    'from',
    'back',
    'target',
  ])('that leads back by %s is a certain one', (name) => {
    expect(readLoginWall('GET', `/login?a=1&${name}=%2forders`, '/orders')).toMatchObject({
      weight: 0.85,
      note: expect.stringContaining('leads back'),
    })
  })

  it('to another host that does nothing else is one where it leads back', () => {
    const to = (location: string, host: string | undefined = 'shop.test') =>
      readLoginWall('GET', location, '/orders', host)
    for (const host of [
      'auth.corp.test',
      'accounts.corp.test',
      'id.corp.test',
      'idp-1.corp.test',
      'cas.corp.test',
    ])
      expect(to(`https://${host}/x?next=/orders`)?.weight).toBe(0.85)
    expect(to('https://auth.corp.test/x')).toBeNull()
    expect(to('https://corp.test/x?next=/orders')).toBeNull()
    expect(to('https://authors.corp.test/x?next=/orders')).toBeNull()
    expect(to('https://auth.shop.test/x?next=/orders', 'auth.shop.test')).toBeNull()
    expect(readLoginWall('GET', 'https://auth.corp.test/x?next=/orders', '/orders')).toBeNull()
  })

  it.each([
    ['POST', '/login', '/orders'],
    ['GET', '/orders/2', '/orders'],
    ['GET', '/blog/logins-explained', '/orders'],
    ['GET', '/x?page=login', '/orders'],
    ['GET', '/login', '/login/step2'],
    ['GET', '/login', '/logout'],
    ['GET', '/login', '/oauth/callback'],
    ['GET', '/login', '/register'],
    ['GET', '/auth', '/orders'],
    ['GET', `/${'x'.repeat(600)}/login`, '/orders'],
  ])('is none: %s %s where %s was asked for', (method, location, asked) => {
    expect(readLoginWall(method, location, asked, 'shop.test')).toBeNull()
  })
})

describe('a login page that redirects led to', () => {
  const ledTo = (asked: string, url: string | { origin: string; pathname: string }, method = 'GET') =>
    readFollowedLogin({
      url,
      method: 'GET',
      statusCode: 200,
      headers: {},
      asked: { url: `${SHOP}${asked}`, method },
    })

  it('that leads back is plain, whatever was asked for and how', () => {
    for (const method of ['GET', 'HEAD', 'POST'])
      expect(ledTo('/orders', `${SHOP}/Login?Next=%2Forders`, method)).toMatchObject({
        isPlain: true,
        evidence: {
          signal: 'login-followed',
          verdict: 'unauthorised',
          weight: 0.85,
          note: expect.stringContaining('redirects led'),
        },
      })
    expect(ledTo('/orders', new URL(`${SHOP}/login?next=/orders`))).toMatchObject({ isPlain: true })
  })

  it.each([
    '/login',
    '/Sign-In',
    '/account/login.aspx',
    '/user_login/',
    '/wp-login.php',
    '/auth/realms/x',
    '/session/new',
    '/oauth2/v2.0/authorize',
  ])('that leads nowhere is one by its name: %s', (path) => {
    expect(ledTo('/orders', `${SHOP}${path}`)).toMatchObject({ isPlain: false, evidence: { weight: 0.6 } })
    expect(ledTo('/orders', `${SHOP}${path}`, 'HEAD')).toMatchObject({ isPlain: false })
    expect(ledTo('/orders', { origin: SHOP, pathname: path })).toMatchObject({ isPlain: false })
    // What was sent may well end there.
    expect(ledTo('/orders', `${SHOP}${path}`, 'POST')).toBeNull()
  })

  it.each([
    ['another page', '/orders', '/orders/2', 'GET'],
    ['a title that speaks of one', '/orders', '/help/how-to-login-safely', 'GET'],
    ['the page that was asked for', '/login', '/login?next=/', 'GET'],
    ['the end of another thing', '/password/reset', '/login?next=/', 'POST'],
    ['the end of an activation', '/Activate', '/login?next=/', 'POST'],
  ])('is none: %s', (_, asked, path, method) => {
    expect(ledTo(asked, `${SHOP}${path}`, method)).toBeNull()
  })

  it('is one for readers of such pages all the same', () => {
    expect(ledTo('/password/reset', `${SHOP}/login?next=/`)).toMatchObject({ isPlain: true })
    expect(
      readFollowedLogin({ url: `${SHOP}/login?next=/`, method: 'GET', statusCode: 200, headers: {} }),
    ).toBeNull()
  })

  it('asks for a password, says so, or has nothing on it', () => {
    const evidence = ledTo('/orders', `${SHOP}/login`)!
    const facts = (part: Partial<HtmlFacts>) =>
      ({ passwordFields: 0, title: 'Lamps', text: 'x'.repeat(61), ...part }) as HtmlFacts
    expect(isLoginPage(evidence, facts({}))).toBe(false)
    expect(isLoginPage({ ...evidence, isPlain: true }, facts({}))).toBe(true)
    expect(isLoginPage(evidence, facts({ passwordFields: 1 }))).toBe(true)
    expect(isLoginPage(evidence, facts({ text: 'x'.repeat(60) }))).toBe(true)
    for (const title of ['please sign in', 'log-in', 'anmelden', 'вход', 'ログイン'])
      expect(isLoginPage(evidence, facts({ title }))).toBe(true)
  })
})
