import { describe, expect, it } from 'vitest'
import { CallerProxies } from '../../../src/service/caller-proxies.ts'

const allows = (allowed: string[], proxy: string) => {
  try {
    new CallerProxies(allowed).assertAllowed(proxy)
    return true
  } catch {
    return false
  }
}

describe('CallerProxies', () => {
  it.each([
    [['proxy.example'], 'http://proxy.example:8080', true],
    [['proxy.example'], 'http://user:secret@PROXY.example', true],
    [['proxy.example:8080'], 'http://proxy.example:8080', true],
    [['proxy.example:8080'], 'http://proxy.example', false],
    [['proxy.example:80'], 'http://proxy.example', true],
    [['proxy.example:443'], 'https://proxy.example', true],
    [['proxy.example:1080'], 'socks5://proxy.example', true],
    [['*.proxies.example'], 'http://eu.proxies.example:1', true],
    [['*.proxies.example'], 'http://proxies.example:1', false],
    [['*.proxies.example'], 'http://evilproxies.example:1', false],
    [['proxy.example'], 'http://proxy.example.evil.example', false],
    [['proxy.example'], 'http://127.0.0.1:7411', false],
    [['10.0.0.1', '[fd00::1]:8080'], 'http://[fd00:0::1]:8080', true],
    [[], 'http://proxy.example', false],
    [['any'], 'http://127.0.0.1:1', true],
  ])('with %j, %s: %s', (allowed, proxy, expected) => {
    expect(allows(allowed, proxy)).toBe(expected)
  })

  it('does not repeat the proxy that it refuses', () => {
    const refuse = () =>
      new CallerProxies([]).assertAllowed({ server: 'http://canary.example', password: 'canary' })
    expect(refuse).toThrow(/takes no such proxy/)
    expect(refuse).not.toThrow(/canary/)
  })

  it.each(['http://proxy.example', 'user@proxy.example', '*', '', 'proxy.example:x', 'a b'])(
    'takes no pattern %j',
    (pattern) => {
      expect(() => new CallerProxies([pattern])).toThrow(/HOST:PORT/)
    },
  )
})
