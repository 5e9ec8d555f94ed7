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
      { name: '__Http-a', secure: true, httpOnly: true, path: '/a' },
      { name: '__Host-a', secure: true },
      { name: '__Host-Http-a', secure: true, httpOnly: true },
    ]
    for (const part of fit) expect([part, unfitness(aCookie(part))]).toEqual([part, null])
  })

  it('is a reason for what none can hold', () => {
    const unfit: Partial<Cookie>[] = [
      { name: '', value: '' },
      { name: '', value: 'a=b' },
      { name: '', value: '__host-a' },
      { name: ' a' },
      { name: 'a ' },
      { value: ' v' },
      { value: 'v ' },
      { sameSite: 'none' },
      { partitionKey },
      { domain: 'github.io', hostOnly: false },
      { domain: 'localhost', hostOnly: false },
      { domain: '127.0.0.1', hostOnly: false },
      { name: '__secure-a' },
      { name: '__Http-a', secure: true },
      { name: '__Http-a', httpOnly: true },
      { name: '__HOST-a', secure: true, path: '/a' },
      { name: '__Host-a', secure: true, hostOnly: false },
      { name: '__Host-Http-a', secure: true },
    ]
    for (const part of unfit) expect([part, unfitness(aCookie(part))]).toEqual([part, expect.any(String)])
  })
})
