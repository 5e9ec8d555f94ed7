import { describe, expect, it } from 'vitest'
import { unfitness } from '../../../../src/record/codecs/cookie-fitness.ts'
import type { Cookie } from '../../../../src/record/cookie.ts'
import { aCookie } from './a-cookie.ts'

const partitionKey = { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true }

describe('unfitness', () => {
  it('is null for what a browser can hold', () => {
    const fit: Partial<Cookie>[] = [
      {},
      { name: '', value: 'v' },
      { value: '' },
      { name: 'a b', value: 'c d' },
      { hostOnly: false },
      { domain: 'github.io' },
      { domain: '127.0.0.1' },
      { sameSite: 'none', secure: true },
      { partitionKey, secure: true },
      { name: '__Secure-a', secure: true, hostOnly: false },
      { name: 'a__Secure-' },
      { name: '', value: 'a__Secure-' },
      { name: '__Http-a', secure: true, httpOnly: true, path: '/a' },
      { name: '__Host-a', secure: true },
      { name: '__Host-Http-a', secure: true, httpOnly: true },
    ]
    for (const part of fit) expect([part, unfitness(aCookie(part))]).toEqual([part, null])
  })

  const NAMELESS = 'it has no name, and its value would pass for a name when it is sent'
  const PADDED = 'its name or value begins or ends with a space'
  const SHARED =
    'its domain is a public suffix, a single label or an IP address, which no subdomain can share'
  const HOST = 'the prefix of its name needs a single host and the path /'
  it.each<[Partial<Cookie>, string]>([
    [{ name: '', value: '' }, 'it has neither name nor value'],
    [{ name: '', value: 'a=b' }, NAMELESS],
    [{ name: '', value: '__host-a' }, NAMELESS],
    [{ name: ' a' }, PADDED],
    [{ name: 'a ' }, PADDED],
    [{ value: ' v' }, PADDED],
    [{ value: 'v ' }, PADDED],
    [{ sameSite: 'none' }, 'SameSite=None needs Secure'],
    [{ partitionKey }, 'Partitioned needs Secure'],
    [{ domain: 'github.io', hostOnly: false }, SHARED],
    [{ domain: 'localhost', hostOnly: false }, SHARED],
    [{ domain: '127.0.0.1', hostOnly: false }, SHARED],
    [{ name: '__secure-a' }, 'the prefix of its name needs Secure'],
    [{ name: '__Http-a', httpOnly: true }, 'the prefix of its name needs Secure'],
    [{ name: '__Http-a', secure: true }, 'the prefix of its name needs HttpOnly'],
    [{ name: '__Host-Http-a', secure: true }, 'the prefix of its name needs HttpOnly'],
    [{ name: '__HOST-a', secure: true, path: '/a' }, HOST],
    [{ name: '__Host-a', secure: true, hostOnly: false }, HOST],
    [{ name: '__Host-Http-a', secure: true, httpOnly: true, path: '/a' }, HOST],
  ])('says why none can hold %j', (part, why) => {
    expect(unfitness(aCookie(part))).toBe(why)
  })
})
